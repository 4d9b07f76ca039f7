#include "connectors/import/plain_json.h"

#include <algorithm>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kValueEnd = ",]} \t\r\n";

// Behind the string that begins at `at`.
size_t EndOfString(std::string_view text, size_t at) {
  for (size_t begin = ++at;; begin = ++at) {
    at = text.find('"', at);
    MILLRACE_CHECK(at != text.npos);
    // Behind an odd number of backslashes it is a part of the string.
    size_t plain = at;
    while (plain > begin && text[plain - 1] == '\\') --plain;
    if ((at - plain) % 2 == 0) return at + 1;
  }
}

// Behind the value that begins at `at`.
size_t EndOfValue(std::string_view text, size_t at) {
  size_t depth = 0;
  do {
    const char c = text[at];
    if (c == '"') {
      at = EndOfString(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at;
    } else if (depth > 0) {
      ++at;
      MILLRACE_CHECK(at < text.size());
    } else {
      at = std::min(text.find_first_of(kValueEnd, at), text.size());
    }
  } while (depth > 0);
  return at;
}

void Append(std::string_view type, std::string_view token, std::string* out) {
  out->append("{\"").append(type).append("\":").append(token).append("}");
}

void AppendQuoted(std::string_view type, std::string_view token, std::string* out) {
  out->append("{\"").append(type).append("\":\"").append(token).append("\"}");
}

// A scalar by its first character; where it ends.
size_t AppendScalar(std::string_view text, size_t at, std::string* out) {
  const size_t end = EndOfValue(text, at);
  const std::string_view token = text.substr(at, end - at);
  switch (token[0]) {
    case '"':
      Append("S", token, out);
      break;
    case 't':
    case 'f':
      Append("BOOL", token, out);
      break;
    case 'n':
      Append("NULL", "true", out);
      break;
    default:
      AppendQuoted("N", token, out);
  }
  return end;
}

// Any value with the types that its notation gives.
void AppendUntyped(std::string_view text, std::string* out) {
  std::string open;  // brackets around the place
  bool name_next = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' && name_next) {
      const size_t end = EndOfString(text, at);
      out->append(text.substr(at, end - at)).push_back(':');
      at = text.find(':', end) + 1;
      name_next = false;
    } else if (c == '{' || c == '[') {
      out->append(c == '{' ? "{\"M\":{" : "{\"L\":[");
      open.push_back(c);
      name_next = c == '{';
      ++at;
    } else if (c == '}' || c == ']') {
      out->push_back(c);
      out->push_back('}');
      open.pop_back();
      name_next = false;
      ++at;
    } else if (c == ',') {
      out->push_back(',');
      name_next = open.back() == '{';
      ++at;
    } else if (kSpace.find(c) != kSpace.npos) {
      ++at;
    } else {
      at = AppendScalar(text, at, out);
    }
  }
}

Status CannotBe(JsonValue value, ValueType type) {
  static constexpr std::string_view kKinds[] = {"null",     "a boolean", "a number", "a number",
                                                "a string", "an array",  "an object"};
  return Status::Validation(std::string(kKinds[static_cast<size_t>(value.kind())]) +
                            " can't be of type " + std::string(WireName(type)));
}

Status AppendSet(std::string_view text, JsonValue array, ValueType type, std::string* out) {
  const bool numbers = type == ValueType::kNumberSet;
  out->append("{\"").append(WireName(type)).append("\":[");
  JsonElements elements(text);
  bool first = true;
  RETURN_IF_ERROR(array.ForEachElement([&](JsonValue element) -> Status {
    const std::string_view token = elements.Next();
    if (!first) out->push_back(',');
    first = false;
    if (element.Is(JsonKind::kString)) {
      out->append(token);
    } else if (numbers && (element.Is(JsonKind::kInteger) || element.Is(JsonKind::kDouble))) {
      out->append("\"").append(token).append("\"");
    } else {
      return CannotBe(element, ElementType(type));
    }
    return Status::Ok();
  }));
  out->append("]}");
  return Status::Ok();
}

Status AppendBoolean(std::string_view text, JsonValue value, std::string* out) {
  if (value.Is(JsonKind::kBool)) {
    Append("BOOL", text, out);
    return Status::Ok();
  }
  const std::string_view word = value.Is(JsonKind::kString) ? value.string() : std::string_view();
  if (word != "true" && word != "false") return CannotBe(value, ValueType::kBool);
  Append("BOOL", word, out);
  return Status::Ok();
}

}  // namespace

JsonMembers::JsonMembers(std::string_view object) : text_(object), at_(object.find('{') + 1) {}

JsonMembers::Member JsonMembers::Next() {
  Member member;
  const size_t name = text_.find('"', at_);
  MILLRACE_CHECK(name != text_.npos);
  const size_t name_end = EndOfString(text_, name);
  member.name = text_.substr(name, name_end - name);
  const size_t value = text_.find_first_not_of(kSpace, text_.find(':', name_end) + 1);
  at_ = EndOfValue(text_, value);
  member.value = text_.substr(value, at_ - value);
  return member;
}

JsonElements::JsonElements(std::string_view array) : text_(array), at_(array.find('[') + 1) {}

std::string_view JsonElements::Next() {
  const size_t begin = text_.find_first_not_of(" \t\r\n,", at_);
  MILLRACE_CHECK(begin != text_.npos);
  at_ = EndOfValue(text_, begin);
  return text_.substr(begin, at_ - begin);
}

Status AppendAttribute(std::string_view text, JsonValue value, std::optional<ValueType> type,
                       std::string* out) {
  if (!type || value.Is(JsonKind::kNull)) {
    AppendUntyped(text, out);
    return Status::Ok();
  }
  const bool is_string = value.Is(JsonKind::kString);
  const bool is_number = value.Is(JsonKind::kInteger) || value.Is(JsonKind::kDouble);
  const std::string_view name = WireName(*type);
  if (IsSet(*type) && value.Is(JsonKind::kArray)) return AppendSet(text, value, *type, out);
  if (*type == ValueType::kBool) return AppendBoolean(text, value, out);
  if (is_string &&
      (*type == ValueType::kString || *type == ValueType::kNumber || *type == ValueType::kBinary)) {
    Append(name, text, out);
  } else if ((is_number && (*type == ValueType::kNumber || *type == ValueType::kString)) ||
             (value.Is(JsonKind::kBool) && *type == ValueType::kString)) {
    AppendQuoted(name, text, out);
  } else if ((value.Is(JsonKind::kArray) && *type == ValueType::kList) ||
             (value.Is(JsonKind::kObject) && *type == ValueType::kMap)) {
    AppendUntyped(text, out);
  } else {
    return CannotBe(value, *type);
  }
  return Status::Ok();
}

std::optional<ValueType> ParseValueType(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ValueType::kMap); ++i) {
    if (WireName(static_cast<ValueType>(i)) == name) return static_cast<ValueType>(i);
  }
  return std::nullopt;
}

}  // namespace millrace
