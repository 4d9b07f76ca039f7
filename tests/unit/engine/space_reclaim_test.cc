// The disk space of dropped tables and indexes: it comes back soon, and nothing else goes with it,
// whoever still reads and whenever the process dies (kill_test.cc).

#include "engine/space_reclaim.h"

#include <rocksdb/write_batch.h>

#include <fstream>

#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "engine/meta_keys.h"
#include "index_fixture.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

uint64_t SizeOfFiles(const std::string& directory) {
  uint64_t size = 0;
  std::error_code gone;  // a file may be, meanwhile
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const uint64_t file = entry.file_size(gone);
    if (!gone) size += file;
  }
  return size;
}

std::string Incompressible(Random* random, size_t size) {
  std::string text;
  while (text.size() < size) text.push_back(static_cast<char>('0' + random->Uniform(75)));
  return text;
}

class DropTest : public IndexTest {
 protected:
  DropTest() {
    options_.write_buffer_size = 1 << 20;
    options_.sync = false;  // what is tested here doesn't ask the disk
  }

  TableRef MakeNamed(const std::string& name) {
    TableSpec spec = Spec(name);
    spec.indexes = {GlobalIndex("global", kByG),
                    LocalIndex("local", {"g", ValueType::kString}, ProjectionType::kAll)};
    return database_->CreateTable(spec).value();
  }
  void Fill(const TableRef& table, int items, size_t size) {
    for (int i = 0; i < items; ++i) {
      WriteRequest write = Put(table, std::to_string(i), "s", "");
      write.item = EncodeItem(Value::OfMap({{"g", Value::String("g" + std::to_string(i))},
                                            {"n", Value::OfNumber(Number::FromInt(i))},
                                            {"pk", Value::String(std::to_string(i))},
                                            {"sk", Value::String("s")},
                                            {"v", Value::String(Incompressible(&random_, size))}}));
      const CommitResult result = Commit(std::move(write));
      ASSERT_TRUE(result.status.ok()) << result.status.ToString();
    }
  }
  uint64_t StateSize() const { return SizeOfFiles(options_.directory + "/state"); }

  Random random_{20261121};
};

