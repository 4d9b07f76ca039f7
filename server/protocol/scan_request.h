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

struct ScanParameters : PageParameters {
  ScanSegment segment;
};
Result<ReadRequest> MakeScanRequest(const ScanParameters& parameters, const Result<TableRef>& table,
                                    Placeholders* placeholders);

}  // namespace millrace
