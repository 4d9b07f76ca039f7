#include "server/protocol/table_name.h"

#include <algorithm>

#include "server/protocol/common_shapes.h"

namespace millrace {
namespace {

constexpr size_t kTableNameSizeMax = 255;
constexpr size_t kTableNameSizeMin = 3;
constexpr std::string_view kArnPrefix = "arn:";

// The next part of an ARN, up to a colon.
std::string_view TakePart(std::string_view* rest) {
  const size_t colon = std::min(rest->find(':'), rest->size());
  const std::string_view part = rest->substr(0, colon);
  rest->remove_prefix(std::min(colon + 1, rest->size()));
  return part;
}

}  // namespace

bool IsResourceName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

bool IsTableNameOrArn(std::string_view text) {
  return IsResourceName(text) || text.substr(0, kArnPrefix.size()) == kArnPrefix;
}

Status CheckNewTableName(std::optional<JsonValue> name) {
  if (name) return Status::Ok();
  return Status::Validation(
      "The parameter 'TableName' is required but was not present in the request");
}

Status CheckControlTableName(std::optional<JsonValue> name) {
  RETURN_IF_ERROR(CheckNewTableName(name));
  const std::string_view text = name->string();
  const bool is_arn = text.substr(0, kArnPrefix.size()) == kArnPrefix;
  if (!is_arn && (text.size() < kTableNameSizeMin || text.size() > kTableNameSizeMax)) {
    return Status::Validation(
        "TableName must be at least 3 characters long and at most 255 characters long");
  }
  return Status::Ok();
}

Result<std::string_view> ResolveTableName(std::string_view text, std::string_view region,
                                          std::string_view account) {
  if (text.substr(0, kArnPrefix.size()) != kArnPrefix) {
    if (text.size() <= kTableNameSizeMax) return text;
    return Status::Validation("1 validation error detected: Value '" + std::string(text) +
                              "' at 'tableName' failed to satisfy constraint: Member must have "
                              "length less than or equal to 255");
  }
  std::string_view rest = text;
  TakePart(&rest);  // arn
  TakePart(&rest);  // the partition
  const std::string_view service = TakePart(&rest);
  const bool here =
      service == "dynamodb" && TakePart(&rest) == region && TakePart(&rest) == account;
  constexpr std::string_view kTablePrefix = "table/";
  if (!here || rest.substr(0, kTablePrefix.size()) != kTablePrefix) {
    return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
  }
  rest.remove_prefix(kTablePrefix.size());
  return rest;
}

}  // namespace millrace
