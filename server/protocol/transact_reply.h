#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/json/json.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/transact_core.h"

// What the replies of transactions have in common.
namespace millrace {

// A TransactionCanceledException with its CancellationReasons.
void SendCanceled(const ReplySlot& reply, const std::vector<CancellationReason>& reasons);

// What a transaction consumed, by table: twice what the actions would by themselves, whatever their
// kind. Source: "Capacity management for transactions" in the developer guide; that a condition
// check counts as a write, and a repeated token as reads, was observed of DynamoDB.
class TransactionCapacity {
 public:
  enum class Kind : uint8_t { kRead, kWrite };
  explicit TransactionCapacity(Kind kind) : kind_(kind) {}

  // `indexes`: what the action did to the table's indexes.
  void Add(const TableRef& table, uint64_t bytes, const std::vector<IndexWrite>& indexes = {});
  // ConsumedCapacity, unless `mode` is kNone.
  void Write(ReturnConsumedCapacity mode, JsonWriter* writer) const;

 private:
  struct OfTable {
    TableRef table;
    double units = 0;
    std::vector<IndexWrite> indexes;  // each once
    double Total() const;
  };
  OfTable* Find(const TableRef& table);
  void WriteUnits(double units, JsonWriter* writer) const;
  void WriteIndexes(std::string_view member, IndexKind kind, const OfTable& consumed,
                    JsonWriter* writer) const;

  const Kind kind_;
  std::vector<OfTable> tables_;  // in the order of their first action
};

// Reads the items in one snapshot and replies: a response for each address, in which `write_item`
// writes what is selected of the item, if there is one; or the cancellation, for want of
// throughput. Error: as ReadTransaction.
Status ReplyWithItems(
    Call* call, const std::vector<ItemAddress>& addresses,
    const std::function<void(size_t index, ItemView item, JsonWriter* writer)>& write_item);

}  // namespace millrace
