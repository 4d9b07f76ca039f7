#pragma once

#include <string_view>

#include "engine/json/json.h"
#include "engine/model/change_record.h"
#include "streams/stream_service.h"

namespace millrace {

// A record as GetRecords returns it. Source: "Record" and "StreamRecord" in the API reference.
void WriteStreamRecord(const StreamRecord& record, std::string_view region, JsonWriter* writer);

// A record with all that the log knows of it, as the audit shows it: the same members as far as
// they don't belong to a stream, its time to the microsecond, and `principal`, `requestId`, and of
// a handler's write `causedBy` (a sequence number) and `hopCount`.
void WriteLoggedRecord(RecordView record, JsonWriter* writer);

// What is known of a record beyond its own bytes.
struct LoggedRecordNotes {
  ItemView old_image;            // in place of the record's own; empty: there was none
  bool old_missing = false;      // OldImageMissing: there was one, and it is lost
  std::string_view table_id;     // tableId, if not empty
  std::string_view cause_table;  // of what caused it: cause {tableName, Keys}, if not empty
  ItemView cause_keys;
};
void WriteLoggedRecord(RecordView record, const LoggedRecordNotes& notes, JsonWriter* writer);

}  // namespace millrace
