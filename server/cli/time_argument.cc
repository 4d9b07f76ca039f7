#include "server/cli/time_argument.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <ctime>
#include <optional>

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kDurationMax =
    int64_t{10'000} * 366 * 86'400 * kMicrosPerSecond;  // ten thousand years
constexpr size_t kSequenceNumberDigits = 21;            // AWS's SDKs refuse fewer
constexpr size_t kSequenceNumberDigitsMax = 40;

Status BadDuration(std::string_view text) {
  return Status(ErrorCode::kInvalidParameterValue,
                "'" + std::string(text) + "' is not a duration such as 90s, 15m, 1h30m or 2d");
}

Status BadTime(std::string_view text, std::string_view others) {
  return Status(ErrorCode::kInvalidParameterValue,
                "'" + std::string(text) +
                    "' is not a time: write -15m (before now), 2026-11-21T03:30:00 (UTC unless it "
                    "ends in an offset), seconds since 1970" +
                    std::string(others) + " or now");
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The digits at the front, taken off.
std::string_view TakeDigits(std::string_view* text) {
  size_t size = 0;
  while (size < text->size() && std::isdigit(static_cast<unsigned char>((*text)[size])) != 0)
    ++size;
  const std::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  return digits;
}

std::optional<int64_t> NumberOf(std::string_view digits) {
  int64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> UnitMicros(std::string_view unit) {
  struct Row {
    std::string_view unit;
    int64_t micros;
  };
  constexpr Row kRows[] = {{"us", 1},
                           {"ms", 1000},
                           {"s", kMicrosPerSecond},
                           {"m", 60 * kMicrosPerSecond},
                           {"h", 3600 * kMicrosPerSecond},
                           {"d", 86'400 * kMicrosPerSecond},
                           {"w", 7 * 86'400 * kMicrosPerSecond}};
  for (const Row& row : kRows) {
    if (row.unit == unit) return row.micros;
  }
  return std::nullopt;
}

// ".25" at the front, taken off: microseconds; digits beyond the sixth are dropped.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  if (text->empty() || text->front() != '.') return 0;
  text->remove_prefix(1);
  std::string digits(TakeDigits(text));
  if (digits.empty()) return std::nullopt;
  digits.resize(6, '0');
  return NumberOf(digits);
}

// `size` digits within [least, most], taken off.
bool TakeField(std::string_view* text, size_t size, int least, int most, int* field) {
  const std::string_view digits = text->substr(0, size);
  if (digits.size() != size || !AllDigits(digits)) return false;
  text->remove_prefix(size);
  *field = static_cast<int>(*NumberOf(digits));
  return *field >= least && *field <= most;
}

bool TakeCharacter(std::string_view* text, std::string_view any_of) {
  if (text->empty() || any_of.find(text->front()) == any_of.npos) return false;
  text->remove_prefix(1);
  return true;
}

// "Z", "+02:00", "+0200", "+02" or nothing: seconds east of UTC.
std::optional<int64_t> TakeOffset(std::string_view* text) {
  if (text->empty() || TakeCharacter(text, "Zz")) return 0;
  const int64_t sign = text->front() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!TakeCharacter(text, "+-") || !TakeField(text, 2, 0, 23, &hours)) return std::nullopt;
  if (!text->empty()) {
    TakeCharacter(text, ":");
    if (!TakeField(text, 2, 0, 59, &minutes)) return std::nullopt;
  }
  return sign * (hours * 3600 + minutes * 60);
}

// ISO 8601, down to the microsecond.
std::optional<int64_t> IsoMicros(std::string_view text) {
  tm parts{};
  int year = 0;
  int month = 0;
  if (!TakeField(&text, 4, 1970, 9999, &year) || !TakeCharacter(&text, "-")) return std::nullopt;
  if (!TakeField(&text, 2, 1, 12, &month) || !TakeCharacter(&text, "-")) return std::nullopt;
  if (!TakeField(&text, 2, 1, 31, &parts.tm_mday)) return std::nullopt;
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  const int day = parts.tm_mday;
  int64_t fraction = 0;
  int64_t offset = 0;
  if (!text.empty()) {
    if (!TakeCharacter(&text, "Tt ") || !TakeField(&text, 2, 0, 23, &parts.tm_hour)) return {};
    if (!TakeCharacter(&text, ":") || !TakeField(&text, 2, 0, 59, &parts.tm_min)) return {};
    if (TakeCharacter(&text, ":")) {
      if (!TakeField(&text, 2, 0, 59, &parts.tm_sec)) return std::nullopt;
      const std::optional<int64_t> taken = TakeFraction(&text);
      if (!taken) return std::nullopt;
      fraction = *taken;
    }
    const std::optional<int64_t> taken = TakeOffset(&text);
    if (!taken) return std::nullopt;
    offset = *taken;
  }
  const time_t seconds = timegm(&parts);
  if (!text.empty() || parts.tm_mday != day) return std::nullopt;  // 31 June
  return (static_cast<int64_t>(seconds) - offset) * kMicrosPerSecond + fraction;
}

// Digits, with a fraction of seconds perhaps: 1763694000.5; milliseconds and microseconds by
// length.
std::optional<int64_t> EpochMicros(std::string_view text) {
  const std::string_view digits = TakeDigits(&text);
  const std::optional<int64_t> number = NumberOf(digits);
  if (digits.empty() || !number) return std::nullopt;
  if (digits.size() == 16 && text.empty()) return *number;
  if (digits.size() == 13 && text.empty()) return *number * 1000;
  if (digits.size() > 11) return std::nullopt;
  const std::optional<int64_t> fraction = TakeFraction(&text);
  if (!fraction || !text.empty()) return std::nullopt;
  return *number * kMicrosPerSecond + *fraction;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  std::string_view rest = text;
  int64_t total = 0;
  if (rest.empty()) return BadDuration(text);
  while (!rest.empty()) {
    const std::string_view digits = TakeDigits(&rest);
    const std::optional<int64_t> number = NumberOf(digits);
    size_t size = 0;
    while (size < rest.size() && std::isalpha(static_cast<unsigned char>(rest[size])) != 0) ++size;
    const bool plain = digits.size() == text.size();
    const std::optional<int64_t> unit =
        plain ? std::optional<int64_t>(kMicrosPerSecond) : UnitMicros(rest.substr(0, size));
    if (digits.empty() || !number || !unit) return BadDuration(text);
    if (*number > (kDurationMax - total) / *unit) return BadDuration(text);
    total += *number * *unit;
    rest.remove_prefix(size);
  }
  return total;
}

Result<LogPlace> ParseLogPlace(std::string_view text, int64_t now_micros) {
  using Kind = LogPlace::Kind;
  if (IsOneOf(text, {"start", "oldest", "TRIM_HORIZON"})) return LogPlace{Kind::kOldest, 0, ""};
  if (IsOneOf(text, {"now", "LATEST"})) return LogPlace{Kind::kLatest, 0, ""};
  if (AllDigits(text) && text.size() >= kSequenceNumberDigits &&
      text.size() <= kSequenceNumberDigitsMax) {
    return LogPlace{Kind::kSequenceNumber, 0, std::string(text)};
  }
  const Result<int64_t> micros = ParseTime(text, now_micros);
  if (!micros.ok()) return BadTime(text, ", a sequence number, start");
  return LogPlace{Kind::kTime, *micros, ""};
}

Result<std::optional<LogPlace>> ParseRangeBound(RangeSide side, std::string_view text,
                                                int64_t now_micros) {
  using Kind = LogPlace::Kind;
  if (text.empty()) return std::optional<LogPlace>();
  ASSIGN_OR_RETURN(const LogPlace place, ParseLogPlace(text, now_micros));
  const bool from = side == RangeSide::kFrom;
  if (place.kind == (from ? Kind::kOldest : Kind::kLatest)) return std::optional<LogPlace>();
  if (place.kind == (from ? Kind::kLatest : Kind::kOldest)) {
    return Status(ErrorCode::kInvalidParameterValue,
                  std::string(from ? "--from " : "--to ") + std::string(text) +
                      " leaves nothing: a range begins at start and ends at now, if you say "
                      "nothing else");
  }
  return std::optional<LogPlace>(place);
}

Status WriteRangeBound(RangeSide side, std::string_view text, int64_t now_micros,
                       JsonWriter* writer) {
  ASSIGN_OR_RETURN(const std::optional<LogPlace> place, ParseRangeBound(side, text, now_micros));
  if (!place) return Status::Ok();
  const std::string prefix = side == RangeSide::kFrom ? "From" : "To";
  if (place->kind == LogPlace::Kind::kTime) {
    writer->Key(prefix + "Time");
    writer->Timestamp(place->micros);
  } else {
    writer->Key(prefix + "SequenceNumber");
    writer->String(place->sequence_number);
  }
  return Status::Ok();
}

Status CheckLogPlace(const std::string& text) {
  return ParseLogPlace(text, 0).status();
}

Status CheckTime(const std::string& text) {
  return ParseTime(text, 0).status();
}

Result<int64_t> ParseTime(std::string_view text, int64_t now_micros) {
  if (text == "now") return now_micros;
  if (!text.empty() && text.front() == '-') {
    const Result<int64_t> before = ParseDuration(text.substr(1));
    if (!before.ok()) return BadTime(text, "");
    return std::max<int64_t>(0, now_micros - *before);
  }
  std::optional<int64_t> micros = EpochMicros(text);
  if (!micros) micros = IsoMicros(text);
  if (!micros) return BadTime(text, "");
  return *micros;
}

}  // namespace millrace
