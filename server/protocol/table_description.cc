#include "server/protocol/table_description.h"

#include <string>

#include "server/protocol/capacity_settings.h"
#include "server/protocol/member_json.h"
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

void WriteUnits(std::string_view name, int64_t units, JsonWriter* writer) {
  writer->Key(name);
  writer->Integer(units);
}

void WriteTimeIfAny(std::string_view name, int64_t micros, JsonWriter* writer) {
  if (micros == 0) return;
  writer->Key(name);
  writer->Timestamp(micros);
}

void WriteBilling(const TableSpec& spec, const TableStatusText& status, JsonWriter* writer) {
  // A table that was provisioned all its life has no summary.
  if (spec.settings.on_demand_since_micros == 0) return;
  const bool on_demand = spec.billing_mode == BillingMode::kPayPerRequest;
  writer->Key("BillingModeSummary");
  writer->BeginObject();
  WriteText("BillingMode", on_demand ? "PAY_PER_REQUEST" : "PROVISIONED", writer);
  if (!status.new_mode) {
    WriteTimeIfAny("LastUpdateToPayPerRequestDateTime", spec.settings.on_demand_since_micros,
                   writer);
  }
  writer->EndObject();
}

void WriteWarm(const TableSpec& spec, const TableStatusText& status, JsonWriter* writer) {
  const bool creating = status.table == "CREATING";
  if (creating && !spec.settings.warm) return;  // DescribeTable adds it
  WriteWarmThroughput(WarmThroughputOf(spec), creating ? "UPDATING" : status.warm, writer);
}

void WriteTableClass(const TableSettings& settings, JsonWriter* writer) {
  if (settings.table_class == TableClass::kStandard && settings.class_changed_micros == 0) return;
  writer->Key("TableClassSummary");
  writer->BeginObject();
  WriteText("TableClass", WireName(settings.table_class), writer);
  WriteTimeIfAny("LastUpdateDateTime", settings.class_changed_micros, writer);
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

void WriteProvisionedThroughput(const ProvisionedThroughput& units,
                                const ThroughputChanges& changes, int64_t now_micros,
                                JsonWriter* writer) {
  writer->Key("ProvisionedThroughput");
  writer->BeginObject();
  WriteTimeIfAny("LastIncreaseDateTime", changes.last_increase_micros, writer);
  WriteTimeIfAny("LastDecreaseDateTime", changes.last_decrease_micros, writer);
  WriteUnits("NumberOfDecreasesToday", DecreasesToday(changes, now_micros), writer);
  WriteUnits("ReadCapacityUnits", units.read_units, writer);
  WriteUnits("WriteCapacityUnits", units.write_units, writer);
  writer->EndObject();
}

void WriteOnDemandThroughput(const OnDemandThroughput& bounds, JsonWriter* writer) {
  if (!bounds.read_units_max && !bounds.write_units_max) return;
  writer->Key("OnDemandThroughput");
  writer->BeginObject();
  if (bounds.read_units_max) WriteUnits("MaxReadRequestUnits", *bounds.read_units_max, writer);
  if (bounds.write_units_max) WriteUnits("MaxWriteRequestUnits", *bounds.write_units_max, writer);
  writer->EndObject();
}

void WriteWarmThroughput(const WarmThroughput& warm, std::string_view status, JsonWriter* writer) {
  writer->Key("WarmThroughput");
  writer->BeginObject();
  WriteUnits("ReadUnitsPerSecond", warm.read_units, writer);
  WriteUnits("WriteUnitsPerSecond", warm.write_units, writer);
  WriteText("Status", status, writer);
  writer->EndObject();
}

void WriteKeySchema(const KeySchema& schema, JsonWriter* writer) {
  writer->Key("KeySchema");
  writer->BeginArray();
  WriteKeyElement(schema.hash, "HASH", writer);
  if (schema.range) WriteKeyElement(*schema.range, "RANGE", writer);
  writer->EndArray();
}

void WriteTableDescription(const Call& call, const Table& table, const TableStatusText& status,
                           JsonWriter* writer, const std::vector<IndexNote>& notes) {
  const TableSettings& settings = table.spec.settings;
  const TableStatistics statistics = call.services.database->Statistics(table.id);
  writer->BeginObject();
  WriteAttributeDefinitions(table, writer);
  writer->Key("TableName");
  writer->String(table.spec.name);
  WriteKeySchema(table.spec.schema, writer);
  writer->Key("TableStatus");
  writer->String(status.table);
  writer->Key("CreationDateTime");
  writer->Timestamp(table.created_micros);
  WriteProvisionedThroughput(table.spec.throughput, settings.throughput_changes,
                             call.services.clock->WallMicros(), writer);
  writer->Key("TableSizeBytes");
  writer->Integer(statistics.size);
  writer->Key("ItemCount");
  writer->Integer(statistics.item_count);
  writer->Key("TableArn");
  writer->String(TableArn(call.services.scope, table.spec.name));
  writer->Key("TableId");
  writer->String(table.uuid);
  WriteBilling(table.spec, status, writer);
  WriteIndexes(call, table, status.table, notes, writer);
  WriteStream(call, table, writer);
  WriteTableClass(settings, writer);
  WriteOnDemandThroughput(settings.on_demand, writer);
  WriteWarm(table.spec, status, writer);
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
