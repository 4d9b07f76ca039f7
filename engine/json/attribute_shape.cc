#include "engine/json/attribute_member.h"
#include "engine/json/attribute_value.h"
#include "engine/json/base64.h"
#include "engine/json/expect.h"

// What AWS finds out while it reads a value into its model, in the document's order. Recursion is
// bounded by the parser's depth.
namespace millrace {
namespace {

Status CheckBlob(JsonValue json) {
  switch (json.kind()) {
    case JsonKind::kString: {
      std::string ignored;
      return AppendDecodedBase64(json.string(), &ignored);
    }
    case JsonKind::kArray:
      return Status(ErrorCode::kSerialization,
                    "Unrecognized collection type class java.nio.ByteBuffer");
    case JsonKind::kObject:
      return Status(ErrorCode::kSerialization,
                    "Start of structure or map found where not expected");
    default:
      return Status(ErrorCode::kSerialization,
                    "only base-64-encoded strings are convertible to bytes");
  }
}

Status CheckString(JsonValue json) {
  return ExpectString(json).status();
}

Status CheckElements(JsonValue json, Status (*check)(JsonValue element)) {
  RETURN_IF_ERROR(ExpectList(json));
  return json.ForEachElement([check](JsonValue element) {
    return element.Is(JsonKind::kNull) ? Status::Ok() : check(element);
  });
}

Status CheckMember(ValueType type, JsonValue json) {
  switch (type) {
    case ValueType::kString:
    case ValueType::kNumber:
      return CheckString(json);
    case ValueType::kBinary:
      return CheckBlob(json);
    case ValueType::kBool:
    case ValueType::kNull:
      return ExpectBoolean(json).status();
    case ValueType::kStringSet:
    case ValueType::kNumberSet:
      return CheckElements(json, CheckString);
    case ValueType::kBinarySet:
      return CheckElements(json, CheckBlob);
    case ValueType::kList:
      return CheckElements(json, CheckAttributeValueShape);
    case ValueType::kMap:
      return CheckAttributeMapShape(json);
  }
  CheckFailed(__FILE__, __LINE__, "a type of ValueType");
}

}  // namespace

Status CheckAttributeValueShape(JsonValue json) {
  if (json.Is(JsonKind::kNull)) return Status::Ok();
  RETURN_IF_ERROR(ExpectStructureElement(json, kAttributeValueClass));
  return json.ForEachMember([](std::string_view name, JsonValue member) {
    const auto type = TypeOfMember(name);
    if (!type || member.Is(JsonKind::kNull)) return Status::Ok();
    return CheckMember(*type, member);
  });
}

Status CheckAttributeMapShape(JsonValue json) {
  if (json.Is(JsonKind::kNull)) return Status::Ok();
  RETURN_IF_ERROR(ExpectMap(json, kAttributeValueClass));
  return json.ForEachMember(
      [](std::string_view, JsonValue value) { return CheckAttributeValueShape(value); });
}

}  // namespace millrace
