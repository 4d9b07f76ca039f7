#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/checksum.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/model/item.h"

// What a write means. Pure, and the only place that knows: Put, Update, Delete, batches,
// transactions and the writes of handlers go through it.
namespace millrace {

struct WritePlan {
  Status status;  // the write's own: a failed condition, an invalid update, an item too large
  bool changed = false;   // false: the item stays as it is, byte for byte, and no record is made
  std::string new_image;  // item bytes; empty: no item afterwards. Meaningful when status is OK.
};

// `table` is the request's as of this write's turn: its indexes may be newer. `old_item` is empty()
// when there is none.
WritePlan PlanWrite(const Table& table, ItemView old_item, const WriteRequest& request);

// The immutable part of the change record of a plan that changes something.
struct PlannedBody {
  std::string bytes;
  Digest digest{};
};
PlannedBody PlanRecordBody(const Table& table, const ItemKey& key, uint64_t key_hash,
                           ItemView old_item, ItemView new_item, const WriteOrigin& origin,
                           uint16_t region);

}  // namespace millrace
