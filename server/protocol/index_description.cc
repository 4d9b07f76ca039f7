#include "server/protocol/index_description.h"

#include <algorithm>
#include <map>

#include "server/protocol/index_capacity.h"
#include "server/protocol/member_json.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"

namespace millrace {
namespace {

void WriteElements(const std::vector<KeyAttribute>& attributes, std::string_view type,
                   JsonWriter* writer) {
  for (const KeyAttribute& attribute : attributes) {
    writer->BeginObject();
    WriteText("AttributeName", attribute.name, writer);
    WriteText("KeyType", type, writer);
    writer->EndObject();
  }
}

void WriteProjection(const IndexSpec& spec, JsonWriter* writer) {
  writer->Key("Projection");
  writer->BeginObject();
  WriteText("ProjectionType",
            spec.projection == ProjectionType::kAll        ? "ALL"
            : spec.projection == ProjectionType::kKeysOnly ? "KEYS_ONLY"
                                                           : "INCLUDE",
            writer);
  if (spec.projection == ProjectionType::kInclude) {
    writer->Key("NonKeyAttributes");
    writer->BeginArray();
    for (const std::string& name : spec.included) writer->String(name);
    writer->EndArray();
  }
  writer->EndObject();
}

// Null when there is none.
const IndexNote* NoteOf(const Index& index, const std::vector<IndexNote>& notes) {
  const auto note = std::find_if(notes.begin(), notes.end(), [&index](const IndexNote& each) {
    return each.name == index.spec.name;
  });
  return note == notes.end() ? nullptr : &*note;
}

std::string_view StatusOf(const Index& index, std::string_view table_status,
                          const std::vector<IndexNote>& notes) {
  if (table_status == "CREATING" || table_status == "DELETING") return table_status;
  const IndexNote* const note = NoteOf(index, notes);
  if (note != nullptr && !note->status.empty()) return note->status;
  return index.status == IndexStatus::kCreating ? "CREATING" : "ACTIVE";
}

// Of a global index. CreateTable's reply has none; neither has an index that is being filled, as
// long as nobody asked for it.
void WriteWarm(const Table& table, const Index& index, std::string_view table_status,
               const std::vector<IndexNote>& notes, JsonWriter* writer) {
  const bool creating = index.status == IndexStatus::kCreating;
  if (table_status == "CREATING" || (creating && !index.spec.warm)) return;
  const IndexNote* const note = NoteOf(index, notes);
  const bool updating = creating || (note != nullptr && note->warms);
  WriteWarmThroughput(WarmThroughputOf(index.spec, table.spec.billing_mode),
                      updating ? "UPDATING" : "ACTIVE", writer);
}

// Of a global index. AWS takes up resources before it fills an index; in the reply to UpdateTable
// that has still to come.
void WriteStatus(const Index& index, std::string_view table_status,
                 const std::vector<IndexNote>& notes, JsonWriter* writer) {
  const std::string_view status = StatusOf(index, table_status, notes);
  WriteText("IndexStatus", status, writer);
  if (index.status != IndexStatus::kCreating) return;
  writer->Key("Backfilling");
  writer->Bool(table_status == "ACTIVE");
}

void WriteIndex(const Call& call, const Table& table, const Index& index,
                std::string_view table_status, const std::vector<IndexNote>& notes,
                JsonWriter* writer) {
  const bool global = index.spec.kind == IndexKind::kGlobal;
  const TableStatistics statistics = call.services.database->IndexStatistics(index.id);
  writer->BeginObject();
  WriteText("IndexName", index.spec.name, writer);
  writer->Key("KeySchema");
  writer->BeginArray();
  WriteElements(index.spec.schema.hash, "HASH", writer);
  WriteElements(index.spec.schema.range, "RANGE", writer);
  writer->EndArray();
  WriteProjection(index.spec, writer);
  if (global) {
    WriteStatus(index, table_status, notes, writer);
    WriteProvisionedThroughput(index.spec.throughput, index.throughput_changes,
                               call.services.clock->WallMicros(), writer);
  }
  writer->Key("IndexSizeBytes");
  writer->Integer(statistics.size);
  writer->Key("ItemCount");
  writer->Integer(statistics.item_count);
  WriteText("IndexArn",
            TableArn(call.services.scope, table.spec.name) + "/index/" + index.spec.name, writer);
  if (global) {
    WriteOnDemandThroughput(index.spec.on_demand, writer);
    WriteWarm(table, index, table_status, notes, writer);
  }
  writer->EndObject();
}

}  // namespace

void WriteAttributeDefinitions(const Table& table, JsonWriter* writer) {
  std::vector<IndexKeySchema> schemas = {AsIndexKeySchema(table.spec.schema)};
  for (const Index& index : table.indexes) schemas.push_back(index.spec.schema);
  std::map<std::string, ValueType> types;
  for (const IndexKeySchema& schema : schemas) {
    for (const KeyAttribute& attribute : schema.hash) types.emplace(attribute.name, attribute.type);
    for (const KeyAttribute& attribute : schema.range)
      types.emplace(attribute.name, attribute.type);
  }
  writer->Key("AttributeDefinitions");
  writer->BeginArray();
  for (const auto& [name, type] : types) {
    writer->BeginObject();
    WriteText("AttributeName", name, writer);
    WriteText("AttributeType", WireName(type), writer);
    writer->EndObject();
  }
  writer->EndArray();
}

void WriteIndexes(const Call& call, const Table& table, std::string_view table_status,
                  const std::vector<IndexNote>& notes, JsonWriter* writer) {
  for (const IndexKind kind : {IndexKind::kLocal, IndexKind::kGlobal}) {
    const auto of_kind = [kind](const Index& index) { return index.spec.kind == kind; };
    if (std::none_of(table.indexes.begin(), table.indexes.end(), of_kind)) continue;
    writer->Key(kind == IndexKind::kLocal ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
    writer->BeginArray();
    for (const Index& index : table.indexes) {
      if (of_kind(index)) WriteIndex(call, table, index, table_status, notes, writer);
    }
    writer->EndArray();
  }
}

}  // namespace millrace
