#include "server/protocol/table_description.h"

#include <string>

#include "server/protocol/table_name.h"

namespace millrace {
namespace {

void WriteKeyElement(const KeyAttribute& attribute, std::string_view type, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("AttributeName");
  writer->String(attribute.name);
  writer->Key("KeyType");
  writer->String(type);
  writer->EndObject();
}

void WriteThroughput(const TableSpec& spec, JsonWriter* writer) {
  writer->Key("ProvisionedThroughput");
  writer->BeginObject();
  writer->Key("NumberOfDecreasesToday");
  writer->Integer(0);
  writer->Key("ReadCapacityUnits");
  writer->Integer(spec.throughput.read_units);
  writer->Key("WriteCapacityUnits");
  writer->Integer(spec.throughput.write_units);
  writer->EndObject();
}

void WriteBilling(const Table& table, JsonWriter* writer) {
  if (table.spec.billing_mode != BillingMode::kPayPerRequest) return;
  writer->Key("BillingModeSummary");
  writer->BeginObject();
  writer->Key("BillingMode");
  writer->String("PAY_PER_REQUEST");
  writer->Key("LastUpdateToPayPerRequestDateTime");
  writer->Timestamp(table.created_micros);
  writer->EndObject();
}

// The stream that is on; of one that was turned off, the label and the ARN linger.
void WriteStream(const Call& call, const Table& table, JsonWriter* writer) {
  if (const StreamWindow* open = table.OpenStream()) {
    writer->Key("StreamSpecification");
    writer->BeginObject();
    writer->Key("StreamEnabled");
    writer->Bool(true);
    writer->Key("StreamViewType");
    writer->String(WireName(open->view));
    writer->EndObject();
  }
  if (table.streams.empty()) return;
  const StreamWindow& latest = table.streams.back();
  writer->Key("LatestStreamLabel");
  writer->String(latest.label);
  writer->Key("LatestStreamArn");
  writer->String(call.services.streams->ArnOf(table, latest));
}

}  // namespace

void WriteKeySchema(const KeySchema& schema, JsonWriter* writer) {
  writer->Key("KeySchema");
  writer->BeginArray();
  WriteKeyElement(schema.hash, "HASH", writer);
  if (schema.range) WriteKeyElement(*schema.range, "RANGE", writer);
  writer->EndArray();
}

void WriteTableDescription(const Call& call, const Table& table, std::string_view status,
                           JsonWriter* writer, const std::vector<IndexNote>& notes) {
  const TableStatistics statistics = call.services.database->Statistics(table.id);
  writer->BeginObject();
  WriteAttributeDefinitions(table, writer);
  writer->Key("TableName");
  writer->String(table.spec.name);
  WriteKeySchema(table.spec.schema, writer);
  writer->Key("TableStatus");
  writer->String(status);
  writer->Key("CreationDateTime");
  writer->Timestamp(table.created_micros);
  WriteThroughput(table.spec, writer);
  writer->Key("TableSizeBytes");
  writer->Integer(statistics.size);
  writer->Key("ItemCount");
  writer->Integer(statistics.item_count);
  writer->Key("TableArn");
  writer->String(TableArn(call.services.scope, table.spec.name));
  writer->Key("TableId");
  writer->String(table.uuid);
  WriteBilling(table, writer);
  WriteIndexes(call, table, status, notes, writer);
  WriteStream(call, table, writer);
  writer->Key("DeletionProtectionEnabled");
  writer->Bool(table.spec.deletion_protection);
  writer->EndObject();
}

Status TableNotFound(std::string_view name) {
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Table: " + std::string(name) + " not found");
}

Result<TableRef> FindControlTable(const Call& call) {
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(call.input.Text("TableName"), call.services.scope.region,
                                    call.services.scope.account));
  TableRef table = call.services.database->FindTable(name);
  if (table == nullptr) return TableNotFound(name);
  return table;
}

}  // namespace millrace
