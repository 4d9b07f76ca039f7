#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/json/attribute_member.h"
#include "engine/json/attribute_value.h"
#include "engine/json/base64.h"
#include "engine/json/expect.h"
#include "engine/json/json_access.h"

namespace millrace {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

Status Invalid(std::string_view why) {
  return Status::Validation("One or more parameter values were invalid: " + std::string(why));
}

// A wrong JSON type or bad base64. The text doesn't matter: CheckShape finds AWS's.
Status BadShape() {
  return Status(ErrorCode::kSerialization, "");
}

bool IsNull(const element& json) {
  return json.type() == element_type::NULL_VALUE;
}

// One map's member. AWS keeps the last of those with the same name.
struct Member {
  std::string_view name;
  element value;
  size_t order;
  bool operator<(const Member& other) const {
    const int names = name.compare(other.name);
    return names != 0 ? names < 0 : order < other.order;
  }
};

// The members of one AttributeValue by type; only those that are there count.
struct TypedMembers {
  std::array<element, 10> values;
  std::array<bool, 10> present{};
  int count() const { return static_cast<int>(std::count(present.begin(), present.end(), true)); }
};

// "[a, b]", as Java writes a list.
std::string ListText(const std::vector<std::string_view>& elements) {
  std::string text = "[";
  for (const auto& element : elements) {
    if (text.size() > 1) text += ", ";
    text += element;
  }
  return text + "]";
}

// Appends canonical bytes of values to one buffer: a container's elements first, which its bytes
// then replace. Stops at the first error; what AWS checks first within one value is checked first
// here. Precedence as in AWS's shared validator: each member of an AttributeValue in the order of
// kCheckOrder, then their number.
class Decoder {
 public:
  // `depth`: levels of containers around the value; an item's attributes are at 1.
  Status AppendValue(const element& json, int depth);
  Status AppendMap(const element& json, int depth);
  std::string_view bytes() const { return buffer_; }

 private:
  Status AppendTyped(ValueType type, const element& json, int depth);
  Status AppendBool(const element& json);
  Status AppendNull(const element& json);
  Status AppendString(const element& json);
  Status AppendNumber(const element& json);
  Status AppendBinary(const element& json);
  Status AppendStringSet(const element& json);
  Status AppendNumberSet(const element& json);
  Status AppendBinarySet(const element& json);
  Status AppendList(const element& json, int depth);
  Status AppendMembers(size_t first_member, int depth);
  Status AppendSeveral(const TypedMembers& members, int depth);
  void AppendTag(ValueType type) { buffer_.push_back(static_cast<char>(type)); }
  // Replaces the elements that start at `start`, and end at ends_[first_end...], by the container
  // of them.
  void CloseContainer(ValueType type, size_t start, size_t first_end);

