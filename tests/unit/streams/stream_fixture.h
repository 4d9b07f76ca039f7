#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streams/stream_service.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000;  // microseconds
constexpr int64_t kHour = 60 * kMinute;

// A stream service on a fake database, and the few things that its tests keep doing.
class StreamFixture : public testing::Test {
 protected:
  TableRef Make(std::string_view name,
                std::optional<StreamViewType> stream = StreamViewType::kNewAndOldImages) {
    return database_.CreateTable(SpecOf(name, stream)).value();
  }
  // As the catalog has it now.
  TableRef Now(const TableRef& table) const { return database_.FindTable(table->id); }
  std::string Arn(const TableRef& table) const {
    return service_.ArnOf(*Now(table), Now(table)->streams.back());
  }
  std::string ShardId(const TableRef& table, uint32_t shard) const {
    return ShardIdOf(*Now(table), Now(table)->streams.back(), ShardIndex(shard));
  }
  Result<std::string> TryIterator(const TableRef& table, uint32_t shard, ShardIteratorType type,
                                  std::optional<std::string_view> number = std::nullopt) const {
    return service_.GetShardIterator(Arn(table), ShardId(table, shard), type, number);
  }
  std::string Iterator(const TableRef& table, uint32_t shard, ShardIteratorType type,
                       std::optional<std::string_view> number = std::nullopt) const {
    return TryIterator(table, shard, type, number).value();
  }
  // Of the first record of a commit.
  static std::string NumberOf(Lsn lsn, uint32_t ordinal = 0) {
    return SequenceNumberOf({0, lsn, ordinal});
  }

  struct Reading {
    std::vector<std::string> values;  // `v` of the new images, "-" where there is none
    std::optional<std::string> next;
    int pages = 0;
  };
  // Reads on until a page is empty or the shard ends.
  Reading Drain(std::string iterator, size_t limit = kGetRecordsMax) const {
    Reading reading;
    for (;;) {
      auto page = service_.GetRecords(iterator, limit);
      if (!page.ok()) {
        ADD_FAILURE() << page.status().ToString();
        return reading;
      }
      ++reading.pages;
      for (const StreamRecord& record : page->records) {
        reading.values.push_back(ValueOf(record.record().new_image()));
      }
      reading.next = page->next_iterator;
      if (!reading.next || page->records.empty()) return reading;
      iterator = *reading.next;
    }
  }
  std::vector<std::string> Values(std::string iterator) const { return Drain(iterator).values; }
  static std::string ValueOf(ItemView item) {
    if (item.empty()) return "-";
    return std::string(item.Find("v")->text());
  }
  static std::string Error(const Status& status) { return status.ToString(); }

  ManualClock clock_;
  FakeDatabase database_{&clock_};
  StreamService service_{&database_, &clock_, {"eu-central-1", "000000000000"}};
};

}  // namespace millrace
