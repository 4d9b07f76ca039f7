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

}  // namespace millrace
