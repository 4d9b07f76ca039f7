#include "server/protocol/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace millrace {
namespace {

TEST(WorkerPoolTest, TakesAsManyAsTheQueueHoldsAndNoMore) {
  WorkerPool pool(1, 2);
  std::promise<void> started, go;
  std::atomic<int> done{0};
  ASSERT_TRUE(pool.Submit([&](WorkerContext*) {
    started.set_value();
    go.get_future().wait();
    ++done;
  }));
  started.get_future().wait();  // it is running, no longer queued
  EXPECT_TRUE(pool.Submit([&](WorkerContext*) { ++done; }));
  EXPECT_TRUE(pool.Submit([&](WorkerContext*) { ++done; }));
  EXPECT_FALSE(pool.Submit([&](WorkerContext*) { ++done; }));
  go.set_value();
  pool.Stop();
  EXPECT_EQ(done, 3);  // what was taken was run
}

TEST(WorkerPoolTest, TakesNothingAfterStop) {
  WorkerPool pool(2, 8);
  pool.Stop();
  EXPECT_FALSE(pool.Submit([](WorkerContext*) {}));
}

}  // namespace
}  // namespace millrace
