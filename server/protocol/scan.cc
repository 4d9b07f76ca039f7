#include <string>

#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/legacy_parameters.h"
#include "server/protocol/page_reply.h"
#include "server/protocol/scan_request.h"

// Scan. Source: "Scan" in the API reference.
namespace millrace {
namespace {

constexpr Shape kSegment = NumberOf(ShapeKind::kInteger, 0, kScanSegmentsMax - 1);
constexpr Shape kTotalSegments = NumberOf(ShapeKind::kInteger, 1, kScanSegmentsMax);

constexpr Member kMembers[] = {
    {"Limit", &kPositiveInteger},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"AttributesToGet", &kAttributeNameList},
    {"Segment", &kSegment},
    {"Select", &kSelect},
    {"ScanFilter", &kLegacyConditions},
    {"ConditionalOperator", &kConditionalOperator},
    {"TotalSegments", &kTotalSegments},
    {"TableName", &kTableName, Presence::kRequired},
    {"ExclusiveStartKey", &kAttributeMap},
    {"IndexName", &kIndexName},
    {"ConsistentRead", &kAnyBoolean},
    {"FilterExpression", &kAnyText},
    {"ProjectionExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression"};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "ScanFilter", "ConditionalOperator"};
constexpr std::string_view kWithValues[] = {"FilterExpression"};

}  // namespace

const Shape kScanInput = StructureOf("ScanInput", kMembers);
const ExpressionRules kScanExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                          SpanOf(kWithValues)};

Status Scan(Call* call) {
  const Members& input = call->input;
  RETURN_IF_ERROR(CheckSelect(ReadSelect(input, false)));
  ScanParameters parameters;
  ASSIGN_OR_RETURN(parameters.attributes_to_get, ReadAttributesToGet(input));
  ASSIGN_OR_RETURN(parameters.legacy_filter,
                   ReadLegacyFilter(input, "ScanFilter", ValueLayer::kOlder));
  ASSIGN_OR_RETURN(const std::string start_key, ReadStartKey(input, ValueLayer::kOlder));
  ASSIGN_OR_RETURN(parameters.segment,
                   MakeScanSegment(input.Integer("Segment"), input.Integer("TotalSegments")));
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ReadPageParameters(input, start_key, &parameters);
  ASSIGN_OR_RETURN(const ReadRequest request,
                   MakeScanRequest(parameters, call->FindTable(), &placeholders));
  return ReadAndReply(call, request.Page(), request.selection);
}

}  // namespace millrace
