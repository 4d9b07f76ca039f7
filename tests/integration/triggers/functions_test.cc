// Functions that change while they work, and their processes.
#include <algorithm>
#include <fstream>
#include <future>

#include "tests/integration/triggers/trigger_fixture.h"

namespace millrace {
namespace {

class FunctionsTest : public TriggersTest {
 protected:
  FunctionDescription Function() {
    auto function = service_->GetFunction("f");
    EXPECT_TRUE(function.ok()) << function.status().ToString();
    return function.ok() ? *function : FunctionDescription();
  }
  size_t CountBusy() {
    const FunctionDescription function = Function();
    return static_cast<size_t>(
        std::count_if(function.processes.begin(), function.processes.end(),
                      [](const ProcessDescription& p) { return p.state == "Busy"; }));
  }
  // The handler with another digest.
  std::string OtherCode() {
    const std::string path = directory_ + "/other";
    std::filesystem::copy_file(MILLRACE_BINARY_DIR "/triggers_test_handler", path);
    std::ofstream(path, std::ios::app) << "more";
    return path;
  }
};

TEST_F(FunctionsTest, ABusyProcessIsReplacedAfterItsBatch) {
  AddFunction("gate", 30);
  const std::string before = Function().code_sha256;
  for (int n = 0; n < 20; ++n) Write(n % 5, n);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(Eventually(kPatience, [&] { return CountBusy() == 1; })) << AllLogs();
  const auto updated = service_->UpdateFunctionCode("f", OtherCode());
  ASSERT_TRUE(updated.ok()) << updated.status().ToString();
  EXPECT_NE(updated->code_sha256, before);
  ASSERT_EQ(updated->processes.size(), 1u);
  EXPECT_EQ(updated->processes[0].code_sha256, before) << "it is busy";
  OpenGate();
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 20);
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const FunctionDescription function = Function();
    return function.ready_processes == 1 && function.processes[0].code_sha256 != before;
  }));
  EXPECT_NE(AllLogs().find("code " + before.substr(0, 12)), std::string::npos) << AllLogs();
  EXPECT_NE(AllLogs().find("code " + updated->code_sha256.substr(0, 12)), std::string::npos);
  EXPECT_EQ(service_->GetStatus().failed_invocations, 0u);
  EXPECT_EQ(service_->GetStatus().process_crashes, 0u) << "a replaced process is no crash";
  Close();
  Open();
  EXPECT_EQ(Function().code_sha256, updated->code_sha256);
}

TEST_F(FunctionsTest, UpdatesUnderLoadLoseNothing) {
  AddFunction("count", 3, 2);
  const std::string uuid = AddMapping(3);
  const std::string codes[] = {OtherCode(), MILLRACE_BINARY_DIR "/triggers_test_handler"};
  for (int n = 0; n < 300; ++n) {
    Write(n % 10, n);
    if (n % 30 == 0) {
      ASSERT_TRUE(service_->UpdateFunctionCode("f", codes[n / 30 % 2]).ok());
    }
  }
  ASSERT_TRUE(AwaitFinished(uuid, 300)) << AllLogs();
  EXPECT_EQ(Total(), 300);
  EXPECT_EQ(service_->GetStatus().failed_invocations, 0u) << AllLogs();
}

TEST_F(FunctionsTest, AnotherEnvironmentReachesTheBatchThatFailed) {
  AddFunction("fail");
  Write(0, 1, true);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(Eventually(kPatience, [&] { return service_->GetStatus().failed_invocations > 1; }));
  FunctionChange change;
  change.environment = EnvironmentVariables{{"MODE", "count"}};
  change.timeout_seconds = 9;
  change.memory_mb = 256;
  change.description = "mended";
  const auto updated = service_->UpdateFunctionConfiguration("f", change);
  ASSERT_TRUE(updated.ok()) << updated.status().ToString();
  ASSERT_TRUE(AwaitFinished(uuid, 1)) << AllLogs();
  Close();
  Open();
  const FunctionSpec spec = Function().spec;
  EXPECT_EQ(spec.timeout_seconds, 9u);
  EXPECT_EQ(spec.memory_mb, 256u);
  EXPECT_EQ(spec.description, "mended");
  EXPECT_EQ(spec.environment, *change.environment);
  EXPECT_EQ(spec.processes, 1u) << "what isn't given stays";
}

