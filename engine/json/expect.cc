#include "engine/json/expect.h"

#include <cmath>
#include <limits>
#include <string>

namespace millrace {
namespace {

// What AWS's reader stumbles over where a scalar stands for a container in a container.
constexpr std::string_view kNoClass =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')";

bool IsContainer(JsonValue value) {
  return value.Is(JsonKind::kObject) || value.Is(JsonKind::kArray);
}

Status Mismatch(std::string message) {
  return Status(ErrorCode::kSerialization, std::move(message));
}

// The text for a value that isn't the scalar wanted.
Status ScalarMismatch(JsonValue found, std::string_view java_type) {
  const auto cannot_convert = [&](std::string_view token) {
    return Mismatch(std::string(token) + "_VALUE cannot be converted to " + std::string(java_type));
  };
  switch (found.kind()) {
    case JsonKind::kObject:
      return Mismatch("Start of structure or map found where not expected");
    case JsonKind::kArray:
      return Mismatch("Unrecognized collection type class java.lang." + std::string(java_type));
    case JsonKind::kBool:
      return cannot_convert(found.boolean() ? "TRUE" : "FALSE");
    case JsonKind::kInteger:
      return cannot_convert("NUMBER");
    case JsonKind::kDouble:
      return cannot_convert("DECIMAL");
    case JsonKind::kString:
      return cannot_convert("STRING");
    case JsonKind::kNull:
      return cannot_convert("NULL");
  }
  CheckFailed(__FILE__, __LINE__, "a kind of JsonKind");
}

std::string QualifiedClass(std::string_view name) {
  if (name.find('.') != name.npos) return std::string(name);
  return "com.amazonaws.dynamodb.v20120810." + std::string(name);
}

Status ExpectObject(JsonValue value, std::string_view model_class, std::string_view scalar_text) {
  if (value.Is(JsonKind::kObject)) return Status::Ok();
  if (value.Is(JsonKind::kArray)) {
    return Mismatch("Unrecognized collection type class " + QualifiedClass(model_class));
  }
  return Mismatch(std::string(scalar_text));
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower_case[i]) return false;
  }
  return true;
}

Result<bool> BooleanOfWord(std::string_view text) {
  for (const std::string_view word : {"true", "yes", "1"}) {
    if (EqualsIgnoringCase(text, word)) return true;
  }
  for (const std::string_view word : {"false", "no", "0"}) {
    if (EqualsIgnoringCase(text, word)) return false;
  }
  return Mismatch("Unexpected token received from parser");
}

// Towards zero; saturates.
int64_t Truncate(double value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (value >= kTwoTo63) return std::numeric_limits<int64_t>::max();
  if (value < -kTwoTo63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

}  // namespace

Result<std::string_view> ExpectString(JsonValue value) {
  if (!value.Is(JsonKind::kString)) return ScalarMismatch(value, "String");
  return value.string();
}

Result<bool> ExpectBoolean(JsonValue value) {
  if (value.Is(JsonKind::kBool)) return value.boolean();
  if (value.Is(JsonKind::kString)) return BooleanOfWord(value.string());
  return ScalarMismatch(value, "Boolean");
}

Result<int64_t> ExpectInteger(JsonValue value, std::string_view java_type) {
  if (value.Is(JsonKind::kInteger)) return value.integer();
  if (value.Is(JsonKind::kDouble)) return Truncate(value.number());
  return ScalarMismatch(value, java_type);
}

Result<double> ExpectDouble(JsonValue value) {
  if (value.Is(JsonKind::kInteger) || value.Is(JsonKind::kDouble)) return value.number();
  return ScalarMismatch(value, "Double");
}

Status ExpectList(JsonValue value) {
  if (value.Is(JsonKind::kArray)) return Status::Ok();
  if (value.Is(JsonKind::kObject)) {
    return Mismatch("Start of structure or map found where not expected");
  }
  return Mismatch("Unexpected field type");
}

Status ExpectMap(JsonValue value, std::string_view value_class) {
  if (value.Is(JsonKind::kObject)) return Status::Ok();
  if (value.Is(JsonKind::kArray)) {
    return Mismatch("Unrecognized collection type java.util.Map<java.lang.String, " +
                    QualifiedClass(value_class) + ">");
  }
  return Mismatch("Unexpected field type");
}

Status ExpectStructure(JsonValue value, std::string_view model_class) {
  return ExpectObject(value, model_class, "Unexpected field type");
}

Status ExpectStructureElement(JsonValue value, std::string_view model_class) {
  return ExpectObject(value, model_class, "Unexpected value type in payload");
}

Status ExpectListElement(JsonValue value) {
  return IsContainer(value) ? ExpectList(value) : Mismatch(std::string(kNoClass));
}

Status ExpectMapElement(JsonValue value, std::string_view value_class) {
  return IsContainer(value) ? ExpectMap(value, value_class) : Mismatch(std::string(kNoClass));
}

}  // namespace millrace
