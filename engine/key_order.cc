#include "engine/key_order.h"

#include <algorithm>

namespace millrace {
namespace {

// Beyond it a buffer is given back: few groups of commits are as large.
constexpr size_t kKeptSize = size_t{4} << 20;  // bytes

}  // namespace

// Any call that isn't overridden here ends the iteration with an error.
class KeyOrder::Collector final : public rocksdb::WriteBatch::Handler {
 public:
  explicit Collector(std::vector<Row>* rows) : rows_(rows) {}
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    rows_->push_back({family, false, key, value});
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    rows_->push_back({family, true, key, {}});
    return rocksdb::Status::OK();
  }

 private:
  std::vector<Row>* const rows_;
};

bool KeyOrder::Before(const Row& left, const Row& right) {
  if (left.family != right.family) return left.family < right.family;
  return left.key.compare(right.key) < 0;
}

bool KeyOrder::SameKey(const Row& left, const Row& right) {
  return left.family == right.family && left.key == right.key;
}

rocksdb::Status KeyOrder::Fill(const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (i + 1 < rows_.size() && SameKey(row, rows_[i + 1])) continue;
    const rocksdb::Status status = row.removed
                                       ? sorted_.Delete(families[row.family], row.key)
                                       : sorted_.Put(families[row.family], row.key, row.value);
    if (!status.ok()) return status;
  }
  return rocksdb::Status::OK();
}

rocksdb::WriteBatch* KeyOrder::Sort(rocksdb::WriteBatch* writes,
                                    const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  if (sorted_.GetDataSize() > kKeptSize) {
    rows_ = std::vector<Row>();
    sorted_ = rocksdb::WriteBatch();
  }
  rows_.clear();
  sorted_.Clear();
  Collector collector(&rows_);
  if (!writes->Iterate(&collector).ok()) return writes;
  std::stable_sort(rows_.begin(), rows_.end(), Before);
  return Fill(families).ok() ? &sorted_ : writes;
}

}  // namespace millrace
