#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/status.h"

namespace millrace {

// The sizes that item collections will have when what is queued is applied: the state does not show
// them yet, and a limit checked against the state alone would let through whatever fits beside it.
//
// Invariant: a collection is here from the planning of its first change until the last one is
// applied, with the size that the state had before them and what they add. One that is not here is
// as the state has it. So no collection exceeds the limit, however many write to it at once.
//
// Thread-safe.
class PendingCollections {
 public:
  using ReadSize = std::function<Result<uint64_t>()>;  // bytes, of the state

  // Plans a change of `delta` bytes of the collection with this row (meta_keys.h). Error, and
  // nothing planned: kItemCollectionSizeLimitExceeded when it grows beyond `size_max`.
  Status Plan(const std::string& row, int64_t delta, uint64_t size_max, const ReadSize& read);
  // A planned change will not be made.
  void TakeBack(const std::string& row, int64_t delta);
  // The state shows a planned change.
  void Applied(const std::string& row);
  // Forgets all; nobody may be planning.
  void Clear();

 private:
  struct Collection {
    int64_t size = 0;
    size_t changes = 0;  // planned and not applied
  };
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<std::string, Collection> collections;
  };
  static constexpr size_t kStripes = 64;
  Stripe& StripeOf(std::string_view row) {
    return stripes_[std::hash<std::string_view>()(row) % kStripes];
  }
  void Leave(const std::string& row, int64_t delta);

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace millrace
