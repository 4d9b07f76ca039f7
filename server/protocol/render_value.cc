#include <string>

#include "engine/json/expect.h"
#include "server/protocol/shape_check.h"

namespace millrace {
namespace {

void AppendRendered(JsonValue json, const Shape* shape, std::string* out);

void AppendScalar(JsonValue json, std::string* out) {
  switch (json.kind()) {
    case JsonKind::kNull:
      out->append("null");
      return;
    case JsonKind::kBool:
      out->append(json.boolean() ? "true" : "false");
      return;
    case JsonKind::kInteger:
    case JsonKind::kDouble:  // AWS has cut it off
      out->append(std::to_string(ExpectInteger(json, "Long").value()));
      return;
    default:
      out->append(json.string());
  }
}

// KeySchemaElement(attributeName=pk, keyType=HASH): all members of the model, in its order.
void AppendStructure(JsonValue json, const Shape& shape, std::string* out) {
  out->append(shape.name).append("(");
  bool first = true;
  for (const Member& member : shape.members) {
    if (!first) out->append(", ");
    first = false;
    std::string name(member.name);
    if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z')
      name[0] = static_cast<char>(name[0] + 32);
    out->append(name).append("=");
    const std::optional<JsonValue> value = FindMember(json, member.name);
    value ? AppendRendered(*value, member.shape, out) : void(out->append("null"));
  }
  out->append(")");
}

// What isn't described (attribute values) is shown as the client sent it. No deeper than JsonParser
// lets it be.
void AppendUndescribed(JsonValue json, std::string* out) {
  if (!json.Is(JsonKind::kArray) && !json.Is(JsonKind::kObject)) return AppendScalar(json, out);
  bool first = true;
  const auto separate = [&first, out] {
    if (!first) out->append(", ");
    first = false;
  };
  Status done;
  if (json.Is(JsonKind::kArray)) {
    out->append("[");
    done = json.ForEachElement([&](JsonValue element) {
      separate();
      AppendUndescribed(element, out);
      return Status::Ok();
    });
    out->append("]");
  } else {
    out->append("{");
    done = json.ForEachMember([&](std::string_view name, JsonValue value) {
      separate();
      out->append(name).append("=");
      AppendUndescribed(value, out);
      return Status::Ok();
    });
    out->append("}");
  }
  MILLRACE_CHECK(done.ok());
}

// No deeper than JsonParser lets it be.
void AppendJson(JsonValue json, JsonWriter* out) {
  Status done;
  switch (json.kind()) {
    case JsonKind::kNull:
      return out->Null();
    case JsonKind::kBool:
      return out->Bool(json.boolean());
    case JsonKind::kInteger:
      return out->Integer(json.integer());
    case JsonKind::kDouble:
      return out->Double(json.number());
    case JsonKind::kString:
      return out->String(json.string());
    case JsonKind::kArray:
      out->BeginArray();
      done = json.ForEachElement([out](JsonValue element) {
        AppendJson(element, out);
        return Status::Ok();
      });
      out->EndArray();
      break;
    case JsonKind::kObject:
      out->BeginObject();
      done = json.ForEachMember([out](std::string_view name, JsonValue value) {
        out->Key(name);
        AppendJson(value, out);
        return Status::Ok();
      });
      out->EndObject();
      break;
  }
  MILLRACE_CHECK(done.ok());
}

// Bytes. AWS echoes all that was sent; but a request of 16 MB, of which ten errors may be reported,
// must not come back ten times. 101 small actions take less than a tenth of this.
constexpr size_t kRenderedSizeMax = 256 * 1024;

void AppendRendered(JsonValue json, const Shape* shape, std::string* out) {
  if (json.Is(JsonKind::kNull)) return AppendScalar(json, out);
  bool first = true;
  const auto separate = [&first, out] {
    if (!first) out->append(", ");
    first = false;
  };
  Status done;
  switch (shape->kind) {
    case ShapeKind::kList:
      out->append("[");
      done = json.ForEachElement([&](JsonValue element) {
        separate();
        AppendRendered(element, shape->element, out);
        return Status::Ok();
      });
      out->append("]");
      break;
    case ShapeKind::kMap:
      out->append("{");
      done = json.ForEachMember([&](std::string_view name, JsonValue value) {
        separate();
        out->append(name).append("=");
        AppendRendered(value, shape->element, out);
        return Status::Ok();
      });
      out->append("}");
      break;
    case ShapeKind::kStructure:
      return json.Is(JsonKind::kObject) ? AppendStructure(json, *shape, out)
                                        : AppendScalar(json, out);
    case ShapeKind::kAttributeValue:
    case ShapeKind::kAttributeMap:
      return AppendUndescribed(json, out);
    default:
      return AppendScalar(json, out);
  }
  MILLRACE_CHECK(done.ok());
}

}  // namespace

std::string RenderValue(JsonValue json, const Shape& shape) {
  std::string out;
  if (shape.json_echo) {
    JsonWriter writer(&out);
    AppendJson(json, &writer);
  } else {
    AppendRendered(json, &shape, &out);
  }
  if (out.size() > kRenderedSizeMax) {
    size_t end = kRenderedSizeMax;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80)
      --end;  // not inside a character
    out.resize(end);
    out.append("...");
  }
  return out;
}

}  // namespace millrace
