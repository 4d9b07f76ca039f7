#include "server/cli/gap_text.h"

#include "server/cli/text.h"

namespace millrace {

std::string GapText(JsonValue reader, std::string_view whose, std::string_view others) {
  const int64_t gaps = IntegerMember(reader, "Gaps");
  if (gaps == 0) return "";
  std::string text = std::string(whose) + " records, if any, in commits ";
  const std::optional<JsonValue> last = reader.Find("LastGap");
  if (!last) {
    text += "that an earlier version of Millrace did not name";
  } else {
    text += Grouped(IntegerMember(*last, "AfterLsn") + 1) + " to " +
            Grouped(IntegerMember(*last, "ThroughLsn"));
    const std::optional<JsonValue> before = last->Find("BeforeDateTime");
    if (before) text += ", before " + TimeText(before->number());
  }
  text += ": trimmed before they were read";
  if (gaps > 1)
    text += "; and " + Grouped(gaps - 1) + (gaps == 2 ? " more such gap" : " more such gaps");
  if (gaps > 1 && !others.empty()) text.append(", ").append(others);
  return text;
}

}  // namespace millrace