TEST_F(DropTest, ALargeTableGoesAtOnceAndItsSpaceSoon) {
  constexpr uint64_t kMegabyte = 1 << 20;
  Open();
  const TableRef before = MakeNamed("before");
  const TableRef large = MakeNamed("large");
  const TableRef after = MakeNamed("after");
  Fill(before, 60, 1000);
  Fill(large, 40, 390 * 1024);
  Fill(after, 60, 1000);
  ASSERT_TRUE(database_->Flush().ok());
  EXPECT_GT(StateSize(), 30 * kMegabyte);  // the items, and two indexes of all they have

  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(database_->DeleteTable("large").ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_EQ(database_->FindTable("large"), nullptr);
  EXPECT_TRUE(Eventually(60s, [&] { return StateSize() < 3 * kMegabyte; })) << StateSize();

  // Its neighbours are whole, its name is free, and of the new table nothing was there before.
  AuditDatabase(database_.get());
  const TableRef again = MakeNamed("large");
  EXPECT_GT(again->id, large->id);
  for (size_t i = 0; i < 2; ++i) EXPECT_GT(again->indexes[i].id, large->indexes[i].id);
  EXPECT_EQ(Read(again, "1", "s"), "-");
  Fill(again, 5, 1000);
  Crash();
  Open();
  AuditDatabase(database_.get());
  EXPECT_LT(StateSize(), 3 * kMegabyte);
}

TEST_F(DropTest, ADroppedIndexGivesItsSpaceBack) {
  constexpr uint64_t kMegabyte = 1 << 20;
  Open();
  Fill(MakeNamed("t"), 32, 300 * 1024);
  ASSERT_TRUE(database_->Flush().ok());
  const uint64_t full = StateSize();
  EXPECT_GT(full, 16 * kMegabyte);
  ASSERT_TRUE(DeleteIndex("global").ok());
  EXPECT_TRUE(Eventually(60s, [&] { return StateSize() < full * 3 / 4; })) << StateSize();
  AuditDatabase(database_.get());
}

// The state alone, with keys of three tables.
class SpaceReclaimTest : public ::testing::Test {
 protected:
  SpaceReclaimTest() { Open(); }

  void Open() {
    store_.reset();
    StoreOptions options;
    options.directory = scratch_.path();
    options.block_cache_size = 1 << 20;
    options.write_buffer_size = 1 << 20;
    store_ = Store::Open(options).value();
  }
  static std::string KeyOf(uint32_t table, int i) {
    std::string key;
    PutBig(&key, table);
    return key + std::to_string(1000 + i);
  }
  // In files of the deepest level: one that all three share, or one of each.
  void Fill(bool apart = false) {
    for (uint32_t table = 1; table <= 3; ++table) {
      rocksdb::WriteBatch writes;
      for (int i = 0; i < kKeys; ++i) {
        ASSERT_TRUE(writes.Put(store_->items(), KeyOf(table, i), "v").ok());
      }
      ASSERT_TRUE(store_->Write(&writes).ok());
      if (apart) Compact();
    }
    Compact();
  }
  void Compact() {
    ASSERT_TRUE(
        store_->db()
            ->CompactRange(rocksdb::CompactRangeOptions(), store_->items(), nullptr, nullptr)
            .ok());
  }
  void Drop(bool hide = true) {
    rocksdb::WriteBatch writes;
    if (hide) {
      ASSERT_TRUE(writes.DeleteRange(store_->items(), KeyOf(2, -1000), KeyOf(3, -1000)).ok());
    }
    ASSERT_TRUE(SpaceReclaim::Note(SpaceReclaim::Of::kItems, 2, *store_, &writes).ok());
    ASSERT_TRUE(store_->Write(&writes).ok());
  }
  void DamageNote() {
    rocksdb::WriteBatch writes;
    ASSERT_TRUE(writes.Put(store_->meta(), DroppedRow(2), "x").ok());
    ASSERT_TRUE(store_->Write(&writes).ok());
  }
  int Count(uint32_t table, const rocksdb::Snapshot* snapshot = nullptr) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    int count = 0;
    std::string value;
    for (int i = 0; i < kKeys; ++i) {
      count += store_->db()->Get(options, store_->items(), KeyOf(table, i), &value).ok();
    }
    return count;
  }
  bool IsNoted() const {
    std::string value;
    return store_->db()->Get(rocksdb::ReadOptions(), store_->meta(), DroppedRow(2), &value).ok();
  }
  uint64_t Property(const std::string& name) const {
    std::string value;
    EXPECT_TRUE(store_->db()->GetProperty(store_->items(), name, &value)) << name;
    return std::stoull(value);
  }

  // What it has reported, each line from "tried again in" on.
  std::vector<std::string> Problems() const {
    std::vector<std::string> problems;
    std::ifstream log(scratch_.path() + "/LOG");
    for (std::string line; std::getline(log, line);) {
      const size_t at = line.find("tried again in");
      if (at != line.npos) problems.push_back(line.substr(at));
    }
    return problems;
  }

  static constexpr int kKeys = 50;
  ScratchDirectory scratch_;
  std::unique_ptr<Store> store_;
};

TEST_F(SpaceReclaimTest, WhatSharesItsFilesStays) {
  Fill();
  Drop();
  SpaceReclaim reclaim(store_.get());
  EXPECT_TRUE(Eventually(60s, [&] { return !IsNoted(); }));
  EXPECT_EQ(Count(1), kKeys);
  EXPECT_EQ(Count(2), 0);
  EXPECT_EQ(Count(3), kKeys);
  // And it is not only hidden.
  EXPECT_EQ(Property("rocksdb.estimate-num-keys"), 2u * kKeys);
}

