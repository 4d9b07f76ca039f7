#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <millrace/record.h>
#include "engine/base/status.h"
#include "engine/model/value.h"

namespace millrace {

// A C++ value on its way to becoming an attribute value: what ItemBuilder::Set and
// Expression::Value take. Made implicitly. A number that DynamoDB cannot hold (NaN, infinity,
// over 9.99E+125) is kept as an error, which the write that uses it reports.
class Attribute {
 public:
  Attribute(bool value) : value_(Value::Bool(value)) {}                 // NOLINT
  Attribute(const char* text) : value_(Value::String(text)) {}          // NOLINT
  Attribute(std::string_view text) : value_(Value::String(text)) {}     // NOLINT
  Attribute(const std::string& text) : value_(Value::String(text)) {}   // NOLINT
  Attribute(const Number& number) : value_(Value::OfNumber(number)) {}  // NOLINT
  Attribute(Value value) : value_(std::move(value)) {}                  // NOLINT
  Attribute(ValueView value) : value_(value) {}                         // NOLINT
  // The shortest decimal that reads back as the same double.
  Attribute(double value);  // NOLINT
  Attribute(float value);   // NOLINT
  template <std::integral T>
  requires(!std::is_same_v<T, bool>) Attribute(T value) {  // NOLINT
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(uint64_t)) {
      SetNumber(std::to_string(value));
    } else {
      value_ = Value::OfNumber(Number::FromInt(value));
    }
  }

  const Status& status() const { return status_; }
  const Value& value() const { return value_; }

 private:
  void SetNumber(std::string_view text);
  Status status_;
  Value value_;
};

// Builds an item or a key:
//   ItemBuilder().Set("airport", "ATL").Set("flights", 3).Set("mean", 1.5)
// Lists, maps and sets are made with Value (engine/model/value.h); a nested map also with the
// value() of another builder.
class ItemBuilder {
 public:
  ItemBuilder();
  // Starts with the attributes of an item: to change some and keep the others. empty(): none.
  explicit ItemBuilder(const Image& image);

  // Adds or replaces.
  ItemBuilder& Set(std::string_view name, const Attribute& attribute);
  ItemBuilder& Remove(std::string_view name);

  // The first error of a Set. Invocation's writes report it, so there is no need to ask.
  const Status& status() const { return status_; }
  const Value& value() const { return map_; }

 private:
  Value map_;
  Status status_;
};

// An update or condition expression of DynamoDB with its placeholders:
//   Expression("#v = :v").Name("#v", "version").Value(":v", 7)
// An empty text stands for no expression.
class Expression {
 public:
  Expression() = default;
  Expression(std::string text) : text_(std::move(text)) {}  // NOLINT: implicit on purpose
  Expression(const char* text) : text_(text) {}             // NOLINT: implicit on purpose

  Expression& Name(std::string_view placeholder, std::string_view attribute_name);
  Expression& Value(std::string_view placeholder, const Attribute& attribute);

  using Placeholders = std::vector<std::pair<std::string, std::string>>;
  const std::string& text() const { return text_; }
  const Placeholders& names() const { return names_; }
  const Placeholders& values() const { return values_; }  // canonical bytes
  const Status& status() const { return status_; }

 private:
  std::string text_;
  Placeholders names_;
  Placeholders values_;
  Status status_;
};

}  // namespace millrace