TEST_F(FunctionsTest, SeveralProcessesWorkAtOnceAndInOrder) {
  AddFunction("gate", 30, 4);
  for (int n = 0; n < 200; ++n) Write(n % 50, n);  // of all shards
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(Eventually(kPatience, [&] { return CountBusy() == 4; })) << AllLogs();
  OpenGate();
  ASSERT_TRUE(AwaitFinished(uuid, 200)) << AllLogs();
  EXPECT_EQ(Total(), 200);  // the handler refuses what comes out of order
  EXPECT_EQ(service_->GetStatus().failed_invocations, 0u) << AllLogs();
  FunctionChange fewer;
  fewer.processes = 1;
  ASSERT_TRUE(service_->UpdateFunctionConfiguration("f", fewer).ok());
  ASSERT_TRUE(Eventually(kPatience, [&] { return Function().processes.size() == 1; }));
}

TEST_F(FunctionsTest, ProcessesAreBoundedInTotal) {
  Close();
  options_.processes_max = 2;
  Open();
  AddFunction("gate", 30, 4);
  for (int n = 0; n < 200; ++n) Write(n % 50, n);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return CountBusy() == 2 && AllLogs().find("no further process") != std::string::npos;
  })) << AllLogs();
  EXPECT_EQ(Function().processes.size(), 2u);
  OpenGate();
  ASSERT_TRUE(AwaitFinished(uuid, 200)) << AllLogs();
  EXPECT_EQ(Total(), 200);
  // Another function gets room, although both are idle and alive.
  FunctionSpec other;
  other.name = "g";
  other.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
  other.environment = {{"MODE", "noop"}};
  ASSERT_TRUE(service_->CreateFunction(other).ok());
  MappingSpec spec;
  spec.function = "g";
  spec.event_source = "source";
  spec.starting_position = StartingPosition::kTrimHorizon;
  const auto mapping = service_->CreateEventSourceMapping(spec);
  ASSERT_TRUE(mapping.ok());
  ASSERT_TRUE(AwaitFinished(mapping->uuid, 200)) << AllLogs();
  EXPECT_EQ(Function().processes.size(), 1u);
}

TEST_F(FunctionsTest, WhatCannotBeIsRefusedAndChangesNothing) {
  AddFunction("count");
  const FunctionDescription before = Function();
  EXPECT_EQ(service_->UpdateFunctionCode("f", "/no/such/file").status().code(),
            ErrorCode::kInvalidParameterValue);
  EXPECT_EQ(service_->UpdateFunctionCode("g", "/bin/true").status().ToString(),
            "ResourceNotFoundException: Function not found: "
            "arn:aws:lambda:local:000000000000:function:g");
  EXPECT_TRUE(
      service_->UpdateFunctionConfiguration("g", {}).status().Is(ErrorCode::kResourceNotFound));
  const auto refused = [&](auto member, auto value) {
    FunctionChange change;
    change.*member = value;
    return service_->UpdateFunctionConfiguration("f", change)
        .status()
        .Is(ErrorCode::kInvalidParameterValue);
  };
  EXPECT_TRUE(refused(&FunctionChange::processes, 0u));
  EXPECT_TRUE(refused(&FunctionChange::processes, 65u));
  EXPECT_FALSE(refused(&FunctionChange::processes, 64u));
  EXPECT_TRUE(refused(&FunctionChange::timeout_seconds, 0u));
  EXPECT_TRUE(refused(&FunctionChange::timeout_seconds, 901u));
  EXPECT_TRUE(refused(&FunctionChange::memory_mb, 127u));
  EXPECT_TRUE(refused(&FunctionChange::memory_mb, 10'241u));
  EXPECT_TRUE(refused(&FunctionChange::environment, EnvironmentVariables{{"MILLRACE_X", "1"}}));
  EXPECT_EQ(Function().code_sha256, before.code_sha256);
  EXPECT_EQ(Function().spec.environment, before.spec.environment);
}

TEST_F(FunctionsTest, WhoeverWaitsForTheLogOfADeletedFunctionIsWoken) {
  AddFunction("count");
  std::promise<void> woken;
  EXPECT_NE(service_->AwaitLogs("f", 0, [&woken] { woken.set_value(); }), 0u);
  bool cancelled_woken = false;
  service_->CancelAwaitLogs("f", service_->AwaitLogs("f", 0, [&] { cancelled_woken = true; }));
  ASSERT_TRUE(service_->DeleteFunction("f").ok());
  ASSERT_EQ(woken.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_FALSE(cancelled_woken);
  EXPECT_TRUE(service_->Logs("f", 0).status().Is(ErrorCode::kResourceNotFound));
  // Made again, it begins anew.
  AddFunction("count");
  EXPECT_TRUE(service_->Logs("f", 0)->lines.empty());
}

}  // namespace
}  // namespace millrace
