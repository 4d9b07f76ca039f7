#include "server/protocol/scan_request.h"

#include <string>
#include <utility>

#include "engine/keys.h"
#include "server/protocol/index_read.h"

namespace millrace {
namespace {

// Which of `total` equal ranges of the hash.
uint32_t SegmentOf(uint64_t hash, uint32_t total) {
  return static_cast<uint32_t>(static_cast<unsigned __int128>(hash) * total >> 64);
}

Status CheckStartKey(uint64_t hash, const ScanSegment& segment) {
  if (SegmentOf(hash, segment.total) == segment.index) return Status::Ok();
  return Status::Validation(
      "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
      "ExclusiveStartKey with correct Segment. TotalSegments: " +
      std::to_string(segment.total) + " Segment: " + std::to_string(segment.index));
}

Status SetStartKey(ValueView start_key, const ScanSegment& segment, PageRequest* request) {
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

Result<ScanSegment> MakeScanSegment(std::optional<int64_t> index, std::optional<int64_t> total) {
  if (!index && !total) return ScanSegment();
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
  return ScanSegment{static_cast<uint32_t>(*index), static_cast<uint32_t>(*total)};
}

Result<ReadRequest> MakeScanRequest(const ScanParameters& parameters, const Result<TableRef>& table,
                                    Placeholders* placeholders) {
  ReadRequest request;
  RETURN_IF_ERROR(ParseSelection(parameters, placeholders, &request));
  RETURN_IF_ERROR(table.status());
  PageRequest& page = request.page;
  page.table = *table;
  ASSIGN_OR_RETURN(page.index, FindReadIndex(**table, parameters.index, parameters.consistent));
  page.segment = parameters.segment.index;
  page.total_segments = parameters.segment.total;
  page.limit = parameters.limit;
  if (page.index != nullptr) {
    ASSIGN_OR_RETURN(page.whole_items,
                     NeedsWholeItems(**table, *page.index, parameters.select, request.selection));
  }
  if (!parameters.start_key.empty()) {
    RETURN_IF_ERROR(SetStartKey(ValueView(parameters.start_key), parameters.segment, &page));
  }
  if (request.selection.projection) {
    RETURN_IF_ERROR(CheckPaths(**table, *request.selection.projection));
  }
  if (request.filter) RETURN_IF_ERROR(CheckPaths(**table, *request.filter));
  return request;
}

}  // namespace millrace
