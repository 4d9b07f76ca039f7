// What a table that is made of another one's log is like.
#include "streams/table_copy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "engine/base/clock.h"
#include "engine/database.h"
#include "engine/model/item.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

namespace millrace {
namespace {

class TableCopyTest : public testing::Test {
 protected:
  TableCopyTest() {
    DatabaseOptions options;
    options.directory = directory_.path() + "/data";
    options.clock = &clock_;
    options.sync = false;
    options.log_disk_reserve = 0;
    options.log_segment_size = 1 << 20;
    database_ = Database::Open(options).value();
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Database> database_;
};

// What a copy takes over from its source. The index `late` came when there were items already that
// don't fit its key.
TEST_F(TableCopyTest, ACopyIsMadeLikeItsSource) {
  TableSpec spec;
  spec.name = "source";
  spec.schema.hash = {"pk", ValueType::kString};
  spec.schema.range = KeyAttribute{"sk", ValueType::kString};
  spec.billing_mode = BillingMode::kProvisioned;
  spec.throughput = {7, 5};
  spec.stream = StreamViewType::kNewImage;
  spec.deletion_protection = true;
  spec.settings.table_class = TableClass::kStandardInfrequentAccess;
  spec.settings.tags = {{"team", "orders"}};
  spec.settings.policies[""] = {"{}", "1"};
  spec.settings.throughput_changes.decreases = 3;
  IndexSpec local;
  local.kind = IndexKind::kLocal;
  local.name = "local";
  local.schema.hash = {spec.schema.hash};
  local.schema.range = {{"other", ValueType::kString}};
  local.projection = ProjectionType::kKeysOnly;
  spec.indexes = {local};
  TableRef source = database_->CreateTable(spec).value();
  const auto put = [&](const std::string& pk, Value late) {
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = database_->FindTable("source");
    request.writes[0].key = {pk, "s"};
    request.writes[0].item = EncodeItem(Value::OfMap({{"late", std::move(late)},
                                                      {"other", Value::String("o")},
                                                      {"pk", Value::String(pk)},
                                                      {"sk", Value::String("s")}}));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  };
  put("misfit", Value::Bool(true));
  TableUpdate update;
  update.ttl = TableUpdate::Ttl{true, "ends"};
  ASSERT_TRUE(database_->UpdateTable("source", update).ok());
  update = {};
  update.create_index.emplace();
  update.create_index->name = "late";
  update.create_index->schema.hash = {{"late", ValueType::kString}};
  update.create_index->throughput = {3, 2};
  ASSERT_TRUE(database_->UpdateTable("source", update).ok());
  ASSERT_TRUE(Eventually(std::chrono::seconds(30), [&] {
    return database_->FindTable("source")->FindIndex("late")->status == IndexStatus::kActive;
  }));
  put("fits", Value::String("l"));

  TableCopyRequest request;
  request.source_name = "source";
  request.target_name = "copy";
  TableCopy copy = BeginTableCopy(database_.get(), request).value();
  EXPECT_TRUE(copy.made);
  const auto go_on = [] { return false; };
  ASSERT_TRUE(ContinueTableCopy(database_.get(), {}, go_on, &copy).ok());
  EXPECT_TRUE(copy.copied());
  EXPECT_FALSE(copy.done()) << "an index is being made";
  // Whoever goes on from the cell finds the same.
  copy = BeginTableCopy(database_.get(), request).value();
  EXPECT_TRUE(copy.copied() && !copy.done());
  ASSERT_TRUE(Eventually(std::chrono::seconds(30), [&] {
    EXPECT_TRUE(ContinueTableCopy(database_.get(), {}, go_on, &copy).ok());
    return copy.done();
  }));
  EXPECT_TRUE(TableCopyPins(database_.get()).Pins().empty());

  const TableRef target = database_->FindTable("copy");
  EXPECT_EQ(target->spec.schema, spec.schema);
  EXPECT_EQ(target->spec.billing_mode, BillingMode::kProvisioned);
  EXPECT_EQ(target->spec.throughput, spec.throughput);
  EXPECT_EQ(target->spec.settings.table_class, spec.settings.table_class);
  EXPECT_EQ(target->spec.settings.tags, spec.settings.tags);
  EXPECT_TRUE(target->spec.settings.policies.empty());
  EXPECT_EQ(target->spec.settings.throughput_changes, ThroughputChanges());
  EXPECT_FALSE(target->spec.deletion_protection);
  EXPECT_EQ(target->OpenStream(), nullptr);
  EXPECT_FALSE(target->ttl.has_value());
  ASSERT_NE(target->FindIndex("local"), nullptr);
  EXPECT_EQ(target->FindIndex("local")->spec.projection, ProjectionType::kKeysOnly);
  ASSERT_NE(target->FindIndex("late"), nullptr);
  EXPECT_EQ(target->FindIndex("late")->status, IndexStatus::kActive);
  EXPECT_EQ(target->FindIndex("late")->spec.throughput, (ProvisionedThroughput{3, 2}));
  for (const auto& [index, count] : std::map<std::string, int>{{"local", 2}, {"late", 1}}) {
    PageRequest page;
    page.table = target;
    page.index = target->FindIndex(index);
    EXPECT_EQ(database_->ReadPage(page)->items.size(), static_cast<size_t>(count)) << index;
  }
}

// An empty table of one's own gets nothing but the items.
TEST_F(TableCopyTest, ACopyLeavesATableOfOnesOwnAsItIs) {
  TableSpec spec;
  spec.name = "t";
  spec.schema.hash = {"pk", ValueType::kString};
  ASSERT_TRUE(database_->CreateTable(spec).ok());
  TableUpdate update;
  update.create_index.emplace();
  update.create_index->name = "late";
  update.create_index->schema.hash = {{"late", ValueType::kString}};
  ASSERT_TRUE(database_->UpdateTable("t", update).ok());
  spec.name = "copy";
  ASSERT_TRUE(database_->CreateTable(spec).ok());
  TableCopyRequest request;
  request.source_name = "t";
  request.target_name = "copy";
  TableCopy copy = BeginTableCopy(database_.get(), request).value();
  EXPECT_FALSE(copy.made);
  ASSERT_TRUE(ContinueTableCopy(
                  database_.get(), {}, [] { return false; }, &copy)
                  .ok());
  EXPECT_TRUE(copy.done());
  EXPECT_TRUE(database_->FindTable("copy")->indexes.empty());
}

}  // namespace
}  // namespace millrace