  std::string buffer_;
  std::vector<size_t> ends_;     // of elements of the open containers
  std::vector<Member> members_;  // of the open maps, sorted each
  // Of CloseContainer alone.
  std::vector<std::string_view> views_;
  std::string container_;
};

constexpr ValueType kCheckOrder[] = {
    ValueType::kString, ValueType::kStringSet, ValueType::kNumber, ValueType::kNumberSet,
    ValueType::kBinary, ValueType::kBinarySet, ValueType::kMap,    ValueType::kList,
    ValueType::kBool,   ValueType::kNull,
};

Status CheckDepth(int depth) {
  if (depth <= kNestingDepthMax) return Status::Ok();
  return Status::Validation(
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
      "beyond supported limit");
}

Status CheckName(std::string_view name) {
  if (name.empty()) return Status::Validation("Empty attribute name");
  if (name.size() > kAttributeNameSizeMax) {
    return Status::Validation("Attribute name is too large, must be less than 65536 bytes");
  }
  return Status::Ok();
}

Status Decoder::AppendValue(const element& json, int depth) {
  if (IsNull(json)) return Status::Validation("The supplied Item contains a null AttributeValue");
  if (json.type() != element_type::OBJECT) return BadShape();
  TypedMembers members;
  ValueType last = ValueType::kNull;
  for (const auto field : ObjectOf(json)) {
    const auto type = TypeOfMember(field.key);
    if (!type) continue;
    const auto i = static_cast<size_t>(*type);
    members.values[i] = field.value;
    members.present[i] = !IsNull(field.value);
    if (members.present[i]) last = *type;
  }
  switch (members.count()) {
    case 0:
      return Status::Validation(
          "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    case 1:
      // `last` may have been taken back by a null of the same name.
      if (!members.present[static_cast<size_t>(last)]) return AppendSeveral(members, depth);
      return AppendTyped(last, members.values[static_cast<size_t>(last)], depth);
    default:
      return AppendSeveral(members, depth);
  }
}

Status Decoder::AppendSeveral(const TypedMembers& members, int depth) {
  for (const ValueType type : kCheckOrder) {
    const auto i = static_cast<size_t>(type);
    if (members.present[i]) RETURN_IF_ERROR(AppendTyped(type, members.values[i], depth));
  }
  if (members.count() == 1) return Status::Ok();
  return Status::Validation(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
      "supported datatypes");
}

Status Decoder::AppendTyped(ValueType type, const element& json, int depth) {
  switch (type) {
    case ValueType::kString:
      return AppendString(json);
    case ValueType::kNumber:
      return AppendNumber(json);
    case ValueType::kBinary:
      return AppendBinary(json);
    case ValueType::kBool:
      return AppendBool(json);
    case ValueType::kNull:
      return AppendNull(json);
    case ValueType::kStringSet:
      return AppendStringSet(json);
    case ValueType::kNumberSet:
      return AppendNumberSet(json);
    case ValueType::kBinarySet:
      return AppendBinarySet(json);
    case ValueType::kList:
      return AppendList(json, depth + 1);
    case ValueType::kMap:
      return AppendMap(json, depth + 1);
  }
  CheckFailed(__FILE__, __LINE__, "a type of ValueType");
}

Status Decoder::AppendBool(const element& json) {
  ASSIGN_OR_RETURN(const bool value, ExpectBoolean(JsonAccess::Make(json)));
  AppendTag(ValueType::kBool);
  buffer_.push_back(value ? 1 : 0);
  return Status::Ok();
}

Status Decoder::AppendNull(const element& json) {
  ASSIGN_OR_RETURN(const bool value, ExpectBoolean(JsonAccess::Make(json)));
  if (!value) return Invalid("Null attribute value types must have the value of true");
  AppendTag(ValueType::kNull);
  return Status::Ok();
}

Status Decoder::AppendString(const element& json) {
  std::string_view text;
  if (json.get_string().get(text)) return BadShape();
  AppendTag(ValueType::kString);
  buffer_.append(text);
  return Status::Ok();
}

Status Decoder::AppendNumber(const element& json) {
  std::string_view text;
  if (json.get_string().get(text)) return BadShape();
  ASSIGN_OR_RETURN(const Number number, Number::Parse(text));
  AppendTag(ValueType::kNumber);
  buffer_.append(number.Packed());
  return Status::Ok();
}

Status Decoder::AppendBinary(const element& json) {
  std::string_view text;
  if (json.get_string().get(text)) return BadShape();
  AppendTag(ValueType::kBinary);
  return AppendDecodedBase64(text, &buffer_);
}

// The strings of a set's array, in the document's order; "null" for nulls, which are counted.
Status ReadSet(const element& json, std::vector<std::string_view>* texts, int* nulls) {
  simdjson::dom::array array;
  if (json.get_array().get(array)) return BadShape();
  for (const auto element : array) {
    std::string_view text = "null";
    if (IsNull(element)) {
      ++*nulls;
    } else if (element.get_string().get(text)) {
      return BadShape();
    }
    texts->push_back(text);
  }
  return Status::Ok();
}

// Sorts. Whether no two elements are equal.
template <typename T>
bool SortUnique(std::vector<T>* elements) {
  std::sort(elements->begin(), elements->end());
  return std::adjacent_find(elements->begin(), elements->end()) == elements->end();
}

Status Decoder::AppendStringSet(const element& json) {
  std::vector<std::string_view> texts;
  int nulls = 0;
  RETURN_IF_ERROR(ReadSet(json, &texts, &nulls));
  if (texts.empty()) return Invalid("An string set  may not be empty");
  if (nulls > 0) return Invalid("An string set may not have a null string as a member");
  std::vector<std::string_view> sorted = texts;
  if (!SortUnique(&sorted)) {
    return Invalid("Input collection " + ListText(texts) + " contains duplicates.");
  }
  AppendContainer(ValueType::kStringSet, sorted, &buffer_);
  return Status::Ok();
}

Status Decoder::AppendNumberSet(const element& json) {
  std::vector<std::string_view> texts;
  int nulls = 0;
  RETURN_IF_ERROR(ReadSet(json, &texts, &nulls));
  if (texts.empty()) return Invalid("An number set  may not be empty");
  if (nulls > 0) return Invalid("An number set may not have a null number as a member");
  std::vector<std::string> packed;
  for (const auto& text : texts) {
    ASSIGN_OR_RETURN(const Number number, Number::Parse(text));
    packed.push_back(number.Packed());
  }
  if (!SortUnique(&packed)) return Status::Validation("Input collection contains duplicates");
  AppendContainer(ValueType::kNumberSet, {packed.begin(), packed.end()}, &buffer_);
  return Status::Ok();
}

Status Decoder::AppendBinarySet(const element& json) {
  std::vector<std::string_view> texts;
  int nulls = 0;
  RETURN_IF_ERROR(ReadSet(json, &texts, &nulls));
  if (texts.empty()) return Invalid("Binary sets should not be empty");
  if (nulls > 0) return Invalid("Binary sets may not contain null or empty values");
  std::vector<std::string> decoded;
  for (const auto& text : texts) {
    decoded.emplace_back();
    RETURN_IF_ERROR(AppendDecodedBase64(text, &decoded.back()));
  }
  if (!SortUnique(&decoded)) {
    return Invalid("Input collection " + ListText(texts) + "of type BS contains duplicates.");
  }
  AppendContainer(ValueType::kBinarySet, {decoded.begin(), decoded.end()}, &buffer_);
  return Status::Ok();
}

Status Decoder::AppendList(const element& json, int depth) {
  simdjson::dom::array array;
  if (json.get_array().get(array)) return BadShape();
  RETURN_IF_ERROR(CheckDepth(depth));
  const size_t start = buffer_.size();
  const size_t first_end = ends_.size();
  for (const auto element : array) {
    RETURN_IF_ERROR(AppendValue(element, depth));
    ends_.push_back(buffer_.size());
  }
  CloseContainer(ValueType::kList, start, first_end);
  return Status::Ok();
}

Status Decoder::AppendMap(const element& json, int depth) {
  simdjson::dom::object object;
  if (json.get_object().get(object)) return BadShape();
  RETURN_IF_ERROR(CheckDepth(depth));
  const size_t first_member = members_.size();
  for (const auto field : object) {
    members_.push_back({field.key, field.value, members_.size()});
  }
  std::sort(members_.begin() + static_cast<ptrdiff_t>(first_member), members_.end());
  RETURN_IF_ERROR(AppendMembers(first_member, depth));
  members_.resize(first_member);
  return Status::Ok();
}

Status Decoder::AppendMembers(size_t first_member, int depth) {
  const size_t start = buffer_.size();
  const size_t first_end = ends_.size();
  const size_t last_member = members_.size();
  for (size_t i = first_member; i < last_member; ++i) {
    const Member member = members_[i];  // a copy: nested maps grow members_
    if (i + 1 < last_member && members_[i + 1].name == member.name) continue;
    RETURN_IF_ERROR(CheckName(member.name));
    // An entry ends with its value, which is appended in place.
    AppendMapEntry(member.name, {}, &buffer_);
    RETURN_IF_ERROR(AppendValue(member.value, depth));
    ends_.push_back(buffer_.size());
  }
  CloseContainer(ValueType::kMap, start, first_end);
  return Status::Ok();
}

void Decoder::CloseContainer(ValueType type, size_t start, size_t first_end) {
  views_.clear();
  size_t element_start = start;
  for (size_t i = first_end; i < ends_.size(); ++i) {
    views_.push_back(std::string_view(buffer_).substr(element_start, ends_[i] - element_start));
    element_start = ends_[i];
  }
  container_.clear();
  AppendContainer(type, views_, &container_);
  buffer_.resize(start);
  buffer_.append(container_);
  ends_.resize(first_end);
}

// A wrong JSON type anywhere wins over everything AWS validates.
Status PreferShapeError(const Status& error, const Status& shape) {
  if (!shape.ok()) return shape;
  MILLRACE_CHECK(!error.Is(ErrorCode::kSerialization), "the shape check finds what decoding finds");
  return error;
}

}  // namespace

Result<Value> DecodeAttributeValue(JsonValue json) {
  Decoder decoder;
  const Status status = json.Is(JsonKind::kNull)
                            ? Status::Validation("The supplied Item contains a null AttributeValue")
                            : decoder.AppendValue(JsonAccess::Element(json), 1);
  if (!status.ok()) return PreferShapeError(status, CheckAttributeValueShape(json));
  return Value(ValueView(decoder.bytes()));
}

Result<Value> DecodeAttributeMap(JsonValue json) {
  Decoder decoder;
  const Status status = json.Is(JsonKind::kNull)
                            ? Status::Validation("The supplied Item contains a null AttributeValue")
                            : decoder.AppendMap(JsonAccess::Element(json), 1);
  if (!status.ok()) return PreferShapeError(status, CheckAttributeMapShape(json));
  return Value(ValueView(decoder.bytes()));
}

}  // namespace millrace
