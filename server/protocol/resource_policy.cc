#include "server/protocol/resource_policy.h"

#include <set>

#include "engine/json/json.h"

namespace millrace {
namespace {

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

Status InvalidDocument(const std::string& text) {
  return Invalid("Invalid policy document: " + text);
}

Status CheckStatement(JsonValue statement, std::set<std::string>* ids) {
  if (!statement.Is(JsonKind::kObject)) {
    return InvalidDocument("This policy contains invalid Json");
  }
  if (!statement.Find("Resource") && !statement.Find("NotResource")) {
    return InvalidDocument("Missing required field Resource");
  }
  const std::optional<JsonValue> id = statement.Find("Sid");
  if (!id || !id->Is(JsonKind::kString)) return Status::Ok();
  if (ids->insert(std::string(id->string())).second) return Status::Ok();
  return InvalidDocument("The Statement Ids in the policy are not unique");
}

Status CheckDocument(std::string_view text) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(text);
  if (!root.ok() || !root->Is(JsonKind::kObject)) {
    return InvalidDocument("This policy contains invalid Json");
  }
  const std::optional<JsonValue> statements = root->Find("Statement");
  std::set<std::string> ids;
  if (statements && statements->Is(JsonKind::kObject)) return CheckStatement(*statements, &ids);
  if (!statements || !statements->Is(JsonKind::kArray) || statements->size() == 0) {
    return InvalidDocument("Could not parse the policy: Statement is empty!");
  }
  return statements->ForEachElement(
      [&ids](JsonValue statement) { return CheckStatement(statement, &ids); });
}

}  // namespace

Result<ResourcePolicy> NewPolicy(std::string_view text, int64_t now_micros) {
  if (text.size() > kPolicySizeMax) {
    return Invalid("Maximum policy size of " + std::to_string(kPolicySizeMax) + " bytes exceeded");
  }
  RETURN_IF_ERROR(CheckDocument(text));
  ResourcePolicy policy;
  policy.text = text;
  policy.revision = std::to_string(now_micros / 1000);  // AWS's are the milliseconds, too
  return policy;
}

Status CheckExpectedRevision(std::optional<std::string_view> expected, std::string_view table,
                             const ResourcePolicy* current) {
  if (!expected) return Status::Ok();
  const auto refused = [](const std::string& text) {
    return Status(ErrorCode::kPolicyNotFound,
                  "Resource-based policy not found for the provided ResourceArn: " + text);
  };
  const std::string of(table);
  if (*expected == kExpectNoPolicy) {
    if (current == nullptr) return Status::Ok();
    return refused("Requested policy update expecting none to be present for table " + of +
                   ", but a policy exists with revision id " + current->revision + ".");
  }
  const std::string wanted =
      "Requested update for policy with revision id " + std::string(*expected) + ", but ";
  // The end of this text was not seen in public.
  if (current == nullptr) return refused(wanted + "table " + of + " has no associated policy.");
  if (current->revision == *expected) return Status::Ok();
  return refused(wanted + "the policy associated to target table " + of + " has revision id " +
                 current->revision + ".");
}

}  // namespace millrace
