// Handlers that hold up, flood or die, and what becomes of the others.
#include <sys/resource.h>

#include "tests/integration/triggers/slow_reads.h"
#include "tests/integration/triggers/trigger_fixture.h"

namespace millrace {
namespace {

int64_t PeakMemoryMb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

class HostileTest : public TriggersTest {};

TEST_F(HostileTest, PartsWithoutEndCostNoMemory) {
  AddFunction("flood", 20);  // long enough to send gigabytes, if that worked
  for (int n = 0; n < 20; ++n) Write(n % 5, n, n == 7);
  const int64_t before = PeakMemoryMb();
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 20);
  EXPECT_NE(AllLogs().find("a message of several parts"), std::string::npos) << AllLogs();
  if (!kSanitized) {
    EXPECT_LT(PeakMemoryMb() - before, 64);
  }
}

TEST_F(HostileTest, ASecondConnectionIsRefused) {
  AddFunction("again");
  for (int n = 0; n < 20; ++n) Write(n % 5, n);
  ASSERT_TRUE(AwaitFinished(AddMapping(10), 20)) << AllLogs();
  EXPECT_EQ(Total(), 20);
  EXPECT_NE(AllLogs().find("a second connection is Connection refused"), std::string::npos)
      << AllLogs();
}

// Retried without an end to the attempts, although no attempt is left: none was made.
TEST_F(HostileTest, ADeathBeforeTheFunctionIsNoAttempt) {
  AddFunction("die");
  Write(0, 1);
  const std::string uuid = AddMapping(10, 0, "dead");
  ASSERT_TRUE(Eventually(kPatience, [&] { return service_->GetStatus().failed_invocations >= 3; }))
      << AllLogs();
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->dead_letters, 0u);
  EXPECT_NE(AllLogs().find("attempt 1)"), std::string::npos) << AllLogs();
  EXPECT_EQ(AllLogs().find("attempt 2)"), std::string::npos) << AllLogs();
  FunctionChange change;
  change.environment = EnvironmentVariables{{"MODE", "count"}};
  ASSERT_TRUE(service_->UpdateFunctionConfiguration("f", change).ok());
  ASSERT_TRUE(AwaitFinished(uuid, 1)) << AllLogs();
  EXPECT_EQ(Total(), 1);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->dead_letters, 0u);
}

TEST_F(HostileTest, RecordsThatAlwaysKillBeforeTheFunctionAreGivenUpInTheEnd) {
  AddFunction("die");
  Write(0, 1);
  const std::string uuid = AddMapping(10, 0, "dead");
  ASSERT_TRUE(AwaitFinished(uuid, 1)) << AllLogs();
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->dead_letters, 1u);
}

class SlowReadsTest : public TriggersTest {
 protected:
  void TearDown() override {
    if (slow_) slow_->Release();
    TriggersTest::TearDown();
  }
  Database* ServedDatabase() override {
    slow_ = std::make_unique<SlowReads>(database_.get(), "gates");
    return slow_.get();
  }
  std::unique_ptr<SlowReads> slow_;
};

TEST_F(SlowReadsTest, AReadThatWaitsForTheDiskHoldsUpNobodyElse) {
  AddFunction("gate", 60);
  FunctionSpec other;
  other.name = "g";
  other.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
  other.environment = {{"MODE", "noop"}};
  ASSERT_TRUE(service_->CreateFunction(other).ok());
  OpenGate();
  for (int n = 0; n < 20; ++n) Write(n % 5, n);
  const std::string uuid = AddMapping(100);
  ASSERT_TRUE(Eventually(kPatience, [&] { return slow_->waiting() == 1; })) << AllLogs();
  MappingSpec spec;
  spec.function = "g";
  spec.event_source = "source";
  spec.starting_position = StartingPosition::kTrimHorizon;
  const auto mapping = service_->CreateEventSourceMapping(spec);
  ASSERT_TRUE(mapping.ok());
  ASSERT_TRUE(AwaitFinished(mapping->uuid, 20));
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 0u);
  EXPECT_EQ(slow_->waiting(), 1);
  slow_->Release();
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 20);
}

}  // namespace
}  // namespace millrace
