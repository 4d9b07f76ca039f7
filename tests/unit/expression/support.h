#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/expression/expression.h"
#include "engine/model/item.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

// Rows of tests are written in plain JSON: 1 is N, "x" is S, true is BOOL, null is NULL, [..] is L,
// {..} is M; the other types and decimals as {"$n": "1.5"}, {"$b": "bytes"}, {"$ss": ["a"]},
// {"$ns": [1, 2]}, {"$bs": ["x"]}.
namespace millrace::testing {

// A failed test and NULL when the text is not that.
Value FromJson(std::string_view json);
// Item bytes of a map; none for an empty text: there is no such item.
std::string ItemFromJson(std::string_view json);
// DynamoDB-JSON, to be read by people.
std::string Show(ValueView value);

// `names` and `values` are maps in the notation above; "" for none.
Placeholders MakePlaceholders(std::string_view names, std::string_view values);

// A FilterExpression and what its parser says of it, after "Invalid FilterExpression: "; "" when it
// parses.
struct FilterRow {
  const char* expression;
  const char* names;
  const char* values;
  const char* error;
};
void ExpectFilterErrors(std::span<const FilterRow> rows);

// pk S, sk of `range_type`.
KeySchema HashSchema();
KeySchema RangeSchema(ValueType range_type = ValueType::kString);

}  // namespace millrace::testing
