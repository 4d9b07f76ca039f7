// Seeded random operations on the engine and on a plain map, with clean restarts, crashes and power
// cuts in between; then the table rebuilt from the log alone must be the map too.

#include <map>

#include "engine/base/random.h"
#include "engine/log_entries.h"
#include "engine/model/change_record.h"
#include "engine_fixture.h"

namespace millrace::testing {
namespace {

using Model = std::map<ItemKey, std::string>;

class ModelTest : public EngineTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  ModelTest() : random_(GetParam()) {
    options_.log_segment_size = 256 * 1024;
    options_.log_disk_reserve = 0;
    options_.write_buffer_size = 64 * 1024;  // flushes happen at points of their own
  }

  ItemKey RandomKey() {
    return Key("p" + std::to_string(random_.Uniform(20)), std::to_string(random_.Uniform(10)));
  }

  void Step(const TableRef& table) {
    const ItemKey key = RandomKey();
    const auto it = model_.find(key);
    switch (random_.Uniform(4)) {
      case 0: {
        const CommitResult result = Commit(Delete(table, key.pk, key.sk));
        ASSERT_TRUE(result.status.ok()) << result.status.ToString();
        EXPECT_EQ(result.outcomes[0].existed, it != model_.end());
        model_.erase(key);
        break;
      }
      case 1: {
        const std::string value = "c" + std::to_string(random_.Next());
        const CommitResult result =
            Commit(Conditioned(Put(table, key.pk, key.sk, value), "attribute_not_exists(pk)"));
        EXPECT_EQ(result.status.ok(), it == model_.end());
        if (result.status.ok()) model_[key] = Item(key.pk, key.sk, value);
        break;
      }
      default: {
        const std::string value(random_.Uniform(2000),
                                static_cast<char>('a' + random_.Uniform(26)));
        ASSERT_TRUE(Commit(Put(table, key.pk, key.sk, value)).status.ok());
        model_[key] = Item(key.pk, key.sk, value);
      }
    }
  }

  Model ScanAll(const TableRef& table) {
    Model found;
    PageRequest request;
    request.table = table;
    do {
      Result<Page> page = database_->ReadPage(request);
      EXPECT_TRUE(page.ok()) << page.status().ToString();
      if (!page.ok()) break;
      for (std::string& item : page->items) {
        Result<ItemKey> key = KeyOfItem(table->spec.schema, ItemView(item));
        EXPECT_TRUE(key.ok());
        found.emplace(*key, std::move(item));
      }
      request.exclusive_start = page->last_evaluated;
    } while (request.exclusive_start);
    return found;
  }

  Model ReplayLog(const TableRef& table) {
    Model replayed;
    const auto cursor = database_->log()->NewCursor(Lsn(1));
    while (true) {
      Result<std::optional<FrameView>> frame = cursor->Next(database_->applied_lsn());
      EXPECT_TRUE(frame.ok()) << frame.status().ToString();
      if (!frame.ok() || !*frame) return replayed;
      std::string_view rest = (*frame)->entries;
      LogEntry entry;
      while (TakeLogEntry(&rest, &entry)) {
        if (entry.kind != static_cast<uint8_t>(EntryKind::kRecord)) continue;
        if (TableOfPartition(entry.partition) != table->id) continue;
        const RecordView record(entry.bytes);
        const ItemView image = record.new_image();
        Result<ItemKey> key = KeyOfKeyMap(table->spec.schema, record.keys().value());
        EXPECT_TRUE(key.ok());
        if (image.empty()) {
          EXPECT_EQ(replayed.erase(*key), 1u);
        } else {
          replayed[*key] = std::string(image.bytes());
        }
      }
    }
  }

  Random random_;
  Model model_;
};

TEST_P(ModelTest, EngineEqualsMapAndLog) {
  Open();
  MakeTable("t", StreamViewType::kNewAndOldImages);
  for (int round = 0; round < 8; ++round) {
    const TableRef table = database_->FindTable("t");
    ASSERT_NE(table, nullptr);
    const uint64_t steps = 20 + random_.Uniform(100);
    for (uint64_t i = 0; i < steps; ++i) Step(table);
    if (random_.OneIn(3)) {
      ASSERT_TRUE(database_->Flush().ok());
    }
    if (random_.OneIn(2)) {
      Crash();
    } else {
      CloseCleanly();
    }
    Open();
    const TableRef reopened = database_->FindTable("t");
    ASSERT_EQ(ScanAll(reopened), model_) << "seed " << GetParam() << " round " << round;
    ASSERT_EQ(ReplayLog(reopened), model_) << "seed " << GetParam() << " round " << round;
    EXPECT_EQ(database_->Statistics(reopened->id).item_count, static_cast<int64_t>(model_.size()));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range<uint64_t>(1, 13));

}  // namespace
}  // namespace millrace::testing
