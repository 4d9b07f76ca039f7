// The state's own disk: full while RocksDB writes, and what is left in it of a table that is gone.

#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <set>

#include "commit_parts.h"
#include "engine/base/coding.h"
#include "engine/meta_keys.h"
#include "engine_fixture.h"

namespace millrace::testing {
namespace {

// Has no room for another file while `full`.
class FillableEnv final : public rocksdb::EnvWrapper {
 public:
  FillableEnv() : rocksdb::EnvWrapper(rocksdb::Env::Default()) {}
  std::atomic<bool> full{false};

  const char* Name() const override { return "FillableEnv"; }
  rocksdb::Status NewWritableFile(const std::string& path,
                                  std::unique_ptr<rocksdb::WritableFile>* file,
                                  const rocksdb::EnvOptions& options) override {
    if (full) return rocksdb::Status::NoSpace("told to be full");
    return rocksdb::EnvWrapper::NewWritableFile(path, file, options);
  }
};

TEST(StateDisk, FullWhileTheStateIsWrittenStopsTheCommitter) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch.path() + "/state");
  FillableEnv env;
  {
    Parts parts(scratch.path(), &env);
    ASSERT_TRUE(parts.Commit("a", "1").ok());
    env.full = true;
    EXPECT_EQ(parts.store->Flush().code(), ErrorCode::kDiskFull);
    // In the log, not in the state: its outcome is open until the next start, so it is not refused
    // as a full disk refuses.
    EXPECT_EQ(parts.Commit("b", "2").code(), ErrorCode::kIo);
    EXPECT_EQ(parts.Commit("c", "3").code(), ErrorCode::kUnavailable);
    EXPECT_EQ(parts.Read("a"), "1");
    EXPECT_EQ(parts.Read("b"), "-");
  }
  env.full = false;
  const Parts parts(scratch.path(), &env);
  EXPECT_EQ(parts.Read("a"), "1");
  EXPECT_EQ(parts.Read("b"), "2");
  EXPECT_EQ(parts.Read("c"), "-");
}

// RocksDB asks before it goes on by itself, some seconds after there is room again.
TEST(StateDisk, DoesNotGoOnByItselfOnceItWasFull) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch.path() + "/state");
  const Parts parts(scratch.path());
  const auto goes_on = [&parts](rocksdb::Status::Severity severity) {
    bool answer = true;
    for (const auto& listener : parts.store->db()->GetDBOptions().listeners) {
      listener->OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason::kFlushNoWAL,
                                     rocksdb::Status(rocksdb::Status::NoSpace(), severity),
                                     &answer);
    }
    return answer;
  };
  EXPECT_TRUE(goes_on(rocksdb::Status::Severity::kSoftError));
  EXPECT_FALSE(goes_on(rocksdb::Status::Severity::kHardError));
}

// What the state keeps of each table beside its items.
std::multiset<uint32_t> TablesOfRows(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  options.block_cache_size = 1 << 20;
  options.write_buffer_size = 1 << 20;
  const std::unique_ptr<Store> store = Store::Open(std::move(options)).value();
  std::multiset<uint32_t> tables;
  const std::unique_ptr<rocksdb::Iterator> it(
      store->db()->NewIterator(rocksdb::ReadOptions(), store->meta()));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    std::string_view key = ToView(it->key());
    const char kind = key[0];
    key.remove_prefix(1);
    uint32_t table = 0;
    if (kind != kMetaChainHead && kind != kMetaStatistics) continue;
    EXPECT_TRUE(TakeBig(&key, &table));
    tables.insert(table);
  }
  return tables;
}

class ForgottenTableTest : public EngineTest {};

TEST_F(ForgottenTableTest, LeavesNoRowsBehind) {
  options_.log_segment_size = 64 * 1024;
  options_.log_disk_reserve = 0;
  Open();
  const TableRef kept = MakeTable("kept");
  const TableRef gone = MakeTable("gone");
  for (int i = 0; i < 40; ++i) {
    // All four shards.
    ASSERT_TRUE(Commit(Put(kept, "k" + std::to_string(i), "s", "x")).status.ok());
    ASSERT_TRUE(Commit(Put(gone, "k" + std::to_string(i), "s", "x")).status.ok());
  }
  CloseCleanly();
  const std::string state = options_.directory + "/state";
  EXPECT_EQ(TablesOfRows(state).count(kept->id.value()), kShardCount + 1);
  EXPECT_EQ(TablesOfRows(state).count(gone->id.value()), kShardCount + 1);

  Open();
  ASSERT_TRUE(database_->DeleteTable("gone").ok());
  const std::string filler(8 * 1024, 'x');
  for (int i = 0; i < 40; ++i) Commit(Put(kept, "a", std::to_string(i), filler));
  clock_.AdvanceMicros(10'000'000);
  ASSERT_TRUE(database_->TrimLog(Lsn(UINT64_MAX), clock_.WallMicros()).ok());
  ASSERT_EQ(database_->FindTable(gone->id), nullptr);
  EXPECT_EQ(database_->Statistics(gone->id).item_count, 0);
  EXPECT_EQ(database_->Statistics(kept->id).item_count, 80);
  CloseCleanly();
  EXPECT_EQ(TablesOfRows(state).count(gone->id.value()), 0u);
  EXPECT_EQ(TablesOfRows(state).count(kept->id.value()), kShardCount + 1);
}

}  // namespace
}  // namespace millrace::testing
