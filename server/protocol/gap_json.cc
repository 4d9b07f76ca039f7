#include "server/protocol/gap_json.h"

#include "server/protocol/member_json.h"

namespace millrace {

void WriteGaps(const LogGaps& gaps, JsonWriter* writer) {
  WriteNumber("Gaps", gaps.count, writer);
  if (gaps.last.through == Lsn()) return;
  writer->Key("LastGap");
  writer->BeginObject();
  WriteNumber("AfterLsn", gaps.last.after.value(), writer);
  WriteNumber("ThroughLsn", gaps.last.through.value(), writer);
  if (gaps.last.before_micros != 0) {
    writer->Key("BeforeDateTime");
    writer->Timestamp(gaps.last.before_micros);
  }
  writer->EndObject();
}

}  // namespace millrace
