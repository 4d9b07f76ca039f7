#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "connectors/import/item_format.h"

namespace millrace {

// A place in the input, right before a record, and what was counted up to it.
struct Mark {
  uint64_t file = 0;    // index
  uint64_t offset = 0;  // unpacked bytes
  uint64_t line = 1;
  uint64_t records = 0;  // read before it, in all files
  uint64_t bad = 0;      // of them, that were not items

  bool operator<(const Mark& other) const {
    return std::tie(file, offset) < std::tie(other.file, other.offset);
  }
};

// Up to 25 items of different keys for one BatchWriteItem. Of two items with the same key the later
// one is kept: the operation refuses both together, and the later line is the one that must win.
class WriteBatch {
 public:
  void Add(const ImportItem& item, const Mark& mark);
  bool full() const { return live_ >= kItemsMax || text_.size() >= kTextMax; }
  bool empty() const { return live_ == 0; }
  // Of the first item ever added: everything of this batch lies at or behind it.
  const Mark& first() const { return first_; }
  // Items replaced by later ones.
  uint64_t superseded() const { return entries_.size() - live_; }

  std::vector<size_t> Live() const;  // indexes for the calls below
  const ItemKey& key(size_t index) const { return entries_[index].key; }
  const Mark& mark(size_t index) const { return entries_[index].mark; }
  // The operation's input.
  std::string Body(std::string_view table, const std::vector<size_t>& indexes) const;

  static constexpr size_t kItemsMax = 25;  // BatchWriteItem's limit
  // Bytes; the item that passes them is the last one. What keeps the memory of all lanes bounded.
  static constexpr size_t kTextMax = size_t{256} << 10;

 private:
  struct Entry {
    ItemKey key;
    size_t begin = 0;  // in text_
    size_t size = 0;
    Mark mark;
    bool live = true;
  };
  std::vector<Entry> entries_;
  std::string text_;
  size_t live_ = 0;
  Mark first_;
};

}  // namespace millrace