TEST_F(SpaceReclaimTest, WhoReadsTheStateBeforeTheDropMaySeeItToTheEnd) {
  Fill(true);
  ASSERT_EQ(Property("rocksdb.num-files-at-level6"), 3u);
  auto snapshot = std::make_unique<rocksdb::ManagedSnapshot>(store_->db());
  EXPECT_FALSE(SpaceReclaim::IsSeenBefore(*store_, store_->db()->GetLatestSequenceNumber()));
  Drop();
  EXPECT_TRUE(SpaceReclaim::IsSeenBefore(*store_, store_->db()->GetLatestSequenceNumber()));
  {
    SpaceReclaim reclaim(store_.get());
    // The drop is on disk: from here on it waits for the reader, until it is stopped.
    EXPECT_TRUE(Eventually(60s, [&] { return Property("rocksdb.num-files-at-level0") > 0; }));
  }
  EXPECT_EQ(Count(2, snapshot->snapshot()), kKeys);
  EXPECT_EQ(Count(2), 0);
  EXPECT_TRUE(IsNoted());
  snapshot.reset();
  EXPECT_FALSE(SpaceReclaim::IsSeenBefore(*store_, store_->db()->GetLatestSequenceNumber()));
  rocksdb::ManagedSnapshot later(store_->db());
  SpaceReclaim reclaim(store_.get());
  EXPECT_TRUE(Eventually(60s, [&] { return !IsNoted(); }));
  EXPECT_EQ(Count(2, later.snapshot()), 0);
  EXPECT_EQ(Count(1, later.snapshot()), kKeys);
}

// As a crash leaves it after the files are gone that hid the rest.
TEST_F(SpaceReclaimTest, WhatIsNotedIsHiddenWhenOpened) {
  Fill();
  Drop(false);
  ASSERT_TRUE(store_->Flush().ok());
  Open();
  EXPECT_EQ(Count(2), kKeys);
  ASSERT_TRUE(SpaceReclaim::HideDropped(store_.get()).ok());
  EXPECT_EQ(Count(1), kKeys);
  EXPECT_EQ(Count(2), 0);
  EXPECT_EQ(Count(3), kKeys);
  SpaceReclaim reclaim(store_.get());
  EXPECT_TRUE(Eventually(60s, [&] { return !IsNoted(); }));
  EXPECT_EQ(Property("rocksdb.estimate-num-keys"), 2u * kKeys);
}

TEST_F(SpaceReclaimTest, WhatFailsIsTriedAgainLaterAndLater) {
  Fill();
  DamageNote();
  SpaceReclaim reclaim(store_.get(), 1ms, 4ms);
  ASSERT_TRUE(Eventually(60s, [&] { return Problems().size() >= 5; }));
  const std::vector<std::string> problems = Problems();
  const char* const pauses[] = {"1 ms", "2 ms", "4 ms", "4 ms", "4 ms"};
  for (size_t i = 0; i < std::size(pauses); ++i) {
    EXPECT_EQ(problems[i].rfind("tried again in " + std::string(pauses[i]) + ": ", 0), 0u)
        << problems[i];
    EXPECT_NE(problems[i].find("dropped table or index is damaged"), std::string::npos);
  }
  EXPECT_EQ(Count(2), kKeys);

  Drop();  // which mends it; nobody wakes the thread
  EXPECT_TRUE(Eventually(60s, [&] { return !IsNoted(); }));
  EXPECT_EQ(Count(1), kKeys);
  EXPECT_EQ(Count(2), 0);
  EXPECT_EQ(Count(3), kKeys);
  EXPECT_EQ(Property("rocksdb.estimate-num-keys"), 2u * kKeys);
}

TEST_F(SpaceReclaimTest, IsStoppedWhileItWaitsToTryAgain) {
  DamageNote();
  SpaceReclaim reclaim(store_.get(), 1h, 1h);
  ASSERT_TRUE(Eventually(60s, [&] { return !Problems().empty(); }));
  const auto start = std::chrono::steady_clock::now();
  reclaim.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
  EXPECT_EQ(Problems().size(), 1u);
}

TEST_F(SpaceReclaimTest, ADamagedNoteIsCorruption) {
  DamageNote();
  EXPECT_EQ(SpaceReclaim::HideDropped(store_.get()).code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace millrace::testing
