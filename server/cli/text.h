#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/json/json.h"

// How the command line shows things.
namespace millrace {

// Of a reply: empty, 0, or false when absent.
std::string StringMember(JsonValue object, std::string_view name);
int64_t IntegerMember(JsonValue object, std::string_view name);
bool BooleanMember(JsonValue object, std::string_view name);

// Members of a request; an absent number and an empty text are left out.
void WriteOptional(std::string_view name, const std::optional<int64_t>& value, JsonWriter* writer);
void WriteText(std::string_view name, const std::string& value, JsonWriter* writer);

// 2026-11-21 03:30:00.123456 (UTC)
std::string TimeText(double epoch_seconds);
// 1,234,567
std::string Grouped(int64_t number);
// "12.3 MB"
std::string SizeText(int64_t bytes);

// Attributes in one line, as a person would write them: pk=ATL delay=12 tags={a, b}
std::string AttributesText(JsonValue attributes);

// One attribute value, the same.
std::string ValueText(JsonValue value);

// A cell of a table, of text that may be a page of a handler's own: 100 bytes and "..." at most,
// without control characters.
std::string OneLine(std::string text);

// Columns wide enough for their cells; the first row is the heading.
std::string Aligned(const std::vector<std::vector<std::string>>& rows);

void Print(std::string_view text);  // on stdout, with a line's end

}  // namespace millrace
