#include "engine/pending_collections.h"

namespace millrace {

Status PendingCollections::Plan(const std::string& row, int64_t delta, uint64_t size_max,
                                const ReadSize& read) {
  Stripe& stripe = StripeOf(row);
  const std::lock_guard lock(stripe.mutex);
  auto found = stripe.collections.find(row);
  // Read with the lock: a change of the collection that is planned meanwhile waits for it.
  Collection planned;
  if (found == stripe.collections.end()) {
    ASSIGN_OR_RETURN(const uint64_t stored, read());
    planned.size = static_cast<int64_t>(stored);
  } else {
    planned = found->second;
  }
  planned.size += delta;
  ++planned.changes;
  if (delta > 0 && static_cast<uint64_t>(planned.size) > size_max) {
    return Status(ErrorCode::kItemCollectionSizeLimitExceeded, "Collection size exceeded.");
  }
  stripe.collections[row] = planned;
  return Status::Ok();
}

void PendingCollections::TakeBack(const std::string& row, int64_t delta) {
  Leave(row, delta);
}

void PendingCollections::Applied(const std::string& row) {
  Leave(row, 0);
}

void PendingCollections::Leave(const std::string& row, int64_t delta) {
  Stripe& stripe = StripeOf(row);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.collections.find(row);
  if (found == stripe.collections.end()) return;
  found->second.size -= delta;
  if (--found->second.changes == 0) stripe.collections.erase(found);
}

void PendingCollections::Clear() {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    stripe.collections.clear();
  }
}

}  // namespace millrace
