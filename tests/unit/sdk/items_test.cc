#include <gtest/gtest.h>
#include <millrace/handler.h>

#include <cmath>
#include <limits>

namespace millrace {
namespace {

Item Made(const ItemBuilder& builder) {
  return Item(EncodeItem(builder.value()));
}

TEST(ImageTest, GivesIntegersExactlyOrNotAtAll) {
  const struct {
    const char* text;
    std::optional<int64_t> wanted;
  } rows[] = {
      {"0", 0},
      {"-0", 0},
      {"1", 1},
      {"-1", -1},
      {"10", 10},
      {"100", 100},
      {"12300", 12300},
      {"-99", -99},
      {"-12345678901", -12345678901},
      {"9223372036854775807", std::numeric_limits<int64_t>::max()},
      {"9223372036854775808", std::nullopt},
      {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
      {"-9223372036854775809", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"1e18", int64_t{1'000'000'000'000'000'000}},
      {"1e19", std::nullopt},
      {"1e125", std::nullopt},
      {"0.5", std::nullopt},
      {"-1.5", std::nullopt},
      {"10.0", 10},
      {"1e-130", std::nullopt},
  };
  for (const auto& row : rows) {
    const Item item = Made(ItemBuilder().Set("n", *Number::Parse(row.text)));
    EXPECT_EQ(item.GetInt("n"), row.wanted) << row.text;
  }
  for (int64_t n = -100'001; n < 100'001; n += 7) {
    ASSERT_EQ(Made(ItemBuilder().Set("n", n)).GetInt("n"), n);
  }
}

TEST(ImageTest, GivesNothingForAnotherTypeOrName) {
  const Item item = Made(ItemBuilder().Set("s", "text").Set("n", 1.5).Set("b", true));
  EXPECT_EQ(item.GetString("s"), "text");
  EXPECT_EQ(item.GetDouble("n"), 1.5);
  EXPECT_EQ(item.GetNumber("n")->ToString(), "1.5");
  EXPECT_EQ(item.GetBool("b"), true);
  EXPECT_FALSE(item.GetString("n"));
  EXPECT_FALSE(item.GetInt("s"));
  EXPECT_FALSE(item.GetDouble("s"));
  EXPECT_FALSE(item.GetNumber("b"));
  EXPECT_FALSE(item.GetBinary("s"));
  EXPECT_FALSE(item.GetBool("s"));
  EXPECT_FALSE(item.GetString("absent"));
  EXPECT_TRUE(item.Has("s"));
  EXPECT_FALSE(item.Has("absent"));
  const Image none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.Has("s"));
  EXPECT_FALSE(none.GetInt("n"));
}

TEST(ImageTest, AnItemOwnsItsBytes) {
  Item copy;
  {
    const Item item = Made(ItemBuilder().Set("s", "a"));
    copy = item;
  }
  EXPECT_EQ(copy.GetString("s"), "a");
  const Item moved = std::move(copy);
  EXPECT_EQ(moved.GetString("s"), "a");
}

TEST(ItemBuilderTest, TakesCppValues) {
  const std::string text = "string";
  const Item item = Made(ItemBuilder()
                             .Set("literal", "literal")
                             .Set("string", text)
                             .Set("view", std::string_view(text))
                             .Set("int", 3)
                             .Set("negative", -3L)
                             .Set("unsigned", std::numeric_limits<uint64_t>::max())
                             .Set("double", 0.1)
                             .Set("float", 0.1f)
                             .Set("large", 1e100)
                             .Set("bool", false)
                             .Set("null", Value::Null())
                             .Set("map", ItemBuilder().Set("x", 1).value()));
  EXPECT_EQ(item.GetString("literal"), "literal");
  EXPECT_EQ(item.GetString("string"), text);
  EXPECT_EQ(item.GetString("view"), text);
  EXPECT_EQ(item.GetInt("int"), 3);
  EXPECT_EQ(item.GetInt("negative"), -3);
  EXPECT_EQ(item.GetNumber("unsigned")->ToString(), "18446744073709551615");
  EXPECT_EQ(item.GetNumber("double")->ToString(), "0.1");
  EXPECT_EQ(item.GetNumber("float")->ToString(), "0.1");
  EXPECT_EQ(item.GetDouble("large"), 1e100);
  EXPECT_EQ(item.GetBool("bool"), false);
  EXPECT_TRUE(item.Find("null")->Is(ValueType::kNull));
  EXPECT_EQ(item.Find("map")->map().Find("x")->number(), Number::FromInt(1));
}

TEST(ItemBuilderTest, StartsWithAnItem) {
  const Item before = Made(ItemBuilder().Set("a", 1).Set("b", 2).Set("c", 3));
  const Item after = Made(ItemBuilder(before).Set("b", 5).Remove("c").Remove("absent").Set("d", 4));
  EXPECT_EQ(after.view().attributes().size(), 3u);
  EXPECT_EQ(after.GetInt("a"), 1);
  EXPECT_EQ(after.GetInt("b"), 5);
  EXPECT_EQ(after.GetInt("d"), 4);
  EXPECT_EQ(Made(ItemBuilder(Image())).view().attributes().size(), 0u);
}

TEST(ItemBuilderTest, KeepsTheFirstError) {
  const double bad[] = {NAN, INFINITY, -INFINITY, 1e200, 1e-200};
  for (const double value : bad) {
    EXPECT_TRUE(ItemBuilder().Set("n", value).Set("m", 1).status().Is(ErrorCode::kValidation));
    EXPECT_FALSE(Expression("a = :v").Value(":v", value).status().ok());
  }
  EXPECT_NE(ItemBuilder().Set("first", NAN).Set("second", NAN).status().message().find("first"),
            std::string::npos);
}

// A reader of one item, for tests of handlers.
class OneItem final : public ItemReader {
 public:
  Result<Item> Get(uint64_t, std::string_view table, std::string_view key,
                   std::chrono::steady_clock::time_point) override {
    if (table != "airports") return Status(ErrorCode::kResourceNotFound, "no such table");
    if (Image(ItemView(key)).GetString("airport") != "ATL") return Item();
    return Made(ItemBuilder().Set("airport", "ATL").Set("flights", 7));
  }
};

class InvocationTest : public testing::Test {
 protected:
  OneItem reader_;
  Invocation invocation_{InvokeFrame(), &reader_};
};

TEST_F(InvocationTest, Reads) {
  EXPECT_EQ(invocation_.Get("airports", ItemBuilder().Set("airport", "ATL"))->GetInt("flights"), 7);
  EXPECT_TRUE(invocation_.Get("airports", ItemBuilder().Set("airport", "ORD"))->empty());
  EXPECT_TRUE(invocation_.Get("nothing", ItemBuilder().Set("airport", "ORD"))
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
  EXPECT_FALSE(invocation_.Get("airports", ItemBuilder().Set("airport", NAN)).ok());
}

TEST_F(InvocationTest, CollectsWrites) {
  invocation_.Put("t", ItemBuilder().Set("k", 1));
  invocation_.Put("t", ItemBuilder().Set("k", 2), "attribute_not_exists(k)");
  invocation_.Update("t", ItemBuilder().Set("k", 3),
                     Expression("SET #n = :n").Name("#n", "name").Value(":n", 1),
                     Expression("#n < :m").Name("#n", "name").Value(":m", 2));
  invocation_.Delete("t", ItemBuilder().Set("k", 4), Expression("x = :x").Value(":x", "y"));
  ASSERT_TRUE(invocation_.status().ok());
  const auto& writes = invocation_.writes();
  ASSERT_EQ(writes.size(), 4u);
  EXPECT_EQ(writes[0].kind, TableWriteKind::kPut);
  EXPECT_EQ(writes[1].condition_expression, "attribute_not_exists(k)");
  EXPECT_EQ(writes[2].kind, TableWriteKind::kUpdate);
  EXPECT_EQ(writes[2].update_expression, "SET #n = :n");
  EXPECT_EQ(writes[2].condition_expression, "#n < :m");
  EXPECT_EQ(writes[2].names.size(), 1u) << "the same name, once";
  EXPECT_EQ(writes[2].values.size(), 2u);
  EXPECT_EQ(writes[3].kind, TableWriteKind::kDelete);
  EXPECT_EQ(Image(ItemView(writes[3].item)).GetInt("k"), 4);
  ReplyFrame reply;
  reply.writes = invocation_.TakeWrites();
  EXPECT_TRUE(CheckReply(reply).ok());
}

TEST_F(InvocationTest, KeepsErrorsForTheEnd) {
  invocation_.Put("t", ItemBuilder().Set("k", 1));
  EXPECT_TRUE(invocation_.status().ok());
  invocation_.Update("t", ItemBuilder().Set("k", 3), Expression("SET a = :n").Value(":n", 1),
                     Expression("a < :n").Value(":n", 2));
  EXPECT_NE(invocation_.status().message().find(":n"), std::string::npos);
}

TEST_F(InvocationTest, TellsTheTimeLeft) {
  InvokeFrame frame;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  frame.deadline_monotonic_nanos = deadline.time_since_epoch() / std::chrono::nanoseconds(1);
  const Invocation invocation(frame, &reader_);
  EXPECT_EQ(invocation.deadline(), deadline);
  EXPECT_GT(invocation.remaining(), std::chrono::minutes(59));
  EXPECT_EQ(invocation_.remaining().count(), 0) << "long past";
}

}  // namespace
}  // namespace millrace
