#include "server/cli/record_text.h"

#include <cstdio>
#include <optional>

#include "engine/json/attribute_value.h"
#include "engine/model/utf8.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr size_t kShownMax = 1000;  // bytes of one value

std::string Shown(JsonValue value) {
  return Printable(ValueText(value));
}

bool SameValue(JsonValue a, JsonValue b) {
  const Result<Value> left = DecodeAttributeValue(a);
  const Result<Value> right = DecodeAttributeValue(b);
  return left.ok() && right.ok() && left->Encode() == right->Encode();
}

// What a record did to an item, a line for each attribute.
class Difference {
 public:
  Difference(const Terminal& terminal, std::optional<JsonValue> before,
             std::optional<JsonValue> after)
      : terminal_(terminal), before_(before), after_(after) {}

  std::string Text() {
    Each(after_, [this](std::string_view name, JsonValue value) {
      const auto old = before_ ? before_->Find(name) : std::nullopt;
      if (!old) {
        Line(Colour::kGreen, '+', Printable(name) + "=" + Shown(value));
      } else if (!SameValue(*old, value)) {
        Line(Colour::kYellow, '~', Printable(name) + ": " + Shown(*old) + " -> " + Shown(value));
      }
    });
    Each(before_, [this](std::string_view name, JsonValue value) {
      if (after_ && after_->Find(name)) return;
      Line(Colour::kRed, '-', Printable(name) + "=" + Shown(value));
    });
    return text_;
  }

 private:
  template <typename Visit>
  static void Each(std::optional<JsonValue> image, const Visit& visit) {
    if (!image || !image->Is(JsonKind::kObject)) return;
    const Status done = image->ForEachMember([&visit](std::string_view name, JsonValue value) {
      visit(name, value);
      return Status::Ok();
    });
    MILLRACE_CHECK(done.ok());
  }

  void Line(Colour colour, char sign, const std::string& text) {
    text_ += "\n  " + terminal_.Paint(colour, std::string(1, sign) + " " + text);
  }

  const Terminal& terminal_;
  const std::optional<JsonValue> before_;
  const std::optional<JsonValue> after_;
  std::string text_;
};

Colour ColourOf(std::string_view event) {
  return event == "INSERT" ? Colour::kGreen : event == "REMOVE" ? Colour::kRed : Colour::kYellow;
}

// By whom, and because of which record.
std::string Origin(JsonValue record) {
  const std::string principal = StringMember(record, "principal");
  std::string text = principal.empty() ? "" : "  by " + Printable(principal);
  const std::string cause = StringMember(record, "causedBy");
  if (cause.empty()) return text;
  text += ", caused by " + cause;
  if (const auto known = record.Find("cause")) {
    text += " (" + StringMember(*known, "tableName");
    if (const auto keys = known->Find("Keys")) text += " " + Printable(AttributesText(*keys));
    text += ")";
  }
  return text;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string shown;
  for (const char c : RepairUtf8(text, kShownMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\x%02x", byte);
      shown += escaped;
    } else {
      shown.push_back(c);
    }
  }
  if (text.size() > kShownMax)
    shown += "... (" + Grouped(static_cast<int64_t>(text.size())) + " bytes)";
  return shown;
}

std::string RecordText(JsonValue record, const Terminal& terminal, bool before) {
  const std::optional<JsonValue> change = record.Find("dynamodb");
  if (!change) return "";
  const auto time = change->Find("ApproximateCreationDateTime");
  const std::string event = StringMember(record, "eventName");
  const auto keys = change->Find("Keys");
  std::string text = TimeText(time ? time->number() : 0) + "  " +
                     terminal.Paint(ColourOf(event), event) + "  " +
                     terminal.Bold(keys ? Printable(AttributesText(*keys)) : "") + Origin(record) +
                     "\n" + terminal.Paint(Colour::kGrey, StringMember(*change, "SequenceNumber"));
  const auto after = change->Find("NewImage");
  if (!before) return after ? text + "\n  " + Printable(AttributesText(*after)) : text;
  return text + Difference(terminal, change->Find("OldImage"), after).Text();
}

}  // namespace millrace
