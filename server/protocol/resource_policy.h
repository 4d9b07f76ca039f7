#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/table_settings.h"

// Resource-based policies of tables and streams: kept and returned in their canonical form
// (policy_document.h). They are not enforced: Millrace does not check who its clients are yet.
//
// Source: "PutResourcePolicy" in the API reference; texts as public test suites, run against the
// service, and public measurements of it show them.
namespace millrace {

constexpr size_t kPolicySizeMax = 20480;                   // bytes
constexpr std::string_view kExpectNoPolicy = "NO_POLICY";  // as ExpectedRevisionId

// A policy put at `now_micros`, if its text is one: JSON, with statements that each name a resource
// and differ in their Sid. Who may do what is not looked at.
Result<ResourcePolicy> NewPolicy(std::string_view text, int64_t now_micros);

// `current`: null when there is none. Error: kPolicyNotFound.
Status CheckExpectedRevision(std::optional<std::string_view> expected, std::string_view table,
                             const ResourcePolicy* current);

}  // namespace millrace
