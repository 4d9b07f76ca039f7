#include "engine/json/attribute_value.h"
#include "engine/json/text_cursor.h"

// Straight from bytes to text. Recursion is bounded by the nesting of values.
namespace millrace {
namespace {

void AppendValue(ValueView value, TextCursor* text);

void AppendEntries(MapView map, TextCursor* text) {
  text->Append('{');
  for (size_t i = 0; i < map.size(); ++i) {
    const auto [name, value] = map.entry(i);
    text->AppendEscaped(i == 0 ? "\"" : ",\"", name, "\":");
    AppendValue(value, text);
  }
  text->Append('}');
}

void AppendElement(ValueType container, std::string_view element, TextCursor* text) {
  if (container == ValueType::kList) return AppendValue(ValueView(element), text);
  if (container == ValueType::kStringSet) return text->AppendEscaped("\"", element, "\"");
  text->Append('"');
  if (container == ValueType::kNumberSet) text->AppendNumber(element);
  if (container == ValueType::kBinarySet) text->AppendBase64(element);
  text->Append('"');
}

void AppendElements(std::string_view before, ValueView container, TextCursor* text) {
  const ValueType type = container.type();
  const ListView elements = container.list();
  text->Append(before);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) text->Append(',');
    AppendElement(type, elements.element(i), text);
  }
  text->Append("]}");
}

void AppendValue(ValueView value, TextCursor* text) {
  switch (value.type()) {
    case ValueType::kNull:
      return text->Append("{\"NULL\":true}");
    case ValueType::kBool:
      return text->Append(value.boolean() ? "{\"BOOL\":true}" : "{\"BOOL\":false}");
    case ValueType::kString:
      return text->AppendEscaped("{\"S\":\"", value.text(), "\"}");
    case ValueType::kNumber:
      text->Append("{\"N\":\"");
      text->AppendNumber(value.text());
      return text->Append("\"}");
    case ValueType::kBinary:
      text->Append("{\"B\":\"");
      text->AppendBase64(value.text());
      return text->Append("\"}");
    case ValueType::kStringSet:
      return AppendElements("{\"SS\":[", value, text);
    case ValueType::kNumberSet:
      return AppendElements("{\"NS\":[", value, text);
    case ValueType::kBinarySet:
      return AppendElements("{\"BS\":[", value, text);
    case ValueType::kList:
      return AppendElements("{\"L\":[", value, text);
    case ValueType::kMap:
      text->Append("{\"M\":");
      AppendEntries(value.map(), text);
      return text->Append('}');
  }
}

}  // namespace

void WriteAttributeValue(ValueView value, JsonWriter* writer) {
  writer->Raw({});  // the comma
  TextCursor text(writer->out());
  AppendValue(value, &text);
}

void WriteAttributeMap(MapView map, JsonWriter* writer) {
  writer->Raw({});  // the comma
  TextCursor text(writer->out());
  AppendEntries(map, &text);
}

}  // namespace millrace
