#pragma once

#include <array>
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
// A key belongs to a stripe; its image is read and set under the stripe's lock, which a writer
// holds from reading the old image to queueing the commit, so that the queue's order is the plans'
// order. No lock is held across a commit's I/O.
class PendingImages {
 public:
  struct Image {
    std::shared_ptr<const std::string> bytes;  // null: removed
    std::shared_ptr<const Position>
        position;  // of the record, once the committer knows it; null for cells
    uint64_t ticket = 0;
  };

  static std::string CellKey(std::string_view cell) { return std::string("c") + std::string(cell); }

  // Locks the stripes of several keys, in an order that cannot deadlock.
  class Guard {
   public:
    Guard(PendingImages* images, const std::vector<std::string_view>& keys);
    // Tries so often in all, making way for others in between; in vain, it holds nothing.
    Guard(PendingImages* images, const std::vector<std::string_view>& keys, size_t tries);
    // Whether this key's stripe is the one that was not to be had.
    bool Refused(std::string_view key) const { return refused_ == IndexOf(key); }
    bool refused() const { return refused_.has_value(); }

   private:
    std::vector<std::unique_lock<std::mutex>> locks_;
    std::optional<size_t> refused_;
  };

  // Null when nothing is pending. Requires the key's lock; valid while it is held.
  const Image* Find(std::string_view key) const;
  // Requires the key's lock.
  void Set(std::string_view key, Image image);
  // Forgets the image if it is still that ticket's: the state shows it now. Takes the lock.
  void Drop(std::string_view key, uint64_t ticket);
  // Forgets everything; no writer may be planning.
  void Clear();

 private:
  static constexpr size_t kStripes = 256;
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Image, KeyHash, std::equal_to<>> images;
  };
  static size_t IndexOf(std::string_view key) { return KeyHash()(key) % kStripes; }
  // Sorted, each once.
  static std::vector<size_t> IndexesOf(const std::vector<std::string_view>& keys);

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace millrace
