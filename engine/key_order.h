#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <vector>

#include "engine/base/status.h"

namespace millrace {

// Puts the rows of a write into the order of their keys, and leaves out those that a later row of
// the same key replaces. What the state becomes is the same: a write is visible whole. What it
// costs is not: neighbours share their way through the memtable, and a key that a group of commits
// writes a hundred times is inserted once.
//
// One thread at a time; keeps its buffers from write to write, up to a size.
class KeyOrder {
 public:
  // `families` by id, index for index. Returns `writes` itself when it has what the order matters
  // to: anything but puts and removals of single keys. Else a batch that is valid until the next
  // call, and refers to nothing of `writes`.
  rocksdb::WriteBatch* Sort(rocksdb::WriteBatch* writes,
                            const std::vector<rocksdb::ColumnFamilyHandle*>& families);

 private:
  struct Row {
    uint32_t family;
    bool removed;
    rocksdb::Slice key;  // in the batch that is sorted
    rocksdb::Slice value;
  };
  class Collector;
  static bool Before(const Row& left, const Row& right);
  static bool SameKey(const Row& left, const Row& right);
  rocksdb::Status Fill(const std::vector<rocksdb::ColumnFamilyHandle*>& families);

  std::vector<Row> rows_;
  rocksdb::WriteBatch sorted_;
};

}  // namespace millrace
