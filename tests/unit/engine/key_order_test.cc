#include "engine/key_order.h"

#include <gtest/gtest.h>
#include <rocksdb/comparator.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

// What a WriteBatch asks of a column family.
class Family final : public rocksdb::ColumnFamilyHandle {
 public:
  explicit Family(uint32_t id) : id_(id), name_(std::to_string(id)) {}
  const std::string& GetName() const override { return name_; }
  uint32_t GetID() const override { return id_; }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override {
    return rocksdb::Status::NotSupported();
  }
  const rocksdb::Comparator* GetComparator() const override {
    return rocksdb::BytewiseComparator();
  }

 private:
  const uint32_t id_;
  const std::string name_;
};

// "1 key=value" and "1 -key", in the batch's order.
class Listing final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    rows.push_back(std::to_string(family) + " " + key.ToString() + "=" + value.ToString());
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    rows.push_back(std::to_string(family) + " -" + key.ToString());
    return rocksdb::Status::OK();
  }
  std::vector<std::string> rows;
};

class KeyOrderTest : public testing::Test {
 protected:
  std::vector<std::string> Sorted() {
    Listing listing;
    EXPECT_TRUE(order_.Sort(&writes_, families_)->Iterate(&listing).ok());
    return listing.rows;
  }
  void Put(size_t family, const std::string& key, const std::string& value) {
    EXPECT_TRUE(writes_.Put(families_[family], key, value).ok());
  }
  void Delete(size_t family, const std::string& key) {
    EXPECT_TRUE(writes_.Delete(families_[family], key).ok());
  }

  Family first_{0};
  Family second_{1};
  std::vector<rocksdb::ColumnFamilyHandle*> families_ = {&first_, &second_};
  rocksdb::WriteBatch writes_;
  KeyOrder order_;
};

using Rows = std::vector<std::string>;

TEST_F(KeyOrderTest, SortsByFamilyAndKey) {
  Put(1, "b", "1");
  Put(0, "c", "2");
  Delete(1, std::string("a\0", 2));
  Put(1, "a", "3");
  Put(0, "\xff", "4");
  EXPECT_EQ(Sorted(), (Rows{"0 c=2", "0 \xff=4", "1 a=3", "1 -" + std::string("a\0", 2), "1 b=1"}));
}

TEST_F(KeyOrderTest, KeepsTheLastRowOfAKey) {
  Put(1, "twice", "1");
  Put(1, "removed", "1");
  Delete(1, "back");
  Put(0, "twice", "other family");
  Put(1, "twice", "2");
  Delete(1, "removed");
  Put(1, "back", "1");
  EXPECT_EQ(Sorted(), (Rows{"0 twice=other family", "1 back=1", "1 -removed", "1 twice=2"}));
}

TEST_F(KeyOrderTest, ForgetsTheWriteBefore) {
  Put(1, "a", std::string(size_t{5} << 20, 'x'));  // beyond what a buffer keeps
  EXPECT_EQ(Sorted().size(), 1u);
  writes_.Clear();
  Put(1, "b", "1");
  EXPECT_EQ(Sorted(), Rows{"1 b=1"});
  writes_.Clear();
  EXPECT_EQ(Sorted(), Rows{});
}

TEST_F(KeyOrderTest, LeavesARangeWhereItIs) {
  Put(1, "b", "1");
  EXPECT_TRUE(writes_.DeleteRange(families_[1], "a", "c").ok());
  Put(1, "a", "1");
  EXPECT_EQ(order_.Sort(&writes_, families_), &writes_);
  writes_.Clear();
  Put(1, "b", "1");
  Put(1, "a", "1");
  EXPECT_EQ(Sorted(), (Rows{"1 a=1", "1 b=1"}));
}

}  // namespace
}  // namespace millrace
