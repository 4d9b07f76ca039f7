#pragma once

#include <gtest/gtest.h>

#include <string>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/database.h"
#include "engine/model/item.h"
#include "tests/support/temporary_directory.h"

namespace millrace {

// A database whose table `t` has a log of several segments, all of which the state on disk has.
class OldLogTest : public ::testing::Test {
 protected:
  OldLogTest() {
    DatabaseOptions options;
    options.directory = directory_.path() + "/data";
    options.log_segment_size = 64 * 1024;
    options.log_disk_reserve = 0;
    options.clock = &clock_;
    database_ = Database::Open(options).value();
    TableSpec spec;
    spec.name = "t";
    spec.schema.hash = {"pk", ValueType::kString};
    spec.stream = StreamViewType::kNewAndOldImages;
    table_ = database_->CreateTable(spec).value();
    for (int i = 0; i < kItems; ++i) {
      CommitRequest request;
      request.writes.emplace_back();
      request.writes[0].table = table_;
      request.writes[0].key.pk = "k" + std::to_string(i);
      request.writes[0].item =
          EncodeItem(Value::OfMap({{"pk", Value::String("k" + std::to_string(i))},
                                   {"v", Value::String(std::string(1000, 'v'))}}));
      EXPECT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
    }
    EXPECT_TRUE(database_->Flush().ok());
  }
  // From now on all of it is old enough to go.
  void GrowOld() { clock_.AdvanceMicros(kStreamRetentionMicros + 1); }

  static constexpr int kItems = 300;
  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Database> database_;
  TableRef table_;
};

}  // namespace millrace
