#include <gtest/gtest.h>

#include <map>

#include "tests/support/handler_peer.h"

// The example as it is, but for its main.
#define main AirportDelaysMain
#include "examples/airport_delays/airport_delays.cc"
#undef main

namespace millrace {
namespace {

// The table `airports`, which takes the writes of an invocation as a commit would.
class Airports final : public ItemReader {
 public:
  Result<Item> Get(uint64_t, std::string_view, std::string_view key,
                   std::chrono::steady_clock::time_point) override {
    const auto found = items_.find(std::string(*Image(ItemView(key)).GetString("pk")));
    return found == items_.end() ? Item() : found->second;
  }

  void Handle(const std::vector<std::string>& records) {
    const std::vector<std::string_view> views(records.begin(), records.end());
    std::string payload(RecordsPayloadSize(views), '\0');
    WriteRecordsPayload(views, payload.data());
    Invocation invocation(InvokeFrame(), this);
    ASSERT_TRUE(CountDelays(RecordBatch(*RecordsView::Decode(payload)), invocation).ok());
    ASSERT_TRUE(invocation.status().ok());
    for (const TableWrite& write : invocation.writes()) {
      const Item item(write.item);
      const std::string airport(*item.GetString("pk"));
      EXPECT_EQ(write.condition_expression,
                items_.contains(airport) ? "version = :version" : "attribute_not_exists(pk)");
      items_[airport] = item;
    }
  }

  std::string Text(const std::string& airport) const {
    const Item& item = items_.at(airport);
    return std::to_string(*item.GetInt("count")) + " " + std::to_string(*item.GetInt("sum")) + " " +
           (item.Has("maximum") ? std::to_string(*item.GetInt("maximum")) : "-") + " " +
           std::string(item.GetString("max_flight").value_or("-"));
  }

 private:
  std::map<std::string, Item> items_;
};

std::string Flight(const std::string& origin, const std::string& sk, std::optional<int> after,
                   std::optional<int> before = std::nullopt) {
  const ItemBuilder keys = ItemBuilder().Set("pk", origin).Set("sk", sk);
  const auto image = [&keys](std::optional<int> delay) {
    return delay ? std::optional(ItemBuilder(keys).Set("delay", *delay).value()) : std::nullopt;
  };
  return RecordOf(keys.value(), image(after), image(before));
}

TEST(AirportDelaysTest, FoldsABatchIntoOneWriteAnAirport) {
  Airports airports;
  airports.Handle({Flight("ATL", "a", 5), Flight("ORD", "b", -7), Flight("ATL", "c", 9),
                   Flight("ATL", "d", 9), Flight("ORD", "e", -9)});
  EXPECT_EQ(airports.Text("ATL"), "3 23 9 c") << "the first of equal ones";
  EXPECT_EQ(airports.Text("ORD"), "2 -16 -7 b") << "early flights have a maximum too";
  airports.Handle({Flight("ATL", "f", 9)});
  EXPECT_EQ(airports.Text("ATL"), "4 32 9 c");
  airports.Handle({Flight("ATL", "g", 10)});
  EXPECT_EQ(airports.Text("ATL"), "5 42 10 g");
}

TEST(AirportDelaysTest, ChangesAndRemovalsLeaveCountAndSum) {
  Airports airports;
  airports.Handle({Flight("ATL", "a", 5), Flight("ATL", "b", 50)});
  airports.Handle({Flight("ATL", "a", 7, 5)});
  EXPECT_EQ(airports.Text("ATL"), "2 57 50 b");
  airports.Handle({Flight("ATL", "b", std::nullopt, 50)});
  EXPECT_EQ(airports.Text("ATL"), "1 7 50 b") << "the worst ever recorded stands";
  airports.Handle({Flight("ATL", "a", std::nullopt, 7)});
  EXPECT_EQ(airports.Text("ATL"), "0 0 50 b");
  airports.Handle({Flight("ATL", "a", 51)});
  EXPECT_EQ(airports.Text("ATL"), "1 51 51 a");
}

}  // namespace
}  // namespace millrace
