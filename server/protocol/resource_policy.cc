#include "server/protocol/resource_policy.h"

#include <algorithm>
#include <set>

#include "engine/base/check.h"
#include "engine/json/json.h"
#include "server/protocol/policy_document.h"

namespace millrace {
namespace {

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

Status InvalidDocument(const std::string& text) {
  return Invalid("Invalid policy document: " + text);
}

bool IsEverybody(JsonValue name) {
  return name.Is(JsonKind::kString) && name.string() == "*";
}

// "*", {"AWS": "*"} or a list with it.
bool NamesEverybody(JsonValue principal) {
  if (IsEverybody(principal)) return true;
  const std::optional<JsonValue> names =
      principal.Is(JsonKind::kObject) ? principal.Find("AWS") : std::nullopt;
  if (!names) return false;
  if (!names->Is(JsonKind::kArray)) return IsEverybody(*names);
  bool everybody = false;
  const Status done = names->ForEachElement([&everybody](JsonValue name) {
    everybody = everybody || IsEverybody(name);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return everybody;
}

// An unconditional grant to everybody. What AWS makes of conditions is not confirmed.
bool IsUnbounded(JsonValue statement) {
  const std::optional<JsonValue> effect = statement.Find("Effect");
  const std::optional<JsonValue> principal = statement.Find("Principal");
  return effect && effect->Is(JsonKind::kString) && effect->string() == "Allow" && principal &&
         NamesEverybody(*principal) && !statement.Find("Condition");
}

Status CheckStatement(JsonValue statement, std::set<std::string>* ids) {
  if (!statement.Is(JsonKind::kObject)) {
    return InvalidDocument("This policy contains invalid Json");
  }
  if (!statement.Find("Effect")) return InvalidDocument("Missing required field Effect");
  if (!statement.Find("Resource") && !statement.Find("NotResource")) {
    return InvalidDocument("Missing required field Resource");
  }
  if (IsUnbounded(statement)) {
    return Status::Validation(
        "Resource-based policy grants unbounded access in one or more elements. Please revise the "
        "policy to ensure least-privilege form of access");
  }
  const std::optional<JsonValue> id = statement.Find("Sid");
  if (!id || !id->Is(JsonKind::kString)) return Status::Ok();
  if (ids->insert(std::string(id->string())).second) return Status::Ok();
  return InvalidDocument("The Statement Ids in the policy are not unique");
}

// Behind the end of the text, where a statement was still expected. Seen of "{}".
Status EndsEarly(std::string_view text) {
  const auto line = std::count(text.begin(), text.end(), '\n') + 1;
  const size_t start = text.rfind('\n') + 1;  // 0 when there is but one line
  return InvalidDocument("Syntax error at position (" + std::to_string(line) + "," +
                         std::to_string(text.size() - start + 1) + ")");
}

// Its canonical form; as it was put, if it has none.
Result<std::string> ReadDocument(std::string_view text) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(text);
  if (root.ok() && root->Is(JsonKind::kNull)) {
    return InvalidDocument("This text appears not to be a policy");
  }
  if (!root.ok() || !root->Is(JsonKind::kObject)) {
    return InvalidDocument("This policy contains invalid Json");
  }
  const std::optional<JsonValue> statements = root->Find("Statement");
  if (!statements) return EndsEarly(text);
  const bool one = statements->Is(JsonKind::kObject);
  if (!one && (!statements->Is(JsonKind::kArray) || statements->size() == 0)) {
    return InvalidDocument("Could not parse the policy: Statement is empty!");
  }
  std::set<std::string> ids;
  const auto check = [&ids](JsonValue statement) { return CheckStatement(statement, &ids); };
  RETURN_IF_ERROR(one ? check(*statements) : statements->ForEachElement(check));
  return CanonicalPolicy(*root).value_or(std::string(text));
}

}  // namespace

Result<ResourcePolicy> NewPolicy(std::string_view text, int64_t now_micros) {
  if (text.size() > kPolicySizeMax) {
    return Invalid("Maximum policy size of " + std::to_string(kPolicySizeMax) + " bytes exceeded");
  }
  ResourcePolicy policy;
  ASSIGN_OR_RETURN(policy.text, ReadDocument(text));
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
