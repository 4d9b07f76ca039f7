#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/database.h"
#include "server/protocol/item_core.h"

// What a Scan means once its parameters are read, as item_core.h has it of the other operations:
// for HTTP and the native protocol. Pure. Source: "Scan" in the API reference.
namespace millrace {

constexpr int64_t kScanSegmentsMax = 1'000'000;

struct ScanSegment {
  uint32_t index = 0;
  uint32_t total = 1;
};
// Segment and TotalSegments: both or neither, each within its own range. Errors: "The TotalSegments
// parameter is required...", "The Segment parameter is zero-based...".
Result<ScanSegment> MakeScanSegment(std::optional<int64_t> index, std::optional<int64_t> total);

struct ScanParameters {
  std::optional<std::string_view> filter;
  std::optional<std::string_view> projection;
  // In place of the two: what the parameters from before expressions came to.
  std::optional<Condition> scan_filter = {};
  std::optional<Projection> attributes_to_get = {};
  std::optional<std::string_view> index = {};  // IndexName
  bool consistent = false;
  std::string_view select = {};  // passed CheckSelect
  // Value bytes of the map given as ExclusiveStartKey; empty when absent.
  std::string_view start_key = {};
  ScanSegment segment = {};
  size_t limit = SIZE_MAX;
};
struct ScanRequest {
  std::optional<Condition> filter;
  Selection selection;

  // Refers to this object.
  PageRequest Page() const;

 private:
  friend Result<ScanRequest> MakeScanRequest(const ScanParameters& parameters,
                                             const Result<TableRef>& table,
                                             Placeholders* placeholders);
  PageRequest page_;  // but for the filter
};
Result<ScanRequest> MakeScanRequest(const ScanParameters& parameters, const Result<TableRef>& table,
                                    Placeholders* placeholders);

}  // namespace millrace
