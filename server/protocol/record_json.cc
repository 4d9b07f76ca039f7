#include "server/protocol/record_json.h"

#include <string>

#include "engine/json/attribute_value.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

void WriteImage(std::string_view name, ItemView image, JsonWriter* writer) {
  if (image.empty()) return;
  writer->Key(name);
  WriteAttributeMap(image.attributes(), writer);
}

// Set on records that TTL or another service made.
void WriteServiceIdentity(RecordView record, JsonWriter* writer) {
  if (!record.by_service()) return;
  writer->Key("userIdentity");
  writer->BeginObject();
  writer->Key("PrincipalId");
  writer->String(record.principal());
  writer->Key("Type");
  writer->String("Service");
  writer->EndObject();
}

}  // namespace

void WriteStreamRecord(const StreamRecord& record, std::string_view region, JsonWriter* writer) {
  const RecordView view = record.record();
  writer->BeginObject();
  writer->Key("eventID");
  writer->String(record.event_id());
  writer->Key("eventName");
  writer->String(WireName(view.event_name()));
  writer->Key("eventVersion");
  writer->String("1.1");
  writer->Key("eventSource");
  writer->String("aws:dynamodb");
  writer->Key("awsRegion");
  writer->String(region);
  writer->Key("dynamodb");
  writer->BeginObject();
  writer->Key("ApproximateCreationDateTime");
  writer->Integer(view.commit_time_micros() / kMicrosPerSecond);
  WriteImage("Keys", view.keys(), writer);
  WriteImage("NewImage", record.new_image(), writer);
  WriteImage("OldImage", record.old_image(), writer);
  writer->Key("SequenceNumber");
  writer->String(record.sequence_number());
  writer->Key("SizeBytes");
  writer->Integer(static_cast<int64_t>(record.aws_size()));
  writer->Key("StreamViewType");
  writer->String(WireName(record.view));
  writer->EndObject();
  WriteServiceIdentity(view, writer);
  writer->EndObject();
}

void WriteLoggedRecord(RecordView record, JsonWriter* writer) {
  LoggedRecordNotes notes;
  notes.old_image = record.old_image();
  WriteLoggedRecord(record, notes, writer);
}

void WriteLoggedRecord(RecordView record, const LoggedRecordNotes& notes, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("eventName");
  writer->String(WireName(record.event_name()));
  writer->Key("dynamodb");
  writer->BeginObject();
  writer->Key("ApproximateCreationDateTime");
  writer->Double(static_cast<double>(record.commit_time_micros()) / kMicrosPerSecond);
  WriteImage("Keys", record.keys(), writer);
  WriteImage("NewImage", record.new_image(), writer);
  WriteImage("OldImage", notes.old_image, writer);
  writer->Key("SequenceNumber");
  writer->String(SequenceNumberOf(record.position()));
  writer->EndObject();
  if (notes.old_missing) {
    writer->Key("OldImageMissing");
    writer->Bool(true);
  }
  WriteServiceIdentity(record, writer);
  if (!notes.table_id.empty()) {
    writer->Key("tableId");
    writer->String(notes.table_id);
  }
  writer->Key("principal");
  writer->String(record.principal());
  writer->Key("requestId");
  writer->String(record.request_id());
  if (record.causation().lsn.value() != 0) {
    writer->Key("causedBy");
    writer->String(SequenceNumberOf(record.causation()));
    writer->Key("hopCount");
    writer->Integer(record.hop_count());
  }
  if (!notes.cause_table.empty()) {
    writer->Key("cause");
    writer->BeginObject();
    writer->Key("tableName");
    writer->String(notes.cause_table);
    WriteImage("Keys", notes.cause_keys, writer);
    writer->EndObject();
  }
  writer->EndObject();
}

}  // namespace millrace
