#include "server/protocol/item_collection.h"

#include "engine/json/attribute_value.h"
#include "engine/model/item.h"

namespace millrace {
namespace {

constexpr uint64_t kGigabyte = uint64_t{1} << 30;

}  // namespace

bool WantsCollectionMetrics(const Members& input, const Table& table) {
  return input.Text("ReturnItemCollectionMetrics") == "SIZE" && table.HasLocalIndex();
}

Status WriteCollectionMetrics(const Database& database, const Table& table, std::string_view pk,
                              JsonWriter* writer) {
  ASSIGN_OR_RETURN(const uint64_t size, database.ItemCollectionSize(table, pk));
  const KeyAttribute& hash = table.spec.schema.hash;
  const std::string key = EncodeItem(Value::OfMap({{hash.name, KeyValue(hash.type, pk)}}));
  writer->BeginObject();
  writer->Key("ItemCollectionKey");
  WriteAttributeMap(ItemView(key).attributes(), writer);
  writer->Key("SizeEstimateRangeGB");
  writer->BeginArray();
  writer->Double(static_cast<double>(size / kGigabyte));
  writer->Double(static_cast<double>(size / kGigabyte + 1));
  writer->EndArray();
  writer->EndObject();
  return Status::Ok();
}

void WrittenCollections::Add(const std::string& name, const TableRef& table,
                             const std::string& pk) {
  if (!table->HasLocalIndex()) return;
  OfTable& written = tables_[name];
  written.table = table;
  written.pks.insert(pk);
}

Status WrittenCollections::Write(const Database& database, JsonWriter* writer) const {
  writer->Key("ItemCollectionMetrics");
  writer->BeginObject();
  for (const auto& [name, written] : tables_) {
    writer->Key(name);
    writer->BeginArray();
    for (const std::string& pk : written.pks) {
      RETURN_IF_ERROR(WriteCollectionMetrics(database, *written.table, pk, writer));
    }
    writer->EndArray();
  }
  writer->EndObject();
  return Status::Ok();
}

}  // namespace millrace
