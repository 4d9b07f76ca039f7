#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/model/position.h"
#include "triggers/records_buffer.h"

// Records of one lane that are delivered, and then committed, together. Pure.
namespace millrace {

// Where a batch of a lane is:
//   none -> in flight -> finished or exhausted -> committing -> none
//           in flight, committing -> waiting (failed; until `due`) -> in flight
//           committing -> exhausted (its dead letters could not be written; until `due`)
//           none, waiting -> exhausted (too old)
enum class BatchState : uint8_t { kNone, kInFlight, kWaiting, kFinished, kExhausted, kCommitting };

struct DeliveryBatch {
  BatchState state = BatchState::kNone;
  std::shared_ptr<RecordsBuffer> records;  // shared with messages that are still being sent
  Position first;
  Position last;
  uint16_t hop_count = 0;  // the highest of its records
  uint32_t attempt = 1;    // of the delivery at hand
  uint32_t setbacks = 0;   // failures that don't count as attempts
  bool given_up = false;   // its records are for the dead letters, and not delivered again
  bool expired = false;    // for being too old
  int64_t due_nanos = 0;   // when waiting or exhausted
};

// The records, not delivered yet. Requires at least one.
DeliveryBatch BatchOf(std::shared_ptr<RecordsBuffer> records);

// Cuts off the records from `index` on, which are copied, and returns them as a batch that waits,
// with the same attempt and nothing else in common. Requires 0 < index < count.
DeliveryBatch CutFrom(size_t index, DeliveryBatch* batch);

}  // namespace millrace
