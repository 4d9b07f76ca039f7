#include <gtest/gtest.h>

#include <vector>

#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

std::string PayloadOf(const std::vector<std::string_view>& records) {
  std::string payload(RecordsPayloadSize(records), '?');
  WriteRecordsPayload(records, payload.data());
  return payload;
}

TEST(RecordsPayloadTest, ComesBackAsItWas) {
  const std::string a(kRecordHeaderSize + 1, 'a');
  const std::string b(100'000, 'b');
  const auto payload = PayloadOf({a, b, a});
  const auto view = RecordsView::Decode(payload);
  ASSERT_TRUE(view.ok());
  ASSERT_EQ(view->size(), 3u);
  EXPECT_EQ(view->record(0).bytes(), a);
  EXPECT_EQ(view->record(1).bytes(), b);
  EXPECT_EQ(view->record(2).bytes(), a);
  EXPECT_EQ(PayloadOf({}), std::string(4, '\0'));
  EXPECT_EQ(RecordsView::Decode(PayloadOf({}))->size(), 0u);
  EXPECT_EQ(RecordsView().size(), 0u);
}

TEST(RecordsPayloadTest, TakesAsManyRecordsAsLambdaAndNoMore) {
  const std::string record(kRecordHeaderSize + 1, 'r');
  const std::vector<std::string_view> most(kInvocationRecordsMax, record);
  std::string payload = PayloadOf(most);
  EXPECT_TRUE(RecordsView::Decode(payload).ok());
  StoreLittle(payload.data(), static_cast<uint32_t>(kInvocationRecordsMax + 1));
  EXPECT_FALSE(RecordsView::Decode(payload).ok());
}

TEST(RecordsPayloadTest, RefusesLies) {
  const std::string record(200, 'r');
  const std::string good = PayloadOf({record, record});
  const auto with = [&good](size_t at, uint32_t value) {
    std::string bytes = good;
    StoreLittle(bytes.data() + at, value);
    return bytes;
  };
  const std::string rows[] = {
      "",
      "abc",
      good.substr(0, 11),
      good + "x",
      good.substr(0, good.size() - 1),
      with(0, 1),
      with(0, 3),
      with(0, 0),
      with(0, 0xffffffff),
      with(4, 401),
      with(4, 0),
      with(4, static_cast<uint32_t>(kRecordHeaderSize)),        // a header and no body
      with(4, 400 - static_cast<uint32_t>(kRecordHeaderSize)),  // the same of the second
      with(8, 399),
      with(8, 0xffffffff),
  };
  for (const std::string& row : rows) EXPECT_FALSE(RecordsView::Decode(row).ok());
  EXPECT_TRUE(RecordsView::Decode(with(4, 150)).ok()) << "as long as they are in order";
}

TEST(RecordsPayloadTest, SurvivesMutation) {
  const std::string record(200, 'r');
  const std::string good = PayloadOf({record, record, record});
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good.substr(0, random.Uniform(good.size() + 1));
    if (bytes.size() > 16 && random.OneIn(2)) bytes = good;
    for (int i = 0; i < 3 && !bytes.empty(); ++i) {
      bytes[random.Uniform(std::min<size_t>(bytes.size(), 16))] = static_cast<char>(random.Next());
    }
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const auto view = RecordsView::Decode(std::string_view(exact.data(), exact.size()));
    size_t size = 0;
    for (size_t i = 0; view.ok() && i < view->size(); ++i) {
      size += view->record(i).bytes().size();
      ASSERT_GE(view->record(i).bytes().data(), exact.data());
    }
    ASSERT_LE(size, exact.size());
  }
}

}  // namespace
}  // namespace millrace
