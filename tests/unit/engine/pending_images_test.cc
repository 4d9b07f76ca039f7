// What it means to hold keys: one, several, and when others have claimed them.

#include "engine/pending_images.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace millrace {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using Guard = PendingImages::Guard;

constexpr auto kEver = 1h;  // a test that waits so long has failed
constexpr auto kNever = 0ms;

PendingImages::Image ImageOf(uint64_t ticket) {
  PendingImages::Image image;
  image.bytes = std::make_shared<const std::string>(std::to_string(ticket));
  image.ticket = ticket;
  return image;
}

// The pending ticket of a key, 0 for none.
uint64_t TicketOf(PendingImages* images, std::string_view key) {
  const Guard guard(images, {key}, kEver);
  const std::optional<PendingImages::Image> image = guard.Find(key);
  return image ? image->ticket : 0;
}

TEST(PendingImagesTest, AGuardThatIsRefusedHoldsNothing) {
  PendingImages images;
  Guard held(&images, {"c", "x"}, kNever);
  ASSERT_TRUE(held.refused().empty());
  const Guard refused(&images, {"d", "c", "b", "a"}, kNever);
  EXPECT_EQ(refused.refused(), std::vector<std::string_view>{"c"});
  EXPECT_EQ(Guard(&images, {"x", "d", "c"}, kNever).refused(),
            (std::vector<std::string_view>{"c", "x"}));
  const Guard free(&images, {"a", "b", "d"}, kNever);
  EXPECT_TRUE(free.refused().empty());
}

// Of the keys beside it, some are of its stripe: their writers, and who drops their images, would
// stand still in this very thread.
TEST(PendingImagesTest, OneKeyHeldForLongHoldsUpNobodyElse) {
  PendingImages images;
  Guard held(&images, {"a"}, kNever, false);
  for (int i = 0; i < 5000; ++i) {
    const std::string beside = std::to_string(i);
    Guard guard(&images, {beside}, kNever);
    ASSERT_TRUE(guard.refused().empty());
    guard.Set(beside, ImageOf(i + 1));
    guard.Release();
    images.Drop(beside, i + 1);
  }
  EXPECT_EQ(Guard(&images, {"a"}, kNever).refused(), std::vector<std::string_view>{"a"});
  held.Set("a", ImageOf(9));
  held.Release();
  EXPECT_EQ(TicketOf(&images, "a"), 9u);
}

TEST(PendingImagesTest, OneKeyWaitsForAClaimToo) {
  PendingImages images;
  Guard held(&images, {"a", "b"}, kNever);
  EXPECT_EQ(Guard(&images, {"a"}, 1ms).refused(), std::vector<std::string_view>{"a"});
  std::promise<void> waiting;
  std::thread other([&] {
    waiting.set_value();
    EXPECT_TRUE(Guard(&images, {"a"}, kEver).refused().empty());
  });
  waiting.get_future().wait();
  held.Release();
  other.join();
}

// Ten thousand keys share 256 stripes: none is refused for another's sake.
TEST(PendingImagesTest, OnlyTheSameKeyConflicts) {
  PendingImages images;
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.push_back(std::to_string(i));
  const Guard held(&images, {names.begin(), names.begin() + 5'000}, kNever);
  for (auto name = names.begin() + 5'000; name != names.end(); ++name) {
    ASSERT_TRUE(Guard(&images, {*name}, kNever).refused().empty()) << *name;
  }
  EXPECT_TRUE(Guard(&images, {names.begin() + 5'000, names.end()}, kNever).refused().empty());
}

TEST(PendingImagesTest, AnImageStaysUntilItsTicketIsDropped) {
  PendingImages images;
  Guard(&images, {"a"}, kNever).Set("a", ImageOf(7));
  Guard(&images, {"b", "a"}, kNever).Set("b", ImageOf(8));
  EXPECT_EQ(TicketOf(&images, "a"), 7u);
  images.Drop("a", 6);
  EXPECT_EQ(TicketOf(&images, "a"), 7u);
  images.Drop("a", 7);
  EXPECT_EQ(TicketOf(&images, "a"), 0u);
  EXPECT_EQ(TicketOf(&images, "b"), 8u);
}

// The committer may have applied a commit before its images are set.
TEST(PendingImagesTest, WhatIsAppliedIsNotSetAnyMore) {
  PendingImages images;
  Guard(&images, {"a"}, kNever).Set("a", ImageOf(1));
  {
    Guard guard(&images, {"a", "b"}, kNever);
    images.Drop("a", 1);  // an earlier one's
    images.Drop("a", 2);
    guard.Set("a", ImageOf(2));
    guard.Set("b", ImageOf(2));
    images.Drop("b", 2);
  }
  EXPECT_EQ(TicketOf(&images, "a"), 0u);
  EXPECT_EQ(TicketOf(&images, "b"), 0u);
  // The claim's memory went with it.
  Guard(&images, {"a"}, kNever).Set("a", ImageOf(2));
  EXPECT_EQ(TicketOf(&images, "a"), 2u);
}

// Threads that take overlapping keys in all orders finish, and never hold one key together.
TEST(PendingImagesTest, NobodyWaitsInACircle) {
  PendingImages images;
  const std::vector<std::string_view> names = {"a", "b", "c", "d", "e"};
  std::vector<int> counts(names.size());  // guarded by the keys
  constexpr int kThreads = 4;
  constexpr int kRounds = 2'000;
  const auto run = [&](size_t thread) {
    for (size_t round = 0; round < kRounds; ++round) {
      const size_t first = (round + thread) % names.size();
      const size_t second = (first + 1 + round % (names.size() - 1)) % names.size();
      const bool alone = round % 3 == 0;
      const Guard guard(&images,
                        alone ? std::vector<std::string_view>{names[first]}
                              : std::vector<std::string_view>{names[first], names[second]},
                        kEver);
      ASSERT_TRUE(guard.refused().empty());
      ++counts[first];
      if (!alone) ++counts[second];
    }
  };
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) threads.emplace_back(run, thread);
  for (std::thread& thread : threads) thread.join();
  int sum = 0;
  for (const int count : counts) sum += count;
  int expected = 0;
  for (int round = 0; round < kRounds; ++round) expected += round % 3 == 0 ? 1 : 2;
  EXPECT_EQ(sum, kThreads * expected);
}

}  // namespace
}  // namespace millrace
