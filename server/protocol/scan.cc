#include <string>
#include <utility>

#include "engine/keys.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/index_read.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/legacy_parameters.h"
#include "server/protocol/page_reply.h"

// Scan. Source: "Scan" in the API reference.
namespace millrace {
namespace {

constexpr Shape kSegment = NumberOf(ShapeKind::kInteger, 0, 999999);
constexpr Shape kTotalSegments = NumberOf(ShapeKind::kInteger, 1, 1000000);

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

struct Segment {
  uint32_t index = 0;
  uint32_t total = 1;
};

Result<Segment> ReadSegment(const Members& input) {
  const auto index = input.Integer("Segment");
  const auto total = input.Integer("TotalSegments");
  if (!index && !total) return Segment();
  if (!total) {
    return Status::Validation(
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present");
  }
  if (!index) {
    return Status::Validation(
        "The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present");
  }
  if (*index >= *total) {
    return Status::Validation(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: " +
        std::to_string(*index) + " is not less than TotalSegments: " + std::to_string(*total));
  }
  return Segment{static_cast<uint32_t>(*index), static_cast<uint32_t>(*total)};
}

// Which of `total` equal ranges of the hash.
uint32_t SegmentOf(uint64_t hash, uint32_t total) {
  return static_cast<uint32_t>(static_cast<unsigned __int128>(hash) * total >> 64);
}

Status CheckStartKey(uint64_t hash, const Segment& segment) {
  if (SegmentOf(hash, segment.total) == segment.index) return Status::Ok();
  return Status::Validation(
      "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
      "ExclusiveStartKey with correct Segment. TotalSegments: " +
      std::to_string(segment.total) + " Segment: " + std::to_string(segment.index));
}

Status SetStartKey(ValueView start_key, const Segment& segment, PageRequest* request) {
  const Table& table = *request->table;
  if (request->index == nullptr) {
    ASSIGN_OR_RETURN(request->exclusive_start, StartKeyOf(table.spec.schema, start_key));
    return CheckStartKey(KeyHash(table, request->exclusive_start->pk), segment);
  }
  ASSIGN_OR_RETURN(IndexStartKey start, IndexStartKeyOf(table, *request->index, start_key));
  RETURN_IF_ERROR(CheckStartKey(IndexHash(table, *request->index, start.index.hash), segment));
  request->exclusive_start = std::move(start.key);
  request->exclusive_start_index = std::move(start.index);
  return Status::Ok();
}

}  // namespace

const Shape kScanInput = StructureOf("ScanInput", kMembers);
const ExpressionRules kScanExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                          SpanOf(kWithValues)};

Status Scan(Call* call) {
  const Members& input = call->input;
  RETURN_IF_ERROR(CheckSelect(ReadSelect(input, false)));
  ASSIGN_OR_RETURN(const std::optional<Projection> attributes_to_get, ReadAttributesToGet(input));
  ASSIGN_OR_RETURN(const std::optional<Condition> scan_filter,
                   ReadLegacyFilter(input, "ScanFilter"));
  ASSIGN_OR_RETURN(const std::optional<Value> start_key, ReadStartKey(input));
  ASSIGN_OR_RETURN(const Segment segment, ReadSegment(input));
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(std::optional<Condition> filter,
                   ParseFilter(input.String("FilterExpression"), &placeholders));
  if (scan_filter) filter = scan_filter;
  ASSIGN_OR_RETURN(const Selection selection,
                   MakeSelection(input.Text("Select"), input.String("ProjectionExpression"),
                                 attributes_to_get, &placeholders));
  RETURN_IF_ERROR(placeholders.CheckAllUsed());

  PageRequest request;
  ASSIGN_OR_RETURN(request.table, call->FindTable());
  ASSIGN_OR_RETURN(request.index, FindReadIndex(*request.table, input.String("IndexName"),
                                                input.Boolean("ConsistentRead")));
  request.segment = segment.index;
  request.total_segments = segment.total;
  request.count_only = selection.count_only;
  if (filter) request.filter = &*filter;
  if (request.index != nullptr) {
    ASSIGN_OR_RETURN(request.whole_items, NeedsWholeItems(*request.table, *request.index,
                                                          input.Text("Select"), selection));
  }
  if (start_key) {
    const std::string bytes = start_key->Encode();
    RETURN_IF_ERROR(SetStartKey(ValueView(bytes), segment, &request));
  }
  if (selection.projection) RETURN_IF_ERROR(CheckPaths(*request.table, *selection.projection));
  if (filter) RETURN_IF_ERROR(CheckPaths(*request.table, *filter));
  if (const auto limit = input.Integer("Limit")) request.limit = static_cast<size_t>(*limit);
  return ReadAndReply(call, request, selection);
}

}  // namespace millrace
