#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/json/attribute_member.h"
#include "engine/json/attribute_value.h"
#include "engine/json/base64.h"
#include "engine/json/duplicates.h"
#include "engine/json/expect.h"
#include "engine/json/json_access.h"
#include "engine/model/container_writer.h"

namespace millrace {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr const char* kNullValue = "The supplied Item contains a null AttributeValue";
constexpr const char* kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr const char* kSeveralTypes =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";

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

// Appends canonical bytes of values to one buffer. Stops at the first error; what AWS checks first
// within one value is checked first here. Precedence as in AWS's shared validator: each member of
// an AttributeValue in the order of kCheckOrder, then their number.
class Decoder {
 public:
  // `sorted`: members of maps in their order, as canonical bytes have them; otherwise in the
  // document's, which only finds errors.
  explicit Decoder(ValueLayer layer, bool sorted = true) : layer_(layer), sorted_(sorted) {
    // Most items need no more.
    buffer_.reserve(1000);
    members_.reserve(16);
  }
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
  Result<Number> ReadNumber(std::string_view text) const;
  Status AppendBinary(const element& json);
  Status AppendStringSet(const element& json);
  Status AppendNumberSet(const element& json);
  Status AppendBinarySet(const element& json);
  Status AppendList(const element& json, int depth);
  // The members from `first_member` on: by name, the last of those with the same name alone.
  // Whether there were no others; their shapes count all the same.
  bool SortMembers(size_t first_member);
  Status AppendMembers(size_t first_member, int depth);
  // Of an AttributeValue that doesn't have just one member of the model.
  Status AppendSeveral(const element& json, int depth);
  void AppendTag(ValueType type) { buffer_.push_back(static_cast<char>(type)); }

