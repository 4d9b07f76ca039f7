#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/value.h"

// From plain JSON to DynamoDB's, as text: numbers keep every digit and strings their escapes. All
// of it works on text that JsonParser has accepted, and nothing recurses.
namespace millrace {

// Walks the members of an object's text, in its order.
class JsonMembers {
 public:
  // `object` begins at its brace, white space before it allowed.
  explicit JsonMembers(std::string_view object);
  // Requires that there is one more. The name is its token, in quotes and escaped; the value is
  // without white space around it.
  struct Member {
    std::string_view name;
    std::string_view value;
  };
  Member Next();

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// Walks the elements of an array's text.
class JsonElements {
 public:
  explicit JsonElements(std::string_view array);
  // Without white space around it. Requires that there is one more.
  std::string_view Next();

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// One JSON value as an attribute value. Without a type: a string is an S, a number an N, true and
// false a BOOL, null a NULL, an array an L, an object an M. With one: a string may become an N, B
// (base64) or BOOL, a number an S, a boolean an S, an array a set; null stays NULL. Whether a
// number or base64 is valid shows when the item is decoded. Error: kValidation: it can't have that
// type.
Status AppendAttribute(std::string_view text, JsonValue value, std::optional<ValueType> type,
                       std::string* out);

// "S", "N", "SS" and so on; null for another text.
std::optional<ValueType> ParseValueType(std::string_view name);

}  // namespace millrace
