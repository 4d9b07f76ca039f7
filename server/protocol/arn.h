#pragma once

#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. Views the text that was split.
struct ArnParts {
  std::string_view partition;
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;  // may hold colons
  bool whole = false;         // all six are there
};

inline constexpr std::string_view kArnPartition = "aws";

// Begins as an ARN does.
bool IsArn(std::string_view text);
ArnParts SplitArn(std::string_view arn);
// What AWS says to the ARN of another account's.
Status AccessDenied();

}  // namespace millrace
