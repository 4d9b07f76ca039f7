#include "server/protocol/policy_document.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace millrace {
namespace {

constexpr std::string_view kDocumentMembers[] = {"Version", "Id", "Statement"};
constexpr std::string_view kStatementMembers[] = {"Sid",          "Effect",      "Principal",
                                                  "NotPrincipal", "Action",      "NotAction",
                                                  "Resource",     "NotResource", "Condition"};
constexpr std::string_view kOldVersion = "2008-10-17";  // IAM's, where a policy says none

Status Unknown() {
  return Status::Validation("");  // never shown
}

template <size_t N>
bool HasOnly(JsonValue object, const std::string_view (&known)[N]) {
  return object
      .ForEachMember([&known](std::string_view name, JsonValue) {
        const bool found = std::find(std::begin(known), std::end(known), name) != std::end(known);
        return found ? Status::Ok() : Unknown();
      })
      .ok();
}

Status WriteScalar(JsonValue value, JsonWriter* writer) {
  switch (value.kind()) {
    case JsonKind::kString:
      writer->String(value.string());
      return Status::Ok();
    case JsonKind::kBool:
      writer->Bool(value.boolean());
      return Status::Ok();
    case JsonKind::kInteger:
      writer->Integer(value.integer());
      return Status::Ok();
    case JsonKind::kDouble:
      writer->Double(value.number());
      return Status::Ok();
    default:
      return Unknown();
  }
}

// A scalar or a list of them.
Status WriteValues(JsonValue value, JsonWriter* writer) {
  if (!value.Is(JsonKind::kArray)) return WriteScalar(value, writer);
  const bool one = value.size() == 1;
  if (!one) writer->BeginArray();
  RETURN_IF_ERROR(
      value.ForEachElement([writer](JsonValue element) { return WriteScalar(element, writer); }));
  if (!one) writer->EndArray();
  return Status::Ok();
}

std::string PrincipalOf(std::string_view name) {
  const bool account = name.size() == 12 && name.find_first_not_of("0123456789") == name.npos;
  return account ? "arn:aws:iam::" + std::string(name) + ":root" : std::string(name);
}

Status WritePrincipals(JsonValue value, JsonWriter* writer) {
  std::vector<std::string> names;
  const auto add = [&names](JsonValue name) {
    if (!name.Is(JsonKind::kString)) return Unknown();
    std::string principal = PrincipalOf(name.string());
    if (std::find(names.begin(), names.end(), principal) == names.end()) {
      names.push_back(std::move(principal));
    }
    return Status::Ok();
  };
  RETURN_IF_ERROR(value.Is(JsonKind::kArray) ? value.ForEachElement(add) : add(value));
  if (names.size() == 1) {
    writer->String(names[0]);
    return Status::Ok();
  }
  writer->BeginArray();
  for (const std::string& name : names) writer->String(name);
  writer->EndArray();
  return Status::Ok();
}

// An object, whose values `write` writes.
template <typename Write>
Status WriteObject(JsonValue value, JsonWriter* writer, Write write) {
  if (!value.Is(JsonKind::kObject)) return Unknown();
  writer->BeginObject();
  RETURN_IF_ERROR(value.ForEachMember([writer, write](std::string_view name, JsonValue member) {
    writer->Key(name);
    return write(member, writer);
  }));
  writer->EndObject();
  return Status::Ok();
}

Status WriteEffect(JsonValue value, JsonWriter* writer) {
  if (!value.Is(JsonKind::kString)) return Unknown();
  std::string effect(value.string());
  for (char& c : effect) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  if (effect != "allow" && effect != "deny") return Unknown();
  effect[0] = static_cast<char>(effect[0] - 'a' + 'A');
  writer->String(effect);
  return Status::Ok();
}

Status WriteMember(std::string_view name, JsonValue value, JsonWriter* writer) {
  writer->Key(name);
  if (name == "Effect") return WriteEffect(value, writer);
  if (name == "Condition") {
    return WriteObject(value, writer, [](JsonValue tests, JsonWriter* out) {
      return WriteObject(tests, out, WriteValues);
    });
  }
  if (name == "Principal" || name == "NotPrincipal") {
    if (value.Is(JsonKind::kString)) return WriteScalar(value, writer);
    return WriteObject(value, writer, WritePrincipals);
  }
  return WriteValues(value, writer);
}

Status WriteStatement(JsonValue statement, JsonWriter* writer) {
  if (!statement.Is(JsonKind::kObject) || !HasOnly(statement, kStatementMembers)) return Unknown();
  writer->BeginObject();
  for (const std::string_view name : kStatementMembers) {
    const std::optional<JsonValue> value = statement.Find(name);
    if (value) RETURN_IF_ERROR(WriteMember(name, *value, writer));
  }
  writer->EndObject();
  return Status::Ok();
}

Status WriteDocument(JsonValue document, JsonWriter* writer) {
  const std::optional<JsonValue> statements = document.Find("Statement");
  if (!statements || !HasOnly(document, kDocumentMembers)) return Unknown();
  writer->BeginObject();
  writer->Key("Version");
  const std::optional<JsonValue> version = document.Find("Version");
  if (version && !version->Is(JsonKind::kString)) return Unknown();
  writer->String(version ? version->string() : kOldVersion);
  if (const std::optional<JsonValue> id = document.Find("Id")) {
    RETURN_IF_ERROR(WriteMember("Id", *id, writer));
  }
  writer->Key("Statement");
  writer->BeginArray();
  const auto write = [writer](JsonValue one) { return WriteStatement(one, writer); };
  RETURN_IF_ERROR(statements->Is(JsonKind::kArray) ? statements->ForEachElement(write)
                                                   : write(*statements));
  writer->EndArray();
  writer->EndObject();
  return Status::Ok();
}

}  // namespace

std::optional<std::string> CanonicalPolicy(JsonValue document) {
  std::string text;
  JsonWriter writer(&text);
  if (!WriteDocument(document, &writer).ok()) return std::nullopt;
  return text;
}

}  // namespace millrace
