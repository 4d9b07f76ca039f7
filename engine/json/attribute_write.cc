#include "engine/json/attribute_value.h"
#include "engine/json/escape.h"

// Straight from bytes to text. Recursion is bounded by the nesting of values.
namespace millrace {
namespace {

void AppendValueJson(ValueView value, std::string* out);

void AppendEntriesJson(MapView map, std::string* out) {
  out->push_back('{');
  std::string_view before = "\"";
  for (size_t i = 0; i < map.size(); ++i) {
    const auto [name, value] = map.entry(i);
    AppendEscaped(before, name, "\":", out);
    AppendValueJson(value, out);
    before = ",\"";
  }
  out->push_back('}');
}

void AppendNumberJson(std::string_view packed, std::string* out) {
  out->push_back('"');
  AppendPackedNumberText(packed, out);
  out->push_back('"');
}

void AppendBinaryJson(std::string_view bytes, std::string* out) {
  out->push_back('"');
  AppendBase64(bytes, out);
  out->push_back('"');
}

void AppendElementJson(ValueType container, std::string_view element, std::string* out) {
  switch (container) {
    case ValueType::kList:
      AppendValueJson(ValueView(element), out);
      return;
    case ValueType::kStringSet:
      AppendEscaped("\"", element, "\"", out);
      return;
    case ValueType::kNumberSet:
      AppendNumberJson(element, out);
      return;
    default:
      AppendBinaryJson(element, out);
  }
}

void AppendElementsJson(ValueView container, std::string* out) {
  const ValueType type = container.type();
  const ListView elements = container.list();
  out->push_back('[');
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendElementJson(type, elements.element(i), out);
  }
  out->push_back(']');
}

void AppendValueJson(ValueView value, std::string* out) {
  switch (value.type()) {
    case ValueType::kNull:
      out->append("{\"NULL\":true}");
      return;
    case ValueType::kBool:
      out->append(value.boolean() ? "{\"BOOL\":true}" : "{\"BOOL\":false}");
      return;
    case ValueType::kString:
      AppendEscaped("{\"S\":\"", value.text(), "\"}", out);
      return;
    case ValueType::kNumber:
      out->append("{\"N\":");
      AppendNumberJson(value.text(), out);
      break;
    case ValueType::kBinary:
      out->append("{\"B\":");
      AppendBinaryJson(value.text(), out);
      break;
    case ValueType::kStringSet:
      out->append("{\"SS\":");
      AppendElementsJson(value, out);
      break;
    case ValueType::kNumberSet:
      out->append("{\"NS\":");
      AppendElementsJson(value, out);
      break;
    case ValueType::kBinarySet:
      out->append("{\"BS\":");
      AppendElementsJson(value, out);
      break;
    case ValueType::kList:
      out->append("{\"L\":");
      AppendElementsJson(value, out);
      break;
    case ValueType::kMap:
      out->append("{\"M\":");
      AppendEntriesJson(value.map(), out);
      break;
  }
  out->push_back('}');
}

}  // namespace

void WriteAttributeValue(ValueView value, JsonWriter* writer) {
  writer->Raw({});  // the comma
  AppendValueJson(value, writer->out());
}

void WriteAttributeMap(MapView map, JsonWriter* writer) {
  writer->Raw({});  // the comma
  AppendEntriesJson(map, writer->out());
}

}  // namespace millrace