  ValueLayer layer_;
  bool sorted_;
  std::string buffer_;
  std::vector<Member> members_;  // of the open maps, sorted each
};

constexpr ValueType kCheckOrder[] = {
    ValueType::kString, ValueType::kStringSet, ValueType::kNumber, ValueType::kNumberSet,
    ValueType::kBinary, ValueType::kBinarySet, ValueType::kMap,    ValueType::kList,
    ValueType::kBool,   ValueType::kNull,
};

constexpr std::string_view kNestedTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";

Status CheckDepth(int depth) {
  if (depth <= kNestingDepthMax) return Status::Ok();
  return Status::Validation(std::string(kNestedTooDeep));
}

Status CheckName(std::string_view name) {
  if (name.empty()) return Status::Validation("Empty attribute name");
  if (name.size() > kAttributeNameSizeMax) {
    return Status::Validation("Attribute name is too large, must be less than 65536 bytes");
  }
  return Status::Ok();
}

Status Decoder::AppendValue(const element& json, int depth) {
  if (IsNull(json)) return Status::Validation(kNullValue);
  if (json.type() != element_type::OBJECT) return BadShape();
  // Nearly always there is one member.
  int members = 0;
  ValueType type = ValueType::kNull;
  element value;
  for (const auto field : ObjectOf(json)) {
    const auto member_type = TypeOfMember(field.key);
    if (!member_type) continue;
    ++members;
    type = *member_type;
    value = field.value;
  }
  if (members == 1 && !IsNull(value)) return AppendTyped(type, value, depth);
  return AppendSeveral(json, depth);
}

Status Decoder::AppendSeveral(const element& json, int depth) {
  // Of members with the same name the last counts, though the others' shapes must be right; those
  // that are null don't.
  std::array<std::optional<element>, 10> members;
  for (const auto field : ObjectOf(json)) {
    const auto type = TypeOfMember(field.key);
    if (!type) continue;
    auto& member = members[static_cast<size_t>(*type)];
    if (member) RETURN_IF_ERROR(CheckAttributeValueShape(JsonAccess::Make(json)));
    member = IsNull(field.value) ? std::nullopt : std::optional(field.value);
  }
  int count = 0;
  for (const ValueType type : kCheckOrder) {
    const auto& member = members[static_cast<size_t>(type)];
    if (!member) continue;
    ++count;
    RETURN_IF_ERROR(AppendTyped(type, *member, depth));
  }
  if (count == 1) return Status::Ok();
  return Status::Validation(count == 0 ? kEmptyValue : kSeveralTypes);
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

Result<Number> Decoder::ReadNumber(std::string_view text) const {
  Result<Number> number = Number::Parse(text);
  if (number.ok() || !text.empty() || layer_ != ValueLayer::kCurrent) return number;
  return Status::Validation(number.status().message() + ": ");
}

Status Decoder::AppendNumber(const element& json) {
  std::string_view text;
  if (json.get_string().get(text)) return BadShape();
  ASSIGN_OR_RETURN(const Number number, ReadNumber(text));
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
    return DuplicatesError(layer_, ValueType::kStringSet, texts, texts);
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
    ASSIGN_OR_RETURN(const Number number, ReadNumber(text));
    packed.push_back(number.Packed());
  }
  if (!SortUnique(&packed)) {
    return DuplicatesError(layer_, ValueType::kNumberSet, texts, texts);
  }
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
  std::vector<std::string_view> sorted(decoded.begin(), decoded.end());
  if (!SortUnique(&sorted)) {
    return DuplicatesError(layer_, ValueType::kBinarySet, texts, {decoded.begin(), decoded.end()});
  }
  AppendContainer(ValueType::kBinarySet, sorted, &buffer_);
  return Status::Ok();
}

Status Decoder::AppendList(const element& json, int depth) {
  simdjson::dom::array array;
  if (json.get_array().get(array)) return BadShape();
  RETURN_IF_ERROR(CheckDepth(depth));
  // array.size() saturates.
  ContainerWriter writer(ValueType::kList,
                         static_cast<size_t>(std::distance(array.begin(), array.end())), &buffer_);
  for (const auto element : array) {
    RETURN_IF_ERROR(AppendValue(element, depth));
    writer.EndElement();
  }
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
  if (sorted_ && !SortMembers(first_member))
    RETURN_IF_ERROR(CheckAttributeMapShape(JsonAccess::Make(json)));
  RETURN_IF_ERROR(AppendMembers(first_member, depth));
  members_.resize(first_member);
  return Status::Ok();
}

bool Decoder::SortMembers(size_t first_member) {
  const auto first = members_.begin() + static_cast<ptrdiff_t>(first_member);
  if (!std::is_sorted(first, members_.end())) std::sort(first, members_.end());
  // Of equal names the last stays: from the back it is the first.
  const auto last = std::unique(members_.rbegin(), std::make_reverse_iterator(first),
                                [](const Member& a, const Member& b) { return a.name == b.name; });
  const bool unique = last.base() == first;
  members_.erase(first, last.base());
  return unique;
}

Status Decoder::AppendMembers(size_t first_member, int depth) {
  const size_t end = members_.size();
  ContainerWriter writer(ValueType::kMap, end - first_member, &buffer_);
  for (size_t i = first_member; i < end; ++i) {
    const Member member = members_[i];  // a copy: nested maps grow members_
    RETURN_IF_ERROR(CheckName(member.name));
    // An entry ends with its value, which is appended in place.
    AppendMapEntry(member.name, {}, &buffer_);
    RETURN_IF_ERROR(AppendValue(member.value, depth));
    writer.EndElement();
  }
  return Status::Ok();
}

// A wrong JSON type anywhere wins over everything AWS validates.
Status PreferShapeError(const Status& error, const Status& shape) {
  if (!shape.ok()) return shape;
  MILLRACE_CHECK(!error.Is(ErrorCode::kSerialization), "the shape check finds what decoding finds");
  return error;
}

// `depth` as in AppendValue.
Result<Value> DecodeValueAt(int depth, JsonValue json, ValueLayer layer) {
  Decoder decoder(layer);
  Status status = json.Is(JsonKind::kNull) ? Status::Validation(kNullValue)
                                           : decoder.AppendValue(JsonAccess::Element(json), depth);
  if (!status.ok() && !json.Is(JsonKind::kNull) && layer == ValueLayer::kStatement) {
    const Status first = Decoder(layer, false).AppendValue(JsonAccess::Element(json), depth);
    if (!first.ok()) status = first;
  }
  if (!status.ok()) return PreferShapeError(status, CheckAttributeValueShape(json));
  return Value(ValueView(decoder.bytes()));
}

}  // namespace

Result<Value> DecodeAttributeValue(JsonValue json, ValueLayer layer) {
  return DecodeValueAt(1, json, layer);
}

Result<Value> DecodeExpressionValue(JsonValue json, ValueLayer layer) {
  return DecodeValueAt(0, json, layer);
}

bool IsNestedTooDeep(const Status& error) {
  return error.message() == kNestedTooDeep;
}

Result<Value> DecodeAttributeMap(JsonValue json, ValueLayer layer) {
  Decoder decoder(layer);
  const Status status = json.Is(JsonKind::kNull) ? Status::Validation(kNullValue)
                                                 : decoder.AppendMap(JsonAccess::Element(json), 1);
  if (!status.ok()) return PreferShapeError(status, CheckAttributeMapShape(json));
  return Value(ValueView(decoder.bytes()));
}

}  // namespace millrace
