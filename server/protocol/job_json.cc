#include "server/protocol/job_json.h"

#include <string>

#include "engine/json/attribute_value.h"
#include "server/protocol/member_json.h"

namespace millrace {
namespace {

void WriteTextIfAny(std::string_view name, std::string_view text, JsonWriter* writer) {
  if (text.empty()) return;
  writer->Key(name);
  writer->String(text);
}

void WriteItem(std::string_view name, ItemView item, JsonWriter* writer) {
  if (item.empty()) return;
  writer->Key(name);
  WriteAttributeMap(item.attributes(), writer);
}

std::string_view WireName(JobLine::Kind kind) {
  switch (kind) {
    case JobLine::Kind::kWrite:
      return "WRITE";
    case JobLine::Kind::kError:
      return "ERROR";
    case JobLine::Kind::kDifference:
      return "DIFFERENCE";
  }
  return "";
}

std::string_view WireName(TableWriteKind kind) {
  switch (kind) {
    case TableWriteKind::kPut:
      return "Put";
    case TableWriteKind::kUpdate:
      return "Update";
    case TableWriteKind::kDelete:
      return "Delete";
  }
  return "";
}

// As an action of TransactWriteItems.
void WriteWrite(const TableWrite& write, JsonWriter* writer) {
  writer->Key(WireName(write.kind));
  writer->BeginObject();
  WriteTextIfAny("TableName", write.table_name, writer);
  WriteItem(write.kind == TableWriteKind::kPut ? "Item" : "Key", ItemView(write.item), writer);
  WriteTextIfAny("UpdateExpression", write.update_expression, writer);
  WriteTextIfAny("ConditionExpression", write.condition_expression, writer);
  if (!write.names.empty()) {
    writer->Key("ExpressionAttributeNames");
    writer->BeginObject();
    for (const auto& [placeholder, name] : write.names) WriteTextIfAny(placeholder, name, writer);
    writer->EndObject();
  }
  if (!write.values.empty()) {
    writer->Key("ExpressionAttributeValues");
    writer->BeginObject();
    for (const auto& [placeholder, value] : write.values) {
      writer->Key(placeholder);
      WriteAttributeValue(ValueView(value), writer);
    }
    writer->EndObject();
  }
  writer->EndObject();
}

void WriteCounts(const ItemCounts& counts, JsonWriter* writer) {
  writer->BeginObject();
  WriteTextIfAny("TableName", counts.table, writer);
  WriteNumber("Equal", counts.equal, writer);
  WriteNumber("Different", counts.different, writer);
  WriteNumber("OnlyReplayed", counts.only_replayed, writer);
  WriteNumber("OnlyLive", counts.only_live, writer);
  writer->EndObject();
}

}  // namespace

void WriteJob(const JobDescription& job, JsonWriter* writer) {
  writer->BeginObject();
  WriteTextIfAny("JobId", job.id, writer);
  WriteTextIfAny("Kind", job.kind, writer);
  WriteTextIfAny("FunctionName", job.function, writer);
  WriteTextIfAny("Source", job.source, writer);
  WriteTextIfAny("State", WireName(job.state), writer);
  WriteTextIfAny("Message", job.message, writer);
  writer->Key("Started");
  writer->Timestamp(job.started_micros);
  if (job.ended_micros != 0) {
    writer->Key("Ended");
    writer->Timestamp(job.ended_micros);
  }
  WriteNumber("Records", job.records_total, writer);
  WriteNumber("Done", job.records_done, writer);
  WriteNumber("Failed", job.records_failed, writer);
  WriteNumber("Skipped", job.records_skipped, writer);
  WriteNumber("Writes", job.writes, writer);
  WriteNumber("PositionDone", job.position_done, writer);
  WriteNumber("PositionTotal", job.position_total, writer);
  writer->Key("Items");
  writer->BeginArray();
  for (const ItemCounts& counts : job.items) WriteCounts(counts, writer);
  writer->EndArray();
  if (!job.items.empty()) {
    WriteNumber("Differences", job.differences, writer);
    WriteNumber("DifferencesShown", job.differences_shown, writer);
  }
  writer->EndObject();
}

void WriteJobOutput(const JobOutput& output, JsonWriter* writer) {
  writer->Key("Lines");
  writer->BeginArray();
  for (const JobLine& line : output.lines) {
    writer->BeginObject();
    WriteTextIfAny("Kind", WireName(line.kind), writer);
    WriteTextIfAny("SequenceNumber", line.sequence_number, writer);
    WriteTextIfAny("TableName", line.table, writer);
    WriteTextIfAny("Message", line.message, writer);
    if (line.write) WriteWrite(*line.write, writer);
    WriteItem("Replayed", ItemView(line.replayed), writer);
    WriteItem("Live", ItemView(line.live), writer);
    writer->EndObject();
  }
  writer->EndArray();
  WriteNumber("NextCursor", output.next, writer);
}

void WriteDeadLetter(const DeadLetter& letter, bool whole, JsonWriter* writer) {
  writer->BeginObject();
  WriteTextIfAny("Mapping", letter.mapping, writer);
  WriteTextIfAny("SequenceNumber", letter.sequence_number, writer);
  WriteTextIfAny("FunctionName", letter.function, writer);
  WriteTextIfAny("EventSourceArn", letter.event_source_arn, writer);
  WriteTextIfAny("ShardId", letter.shard_id, writer);
  WriteTextIfAny("EventName", letter.event_name, writer);
  WriteTextIfAny("ErrorType", letter.error_type, writer);
  WriteTextIfAny("ErrorMessage", letter.error_message, writer);
  WriteNumber("Attempts", letter.attempts, writer);
  if (!letter.keys.empty()) {
    writer->Key("Keys");
    WriteAttributeMap(MapView(letter.keys), writer);
  }
  writer->Key("Intact");
  writer->Bool(letter.intact());
  if (letter.intact()) {
    writer->Key("ApproximateCreationDateTime");
    writer->Timestamp(letter.view().commit_time_micros());
  }
  if (whole && letter.intact()) {
    WriteItem("NewImage", letter.view().new_image(), writer);
    WriteItem("OldImage", letter.view().old_image(), writer);
  }
  writer->EndObject();
}

}  // namespace millrace
