#include "server/protocol/resource_arn.h"

#include <algorithm>
#include <vector>

#include "server/protocol/arn.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/table_description.h"

namespace millrace {
namespace {

constexpr std::string_view kTablePrefix = "table/";
constexpr std::string_view kStreamPrefix = "stream/";
constexpr size_t kTableNameSizeMin = 3;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Status Invalid(std::string_view text, std::string_view arn) {
  return Status::Validation("One or more parameter values were invalid: " + std::string(text) +
                            std::string(arn));
}

Status NotHere(std::string_view arn, ArnWords words) {
  if (words == ArnWords::kPolicy) return Invalid("Invalid resource Arn: ", arn);
  return Status::Validation("Invalid TableArn: Invalid ResourceArn provided as input " +
                            std::string(arn));
}

Status CheckPlace(const ArnParts& parts, const ArnScope& scope, std::string_view arn,
                  ArnWords words) {
  if (!parts.whole || parts.service != "dynamodb") {
    return Invalid("Provided Arn is not a DynamoDB resource arn: ", arn);
  }
  if (parts.partition != kArnPartition || parts.region != scope.region) return NotHere(arn, words);
  if (parts.account == scope.account) return Status::Ok();
  if (words == ArnWords::kTags) return AccessDenied();
  return Status::Validation(
      "This action is only supported by accounts that match the resource owner’s account.");
}

}  // namespace

Result<Resource> FindResource(const Call& call, std::string_view arn, ArnWords words) {
  if (!IsArn(arn)) return Invalid("ARNs must start with 'arn:': ", arn);
  const ArnParts parts = SplitArn(arn);
  RETURN_IF_ERROR(CheckPlace(parts, call.services.scope, arn, words));
  std::string_view rest = parts.resource;
  if (!StartsWith(rest, kTablePrefix)) {
    return Invalid("Provided Arn is not a DynamoDB resource arn: ", arn);
  }
  rest.remove_prefix(kTablePrefix.size());
  const std::string_view name = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  if (name.size() < kTableNameSizeMin || !IsResourceName(name)) return NotHere(arn, words);
  if (StartsWith(rest, "backup/") || StartsWith(rest, "export/") || StartsWith(rest, "import/")) {
    return Invalid("Provided Arn is not a DynamoDB resource arn: ", arn);
  }
  const bool is_stream = StartsWith(rest, kStreamPrefix);
  if (!rest.empty() && !is_stream) {
    return Invalid(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ",
        arn);
  }
  Resource resource;
  resource.table = call.services.database->FindTable(name);
  resource.part = rest;
  if (words == ArnWords::kTags && (resource.table == nullptr || is_stream)) {  // no stream has tags
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: ResourceArn: " + std::string(arn) + " not found");
  }
  if (resource.table == nullptr) return TableNotFound(name);
  const std::string_view label = rest.substr(std::min(rest.size(), kStreamPrefix.size()));
  if (is_stream && resource.table->FindStream(label) == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Stream: " + std::string(label) +
                      " not found for Table: " + std::string(name));
  }
  return resource;
}

}  // namespace millrace
