#include "triggers/delivery_batch.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace millrace {
namespace {

std::shared_ptr<RecordsBuffer> CopyOf(const RecordsBuffer& from, size_t begin, size_t end) {
  auto copy = std::make_shared<RecordsBuffer>(end - begin);
  for (size_t i = begin; i < end; ++i) copy->Append(from.record(i));
  return copy;
}

}  // namespace

DeliveryBatch BatchOf(std::shared_ptr<RecordsBuffer> records) {
  DeliveryBatch batch;
  const size_t count = records->count();
  batch.first = records->record(0).position();
  batch.last = records->record(count - 1).position();
  for (size_t i = 0; i < count; ++i) {
    batch.hop_count = std::max(batch.hop_count, records->record(i).hop_count());
  }
  batch.records = std::move(records);
  return batch;
}

// Copied on both sides: a message may still share the old buffer.
DeliveryBatch CutFrom(size_t index, DeliveryBatch* batch) {
  const std::shared_ptr<RecordsBuffer> all = std::move(batch->records);
  MILLRACE_CHECK(index > 0 && index < all->count());
  DeliveryBatch rest = BatchOf(CopyOf(*all, index, all->count()));
  rest.state = BatchState::kWaiting;
  rest.attempt = batch->attempt;
  DeliveryBatch front = BatchOf(CopyOf(*all, 0, index));
  batch->records = std::move(front.records);
  batch->last = front.last;
  batch->hop_count = front.hop_count;
  return rest;
}

}  // namespace millrace
