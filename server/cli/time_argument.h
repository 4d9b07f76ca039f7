#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"

// Times as people write them: one parser for history, tail, replay and rebuild.
namespace millrace {

// "15m", "1h30m", "2d", "250ms", "90s", "1w"; a number alone is seconds. In microseconds, not
// negative. Error: kInvalidParameterValue, saying what may be written.
Result<int64_t> ParseDuration(std::string_view text);

// A place in the log.
struct LogPlace {
  enum class Kind : uint8_t { kOldest, kLatest, kTime, kSequenceNumber };
  Kind kind = Kind::kLatest;
  int64_t micros = 0;           // kTime: since the epoch
  std::string sequence_number;  // kSequenceNumber: digits
};

// - start, oldest, TRIM_HORIZON: the oldest record that is there.
// - now, LATEST: after the newest.
// - -15m, -1h30m, -2d: that long before `now_micros`.
// - 2026-11-21, 2026-11-21T03:30, 2026-11-21 03:30:00.25, ...Z, ...+02:00: ISO 8601, UTC unless it
//   says an offset.
// - 1763694000, 1763694000.5: seconds since the epoch; 13 digits are milliseconds, 16 microseconds.
// - 21 digits and more: a sequence number.
//
// Error: kInvalidParameterValue, saying what may be written.
Result<LogPlace> ParseLogPlace(std::string_view text, int64_t now_micros);

// The same where only a time makes sense (no oldest, no sequence number). In microseconds.
Result<int64_t> ParseTime(std::string_view text, int64_t now_micros);

// Where a range begins ("from") or ends ("to"). Nothing: there is no bound on that side, as with an
// empty text, and with oldest where it begins and now where it ends. Refused the other way around,
// since nothing is in such a range.
enum class RangeSide : uint8_t { kFrom, kTo };
Result<std::optional<LogPlace>> ParseRangeBound(RangeSide side, std::string_view text,
                                                int64_t now_micros);
// A bound as members of a request: FromTime or FromSequenceNumber, ToTime or ToSequenceNumber.
Status WriteRangeBound(RangeSide side, std::string_view text, int64_t now_micros,
                       JsonWriter* writer);

// For the checks of options, before anything is done.
Status CheckLogPlace(const std::string& text);
Status CheckTime(const std::string& text);

}  // namespace millrace
