#include "tests/unit/expression/support.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace::testing {
namespace {

Value Convert(JsonValue json);

Number NumberOf(JsonValue json) {
  if (json.Is(JsonKind::kInteger)) return Number::FromInt(json.integer());
  return Number::Parse(json.string()).value();
}

Value SetOf(ValueType type, JsonValue json) {
  std::vector<std::string> elements;
  const Status status = json.ForEachElement([&](JsonValue element) {
    elements.push_back(type == ValueType::kNumberSet ? NumberOf(element).Packed()
                                                     : std::string(element.string()));
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok());
  return Value::OfSet(type, std::move(elements));
}

Value ConvertObject(JsonValue json) {
  if (const auto number = json.Find("$n")) return Value::OfNumber(NumberOf(*number));
  if (const auto binary = json.Find("$b")) return Value::Binary(binary->string());
  if (const auto set = json.Find("$ss")) return SetOf(ValueType::kStringSet, *set);
  if (const auto set = json.Find("$ns")) return SetOf(ValueType::kNumberSet, *set);
  if (const auto set = json.Find("$bs")) return SetOf(ValueType::kBinarySet, *set);
  Value::Map map;
  const Status status = json.ForEachMember([&](std::string_view name, JsonValue value) {
    map.emplace_back(std::string(name), Convert(value));
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok());
  return Value::OfMap(std::move(map));
}

Value Convert(JsonValue json) {
  switch (json.kind()) {
    case JsonKind::kNull:
      return Value::Null();
    case JsonKind::kBool:
      return Value::Bool(json.boolean());
    case JsonKind::kInteger:
      return Value::OfNumber(Number::FromInt(json.integer()));
    case JsonKind::kString:
      return Value::String(json.string());
    case JsonKind::kObject:
      return ConvertObject(json);
    case JsonKind::kArray: {
      Value::List list;
      const Status status = json.ForEachElement([&](JsonValue element) {
        list.push_back(Convert(element));
        return Status::Ok();
      });
      EXPECT_TRUE(status.ok());
      return Value::OfList(std::move(list));
    }
    case JsonKind::kDouble:
      break;
  }
  ADD_FAILURE() << "write decimals as {\"$n\": \"1.5\"}";
  return Value::Null();
}

}  // namespace

Value FromJson(std::string_view json) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(json);
  EXPECT_TRUE(root.ok()) << json << ": " << root.status().ToString();
  return root.ok() ? Convert(*root) : Value::Null();
}

std::string ItemFromJson(std::string_view json) {
  return json.empty() ? "" : EncodeItem(FromJson(json));
}

std::string Show(ValueView value) {
  std::string out;
  JsonWriter writer(&out);
  WriteAttributeValue(value, &writer);
  return out;
}

Placeholders MakePlaceholders(std::string_view names, std::string_view values) {
  Placeholders placeholders;
  if (!names.empty()) {
    const std::string map = FromJson(names).Encode();
    for (size_t i = 0; i < MapView(map).size(); ++i) {
      const auto [placeholder, name] = MapView(map).entry(i);
      EXPECT_TRUE(placeholders.AddName(placeholder, name.text()).ok()) << placeholder;
    }
  }
  if (!values.empty()) {
    const std::string map = FromJson(values).Encode();
    for (size_t i = 0; i < MapView(map).size(); ++i) {
      const auto [placeholder, value] = MapView(map).entry(i);
      EXPECT_TRUE(placeholders.AddValue(placeholder, Value(value)).ok()) << placeholder;
    }
  }
  return placeholders;
}

void ExpectFilterErrors(std::span<const FilterRow> rows) {
  for (const FilterRow& row : rows) {
    Placeholders placeholders = MakePlaceholders(row.names, row.values);
    const Status status =
        Condition::Parse("FilterExpression", row.expression, &placeholders).status();
    const std::string expected =
        *row.error == '\0' ? "" : "Invalid FilterExpression: " + std::string(row.error);
    EXPECT_EQ(status.ok() ? "" : status.message(), expected) << row.expression;
    EXPECT_TRUE(status.ok() || status.Is(ErrorCode::kValidation));
  }
}

KeySchema HashSchema() {
  return {.hash = {.name = "pk"}, .range = std::nullopt};
}

KeySchema RangeSchema(ValueType range_type) {
  return {.hash = {.name = "pk"}, .range = KeyAttribute{.name = "sk", .type = range_type}};
}

}  // namespace millrace::testing
