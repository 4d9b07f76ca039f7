#include <millrace/item_builder.h>

#include <charconv>
#include <cmath>
#include <string>

namespace millrace {
namespace {

template <typename T>
std::string ShortestDecimal(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  return std::string(text, end.ptr);
}

}  // namespace

Attribute::Attribute(double value) {
  SetNumber(ShortestDecimal(value));
}
Attribute::Attribute(float value) {
  SetNumber(ShortestDecimal(value));
}

void Attribute::SetNumber(std::string_view text) {
  auto number = Number::Parse(text);
  if (number.ok()) {
    value_ = Value::OfNumber(*number);
  } else {
    status_ = number.status();
  }
}

ItemBuilder::ItemBuilder() : map_(Value::OfMap({})) {}

ItemBuilder::ItemBuilder(const Image& image)
    : map_(image.empty() ? Value::OfMap({}) : Value(image.view().value())) {}

ItemBuilder& ItemBuilder::Set(std::string_view name, const Attribute& attribute) {
  if (status_.ok() && !attribute.status().ok()) {
    status_ =
        Status(attribute.status().code(), std::string(name) + ": " + attribute.status().message());
  }
  map_.SetInMap(name, attribute.value());
  return *this;
}

ItemBuilder& ItemBuilder::Remove(std::string_view name) {
  map_.RemoveFromMap(name);
  return *this;
}

Expression& Expression::Name(std::string_view placeholder, std::string_view attribute_name) {
  names_.emplace_back(placeholder, attribute_name);
  return *this;
}

Expression& Expression::Value(std::string_view placeholder, const Attribute& attribute) {
  if (status_.ok() && !attribute.status().ok()) {
    status_ = Status(attribute.status().code(),
                     std::string(placeholder) + ": " + attribute.status().message());
  }
  values_.emplace_back(placeholder, attribute.value().Encode());
  return *this;
}

}  // namespace millrace
