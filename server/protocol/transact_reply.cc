#include "server/protocol/transact_reply.h"

#include <algorithm>

#include "engine/json/attribute_value.h"
#include "server/protocol/error_reply.h"

namespace millrace {
namespace {

void WriteReason(const CancellationReason& reason, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("Code");
  writer->String(reason.code);
  if (!reason.item.empty()) {
    writer->Key("Item");
    WriteAttributeMap(ItemView(reason.item).attributes(), writer);
  }
  if (!reason.message.empty()) {
    writer->Key("Message");
    writer->String(reason.message);
  }
  writer->EndObject();
}

}  // namespace

void SendCanceled(const ReplySlot& reply, const std::vector<CancellationReason>& reasons) {
  reply.SendError(CanceledStatus(reasons), [&reasons](JsonWriter* writer) {
    writer->Key("CancellationReasons");
    writer->BeginArray();
    for (const CancellationReason& reason : reasons) WriteReason(reason, writer);
    writer->EndArray();
  });
}

double TransactionCapacity::OfTable::Total() const {
  double total = units;
  for (const IndexWrite& index : indexes) total += index.units;
  return total;
}

TransactionCapacity::OfTable* TransactionCapacity::Find(const TableRef& table) {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&table](const OfTable& entry) {
    return entry.table->id == table->id;
  });
  if (found != tables_.end()) return &*found;
  tables_.push_back({table, 0, {}});
  return &tables_.back();
}

void TransactionCapacity::Add(const TableRef& table, uint64_t bytes,
                              const std::vector<IndexWrite>& indexes) {
  OfTable* consumed = Find(table);
  consumed->units +=
      2 * (kind_ == Kind::kRead ? ReadUnits(bytes, true) : millrace::WriteUnits(bytes));
  for (const IndexWrite& write : indexes) {
    auto& sums = consumed->indexes;
    auto sum = std::find_if(sums.begin(), sums.end(), [&write](const IndexWrite& index) {
      return index.index == write.index;
    });
    if (sum == sums.end()) sum = sums.insert(sum, {write.index, write.kind, 0});
    sum->units += 2 * write.units;
  }
}

void TransactionCapacity::Write(ReturnConsumedCapacity mode, JsonWriter* writer) const {
  if (mode == ReturnConsumedCapacity::kNone) return;
  writer->Key("ConsumedCapacity");
  writer->BeginArray();
  for (const OfTable& consumed : tables_) {
    writer->BeginObject();
    writer->Key("TableName");
    writer->String(consumed.table->spec.name);
    WriteUnits(consumed.Total(), writer);
    if (mode == ReturnConsumedCapacity::kIndexes) {
      writer->Key("Table");
      writer->BeginObject();
      WriteUnits(consumed.units, writer);
      writer->EndObject();
      WriteIndexes("LocalSecondaryIndexes", IndexKind::kLocal, consumed, writer);
      WriteIndexes("GlobalSecondaryIndexes", IndexKind::kGlobal, consumed, writer);
    }
    writer->EndObject();
  }
  writer->EndArray();
}

void TransactionCapacity::WriteIndexes(std::string_view member, IndexKind kind,
                                       const OfTable& consumed, JsonWriter* writer) const {
  const auto of_kind = [kind](const IndexWrite& index) { return index.kind == kind; };
  if (std::none_of(consumed.indexes.begin(), consumed.indexes.end(), of_kind)) return;
  writer->Key(member);
  writer->BeginObject();
  for (const IndexWrite& index : consumed.indexes) {
    if (!of_kind(index)) continue;
    writer->Key(index.index);
    writer->BeginObject();
    WriteUnits(index.units, writer);
    writer->EndObject();
  }
  writer->EndObject();
}

void TransactionCapacity::WriteUnits(double units, JsonWriter* writer) const {
  writer->Key("CapacityUnits");
  writer->Double(units);
  writer->Key(kind_ == Kind::kRead ? "ReadCapacityUnits" : "WriteCapacityUnits");
  writer->Double(units);
}

Status ReplyWithItems(
    Call* call, const std::vector<ItemAddress>& addresses,
    const std::function<void(size_t index, ItemView item, JsonWriter* writer)>& write_item) {
  ASSIGN_OR_RETURN(const TransactRead read,
                   ReadTransaction(*call->services.database, call->services.throughput, addresses));
  if (!read.reasons.empty()) {
    SendCanceled(call->TakeReply(), read.reasons);
    return Status::Ok();
  }
  TransactionCapacity capacity(TransactionCapacity::Kind::kRead);
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Responses");
  reply.BeginArray();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const bool found = !read.items[i].empty();
    const ItemView item(read.items[i]);
    reply.BeginObject();
    if (found) write_item(i, item, &reply);
    reply.EndObject();
    capacity.Add(addresses[i].table, found ? item.aws_size() : 0);
  }
  reply.EndArray();
  capacity.Write(ReadReturnConsumedCapacity(call->input), &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
