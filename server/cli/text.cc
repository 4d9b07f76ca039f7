#include "server/cli/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "engine/model/utf8.h"
#include "server/cli/terminal.h"

namespace millrace {
namespace {

constexpr size_t kOneLineMax = 100;  // bytes
constexpr int kShownDepth = 4;       // of nested attributes

void AppendValue(JsonValue value, int depth, std::string* out);

void AppendElements(JsonValue list, int depth, std::string* out) {
  bool first = true;
  const Status done = list.ForEachElement([&](JsonValue element) {
    if (!first) out->append(", ");
    first = false;
    element.Is(JsonKind::kString) ? void(out->append(element.string()))
                                  : AppendValue(element, depth, out);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

void AppendMembers(JsonValue map, std::string_view separator, int depth, std::string* out) {
  bool first = true;
  const Status done = map.ForEachMember([&](std::string_view name, JsonValue value) {
    if (!first) out->append(separator);
    first = false;
    out->append(name).append("=");
    AppendValue(value, depth, out);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

// An attribute value: {"S": "text"} and so on.
void AppendValue(JsonValue value, int depth, std::string* out) {
  if (!value.Is(JsonKind::kObject) || depth == 0) return void(out->append("..."));
  const Status done = value.ForEachMember([&](std::string_view type, JsonValue payload) {
    if (payload.Is(JsonKind::kString)) {
      out->append(payload.string());
    } else if (payload.Is(JsonKind::kBool)) {
      out->append(type == "NULL" ? "null" : payload.boolean() ? "true" : "false");
    } else if (payload.Is(JsonKind::kArray)) {
      const bool list = type == "L";
      out->append(list ? "[" : "{");
      AppendElements(payload, depth - 1, out);
      out->append(list ? "]" : "}");
    } else if (payload.Is(JsonKind::kObject)) {
      out->append("{");
      AppendMembers(payload, ", ", depth - 1, out);
      out->append("}");
    }
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

}  // namespace

std::string StringMember(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> value = object.Find(name);
  return value && value->Is(JsonKind::kString) ? std::string(value->string()) : std::string();
}

int64_t IntegerMember(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> value = object.Find(name);
  return value && value->Is(JsonKind::kInteger) ? value->integer() : 0;
}

bool BooleanMember(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> value = object.Find(name);
  return value && value->Is(JsonKind::kBool) && value->boolean();
}

void WriteOptional(std::string_view name, const std::optional<int64_t>& value, JsonWriter* writer) {
  if (!value) return;
  writer->Key(name);
  writer->Integer(*value);
}

void WriteText(std::string_view name, const std::string& value, JsonWriter* writer) {
  if (value.empty()) return;
  writer->Key(name);
  writer->String(value);
}

std::string TimeText(double epoch_seconds) {
  // Rounded: the nearest double of a number of microseconds may be below it.
  const int64_t micros = std::llround(epoch_seconds * 1e6);
  const auto time = static_cast<time_t>(micros / 1'000'000);
  tm parts{};
  gmtime_r(&time, &parts);
  char date[32];
  const size_t size = strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%06d", static_cast<int>(micros % 1'000'000));
  return std::string(date, size) + fraction;
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (ptrdiff_t i = static_cast<ptrdiff_t>(digits.size()) - 3; i > (number < 0 ? 1 : 0); i -= 3) {
    digits.insert(static_cast<size_t>(i), ",");
  }
  return digits;
}

std::string SizeText(int64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "KB", "MB", "GB", "TB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string AttributesText(JsonValue attributes) {
  std::string text;
  AppendMembers(attributes, " ", kShownDepth, &text);
  return text;
}

std::string ValueText(JsonValue value) {
  std::string text;
  AppendValue(value, kShownDepth, &text);
  return text;
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return text.size() <= kOneLineMax ? text : RepairUtf8(text, kOneLineMax) + "...";
}

std::string Aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], ShownWidth(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    if (!text.empty()) text += "\n";
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - ShownWidth(row[i]) + 2, ' ');
    }
  }
  return text;
}

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

}  // namespace millrace
