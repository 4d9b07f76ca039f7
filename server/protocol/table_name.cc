#include "server/protocol/table_name.h"

#include <algorithm>

#include "server/protocol/arn.h"
#include "server/protocol/common_shapes.h"

namespace millrace {
namespace {

constexpr size_t kTableNameSizeMax = 255;
constexpr size_t kTableNameSizeMin = 3;

Status CheckLength(std::optional<JsonValue> name, std::string_view member) {
  if (!name || IsArn(name->string())) return Status::Ok();
  const size_t size = name->string().size();
  if (size >= kTableNameSizeMin && size <= kTableNameSizeMax) return Status::Ok();
  return Status::Validation(std::string(member) +
                            " must be at least 3 characters long and at most 255 characters long");
}

Status InvalidPart(std::string_view part, std::string_view arn) {
  return Status::Validation("1 validation error detected: Invalid " + std::string(part) + " in '" +
                            std::string(arn) + "'");
}

// That it is AWS's answer to an ARN of this kind is seen in public, where its words begin is not.
Status InvalidFormat() {
  return Status::Validation(
      "1 validation error detected: Valid ARN format is "
      "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where "
      "Resource name must have length less than or equal to 255, Resource name must have length "
      "greater than or equal to 3, Resource name must satisfy regular expression pattern: "
      "[a-zA-Z0-9_.-]+");
}

}  // namespace

bool IsResourceName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

bool IsTableNameOrArn(std::string_view text) {
  return text.empty() || IsResourceName(text) || IsArn(text);
}

Status CheckTableNameThere(std::optional<JsonValue> name) {
  if (name) return Status::Ok();
  return Status::Validation(
      "The parameter 'TableName' is required but was not present in the request");
}

Status CheckTableNameLength(std::optional<JsonValue> name) {
  return CheckLength(name, "TableName");
}

Status CheckIndexNameLength(std::optional<JsonValue> name) {
  return CheckLength(name, "IndexName");
}

Result<std::string_view> ResolveTableName(std::string_view text, std::string_view region,
                                          std::string_view account) {
  if (!IsArn(text)) {
    if (text.size() <= kTableNameSizeMax) return text;
    return Status::Validation("1 validation error detected: Value '" + std::string(text) +
                              "' at 'tableName' failed to satisfy constraint: Member must have "
                              "length less than or equal to 255");
  }
  const ArnParts parts = SplitArn(text);
  const size_t slash = parts.resource.find('/');
  if (!parts.whole || parts.service != "dynamodb" || slash == parts.resource.npos) {
    return InvalidFormat();
  }
  if (parts.partition != kArnPartition) return InvalidPart("AWS partition", text);
  if (parts.region != region) return InvalidPart("AWS region", text);
  if (parts.resource.substr(0, slash) != "table") return InvalidPart("resource type", text);
  const std::string_view name = parts.resource.substr(slash + 1);
  if (name.size() < kTableNameSizeMin || name.size() > kTableNameSizeMax || !IsResourceName(name)) {
    return InvalidFormat();
  }
  if (parts.account != account) return AccessDenied();
  return name;
}

}  // namespace millrace
