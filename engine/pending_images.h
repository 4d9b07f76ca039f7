#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/model/position.h"

namespace millrace {

// The newest state of what is being committed: what a writer must plan on before RocksDB shows it.
// Keyed by item storage keys and, under a prefix that no storage key has room for, cell keys.
// Readers never look here.
//
// A writer holds its keys, by a Guard, from reading their old images to having queued its commit,
// so that the queue's order is the plans' order. Nothing is held across a commit's I/O.
class PendingImages {
 public:
  struct Image {
    std::shared_ptr<const std::string> bytes;  // null: removed
    std::shared_ptr<const Position>
        position;  // of the record, once the committer knows it; null for cells
    uint64_t ticket = 0;
  };

  static std::string CellKey(std::string_view cell) { return std::string("c") + std::string(cell); }

  // Holds keys. One key is held by its stripe's mutex where that is brief: others of that stripe
  // wait while one write is planned, which costs less than anything finer. Otherwise keys are
  // claimed one by one, in the keys' order, and no mutex stays locked: whoever meets a claimed key
  // waits for it, and only for it. So nobody waits for a key while holding what another waits for
  // in a circle.
  class Guard {
   public:
    using Duration = std::chrono::steady_clock::duration;
    // `keys` are distinct, at least one, and outlive the guard. Waits for claims of others
    // `patience` at most in all; in vain, it holds nothing. `brief`: microseconds.
    Guard(PendingImages* images, std::vector<std::string_view> keys, Duration patience,
          bool brief = true);
    ~Guard() { Release(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // The keys that were not to be had, or none.
    const std::vector<std::string_view>& refused() const { return refused_; }
    // Nothing when nothing is pending. Of held keys only, like Set.
    std::optional<Image> Find(std::string_view key) const;
    void Set(std::string_view key, Image image);
    // Lets go of all keys; what waits for them goes on.
    void Release();

   private:
    // With the mutex of its stripe, unless that is locked for as long as the key is held.
    std::unique_lock<std::mutex> LockFor(std::string_view key) const;

    PendingImages* const images_;
    std::vector<std::string_view> keys_;  // held; sorted when they are claims
    std::unique_lock<std::mutex> only_;   // of the one key, if it is no claim
    std::vector<std::string_view> refused_;
  };

  // Forgets the image if it is still that ticket's: the state shows it now. The committer may be
  // quicker than who queued the commit and has not set its image yet: then that is never set.
  void Drop(std::string_view key, uint64_t ticket);
  // Forgets everything; no writer may be planning.
  void Clear();

 private:
  static constexpr size_t kStripes = 256;
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  struct Claim {
    std::string_view key;
    uint64_t dropped = 0;  // the last ticket that was dropped without an image of its own
  };
  struct Stripe {
    Claim* ClaimOf(std::string_view key);

    std::mutex mutex;
    std::condition_variable released;  // a claim was
    std::vector<Claim> claims;         // few: of the commits being planned
    std::unordered_map<std::string, Image, KeyHash, std::equal_to<>> images;
  };
  Stripe& StripeOf(std::string_view key) { return stripes_[KeyHash()(key) % kStripes]; }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace millrace
