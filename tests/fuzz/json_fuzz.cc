// Any text as a request's JSON: it is refused with AWS's error, or what was decoded is a valid
// value that survives another round.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/json/attribute_value.h"
#include "engine/json/expect.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

std::string JsonOf(std::string_view bytes) {
  std::string json;
  JsonWriter writer(&json);
  WriteAttributeValue(ValueView(bytes), &writer);
  return json;
}

void CheckDecoded(const Result<Value>& value, const Status& shape, JsonParser* parser) {
  if (!value.ok()) {
    MILLRACE_CHECK(value.status().Is(ErrorCode::kSerialization) == !shape.ok());
    MILLRACE_CHECK(!value.status().message().empty());
    return;
  }
  MILLRACE_CHECK(shape.ok());
  const std::string bytes = value->Encode();
  MILLRACE_CHECK(ValidateValue(bytes, kNestingDepthMax).ok());
  const std::string json = JsonOf(bytes);
  const Result<JsonValue> again = parser->Parse(json);
  MILLRACE_CHECK(again.ok());
  const Result<Value> second = DecodeAttributeValue(*again);
  MILLRACE_CHECK(second.ok() && second->Encode() == bytes, "another value after a round");
}

// What the shape checks of requests do with a value.
void Expect(JsonValue value) {
  (void)ExpectString(value);
  (void)ExpectBoolean(value);
  (void)ExpectInteger(value, "Long");
  (void)ExpectDouble(value);
  (void)ExpectList(value);
  (void)ExpectMap(value, kAttributeValueClass);
  (void)ExpectStructure(value, "Projection");
  (void)ExpectStructureElement(value, "KeySchemaElement");
}

void Visit(JsonValue value) {
  Expect(value);
  if (value.Is(JsonKind::kObject)) {
    (void)value.ForEachMember([&value](std::string_view name, JsonValue member) {
      MILLRACE_CHECK(value.Find(name).has_value());
      Visit(member);
      return Status::Ok();
    });
  } else if (value.Is(JsonKind::kArray)) {
    (void)value.ForEachElement([](JsonValue element) {
      Visit(element);
      return Status::Ok();
    });
  }
}

void Run(std::string_view text) {
  JsonParser parser;
  JsonParser second;
  const Result<JsonValue> root = parser.Parse(text);
  if (!root.ok()) {
    MILLRACE_CHECK(root.status().Is(ErrorCode::kSerialization));
    return;
  }
  Visit(*root);
  CheckDecoded(DecodeAttributeValue(*root), CheckAttributeValueShape(*root), &second);
  CheckDecoded(DecodeAttributeMap(*root), CheckAttributeMapShape(*root), &second);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
