#include "tests/unit/model/support.h"

#include <algorithm>
#include <set>

#include "engine/base/hex.h"

namespace millrace {
namespace {

std::string DescribeSet(ValueView value) {
  const ValueType element = ElementType(value.type());
  const ListView list = value.list();
  std::string text(WireName(value.type()));
  text += "(";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text += ",";
    if (element == ValueType::kString) text += list.element(i);
    if (element == ValueType::kBinary) text += ToHex(list.element(i));
    if (element == ValueType::kNumber) AppendPackedNumberText(list.element(i), &text);
  }
  return text + ")";
}

std::string RandomString(Random* random) {
  std::string text;
  for (uint64_t i = random->Uniform(12); i > 0; --i) {
    text += random->OneIn(8) ? "\xc3\xa9"
                             : std::string(1, static_cast<char>('a' + random->Uniform(26)));
  }
  return text;
}

std::string RandomBytes(Random* random) {
  std::string bytes;
  for (uint64_t i = random->Uniform(12); i > 0; --i) {
    bytes.push_back(static_cast<char>(random->Next()));
  }
  return bytes;
}

Value RandomSet(Random* random) {
  const auto type = static_cast<ValueType>(5 + random->Uniform(3));
  std::set<std::string> elements;
  for (uint64_t i = random->Uniform(5) + 1; i > 0; --i) {
    if (type == ValueType::kStringSet) elements.insert(RandomString(random));
    if (type == ValueType::kNumberSet) elements.insert(N(RandomNumberText(random)).Packed());
    if (type == ValueType::kBinarySet) elements.insert(RandomBytes(random));
  }
  return Value::OfSet(type, {elements.begin(), elements.end()});
}

}  // namespace

Number N(std::string_view text) {
  return Number::Parse(text).value();
}
Value Num(std::string_view text) {
  return Value::OfNumber(N(text));
}
Value Str(std::string_view text) {
  return Value::String(text);
}
Value Map(std::vector<std::pair<std::string, Value>> entries) {
  return Value::OfMap(std::move(entries));
}

Value Set(ValueType type, std::vector<std::string> elements) {
  if (type == ValueType::kNumberSet) {
    for (std::string& element : elements) element = N(element).Packed();
  }
  return Value::OfSet(type, std::move(elements));
}

KeySchema HashSchema(KeyAttribute hash) {
  KeySchema schema;
  schema.hash = std::move(hash);
  return schema;
}

KeySchema CompositeSchema(KeyAttribute hash, KeyAttribute range) {
  KeySchema schema = HashSchema(std::move(hash));
  schema.range = std::move(range);
  return schema;
}

Value NestedMaps(int levels) {
  Value value = Str("leaf");
  for (int i = 0; i < levels; ++i) value = Map({{"n", std::move(value)}});
  return value;
}

std::string Describe(ValueView value) {
  switch (value.type()) {
    case ValueType::kNull:
      return "NULL";
    case ValueType::kBool:
      return value.boolean() ? "true" : "false";
    case ValueType::kNumber:
      return "N(" + value.number().ToString() + ")";
    case ValueType::kString:
      return "S(" + std::string(value.text()) + ")";
    case ValueType::kBinary:
      return "B(" + ToHex(value.payload()) + ")";
    case ValueType::kStringSet:
    case ValueType::kNumberSet:
    case ValueType::kBinarySet:
      return DescribeSet(value);
    case ValueType::kList: {
      std::string text = "L[";
      const ListView list = value.list();
      for (size_t i = 0; i < list.size(); ++i) text += (i > 0 ? "," : "") + Describe(list.value(i));
      return text + "]";
    }
    case ValueType::kMap:
      break;
  }
  std::string text = "M{";
  const MapView map = value.map();
  for (size_t i = 0; i < map.size(); ++i) {
    text += (i > 0 ? "," : "") + std::string(map.name(i)) + ":" + Describe(map.value(i));
  }
  return text + "}";
}

Value Rebuild(ValueView value) {
  if (value.Is(ValueType::kMap)) {
    Value::Map entries;
    for (size_t i = 0; i < value.count(); ++i) {
      const auto [name, element] = value.map().entry(i);
      entries.emplace_back(std::string(name), Rebuild(element));
    }
    std::reverse(entries.begin(), entries.end());  // so that there is something to sort
    return Value::OfMap(std::move(entries));
  }
  if (value.Is(ValueType::kList)) {
    Value::List elements;
    for (size_t i = 0; i < value.count(); ++i) elements.push_back(Rebuild(value.list().value(i)));
    return Value::OfList(std::move(elements));
  }
  if (IsSet(value.type())) {
    std::vector<std::string> elements;
    for (size_t i = value.count(); i-- > 0;) elements.emplace_back(value.list().element(i));
    return Value::OfSet(value.type(), std::move(elements));
  }
  if (value.Is(ValueType::kNumber)) return Num(value.number().ToString());
  return Value(value);
}

std::string RandomNumberText(Random* random) {
  const int digits = 1 + static_cast<int>(random->Uniform(random->OneIn(3) ? 38 : 4));
  std::string text = random->OneIn(2) ? "-" : "";
  text += static_cast<char>('1' + random->Uniform(9));
  text += ".";
  for (int i = 1; i < digits; ++i) text += static_cast<char>('0' + random->Uniform(10));
  const int exponent = random->OneIn(2) ? static_cast<int>(random->Uniform(8)) - 4
                                        : static_cast<int>(random->Uniform(256)) - 130;
  return text + "E" + std::to_string(exponent);
}

Value RandomValue(Random* random, int depth) {
  switch (random->Uniform(depth > 0 ? 9 : 6)) {
    case 0:
      return Value::Null();
    case 1:
      return Value::Bool(random->OneIn(2));
    case 2:
      return Num(RandomNumberText(random));
    case 3:
      return Str(RandomString(random));
    case 4:
      return Value::Binary(RandomBytes(random));
    case 5:
      return RandomSet(random);
    case 6: {
      Value::List elements;
      for (uint64_t i = random->Uniform(5); i > 0; --i) {
        elements.push_back(RandomValue(random, depth - 1));
      }
      return Value::OfList(std::move(elements));
    }
    default:
      return RandomMap(random, depth);
  }
}

Value RandomMap(Random* random, int depth) {
  Value map = Map({});
  for (uint64_t i = random->Uniform(6); i > 0; --i) {
    map.SetInMap(RandomString(random), RandomValue(random, depth - 1));
  }
  return map;
}

}  // namespace millrace
