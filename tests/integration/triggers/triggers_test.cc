// The trigger service over a real database and real, sandboxed handler processes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>

#include "engine/base/random.h"
#include "engine/database.h"
#include "engine/model/change_record.h"
#include "tests/support/eventually.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

constexpr std::chrono::seconds kPatience{30};

TableSpec Spec(const std::string& name, bool stream) {
  TableSpec spec;
  spec.name = name;
  spec.schema.hash = {"pk", ValueType::kString};
  if (stream) spec.stream = StreamViewType::kNewAndOldImages;
  return spec;
}

class TriggersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/triggers_testXXXXXX";
    directory_ = mkdtemp(name);
    sandbox_.store_directory = directory_ + "/functions";
    sandbox_.launcher = MILLRACE_BINARY_DIR "/millrace-sandbox";
    options_.scope.region = "local";
    options_.sandbox = ProbeSandbox(sandbox_);
    options_.retry_backoff = std::chrono::milliseconds(1);
    options_.retry_backoff_max = std::chrono::milliseconds(20);
    ASSERT_TRUE(options_.sandbox.ok()) << options_.sandbox.ToString();
    Open();
    ASSERT_TRUE(database_->CreateTable(Spec("source", true)).ok());
    ASSERT_TRUE(database_->CreateTable(Spec("effects", false)).ok());
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    DatabaseOptions options;
    options.directory = directory_ + "/data";
    options.log_segment_size = uint64_t{16} << 20;
    auto database = Database::Open(options);
    ASSERT_TRUE(database.ok()) << database.status().ToString();
    database_ = std::move(database).value();
    auto spawner = MakeSandboxSpawner(sandbox_);
    ASSERT_TRUE(spawner.ok()) << spawner.status().ToString();
    spawner_ = std::move(spawner).value();
    auto service = TriggerService::Start(database_.get(), spawner_.get(), &clock_, options_);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = std::move(service).value();
  }
  void Close() {
    if (service_) service_->Stop();
    service_.reset();
    spawner_.reset();
    if (database_) {
      EXPECT_TRUE(database_->Close().ok());
    }
    database_.reset();
  }
  void Write(int key, int n, bool poison = false) {
    const std::string pk = "k" + std::to_string(key);
    Value::Map map{{"n", Value::OfNumber(Number::FromInt(int64_t{n}))}, {"pk", Value::String(pk)}};
    if (poison) map.emplace_back("poison", Value::Bool(true));
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = database_->FindTable("source");
    request.writes[0].key.pk = pk;
    request.writes[0].item = EncodeItem(Value::OfMap(std::move(map)));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  void AddFunction(const std::string& mode, uint32_t timeout = 3) {
    FunctionSpec spec;
    spec.name = "f";
    spec.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
    spec.environment = {{"MODE", mode}};
    spec.timeout_seconds = timeout;
    const auto function = service_->CreateFunction(spec);
    ASSERT_TRUE(function.ok()) << function.status().ToString();
  }
  std::string AddMapping(uint32_t batch_size, int retries = -1,
                         const std::string& dead_letters = "") {
    MappingSpec spec;
    spec.function = "f";
    spec.event_source = "source";
    spec.batch_size = batch_size;
    spec.starting_position = StartingPosition::kTrimHorizon;
    spec.maximum_retry_attempts = retries;
    spec.dead_letter_table = dead_letters;
    const auto mapping = service_->CreateEventSourceMapping(spec);
    EXPECT_TRUE(mapping.ok()) << mapping.status().ToString();
    return mapping.ok() ? mapping->uuid : "";
  }
  bool AwaitFinished(const std::string& uuid, uint64_t records) {
    return Eventually(kPatience, [&] {
      const auto mapping = service_->GetEventSourceMapping(uuid);
      return mapping.ok() && mapping->records_finished >= records;
    });
  }
  std::map<std::string, int64_t> Effects() {
    std::map<std::string, int64_t> effects;
    PageRequest request;
    request.table = database_->FindTable("effects");
    const auto page = database_->ReadPage(request);
    EXPECT_TRUE(page.ok());
    for (const std::string& bytes : page->items) {
      const ItemView item(bytes);
      int64_t count = std::stoll(item.Find("records")->number().ToString());
      effects[std::string(item.Find("pk")->text())] = count;
    }
    return effects;
  }
  int64_t Total() {
    int64_t total = 0;
    for (const auto& [key, count] : Effects()) total += count;
    return total;
  }
  std::string AllLogs() {
    std::string text;
    const auto page = service_->Logs("f", 0);
    EXPECT_TRUE(page.ok());
    for (const LogLine& line : page->lines) text += line.text + "\n";
    return text;
  }

  std::string directory_;
  SandboxOptions sandbox_;
  TriggerOptions options_;
  SystemClock clock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Spawner> spawner_;
  std::unique_ptr<TriggerService> service_;
};

TEST_F(TriggersTest, EachRecordHasItsEffectOnce) {
  AddFunction("count");
  for (int n = 0; n < 100; ++n) Write(n % 10, n);
  const std::string uuid = AddMapping(7);
  for (int n = 100; n < 200; ++n) Write(n % 10, n);
  ASSERT_TRUE(AwaitFinished(uuid, 200)) << AllLogs();
  const auto effects = Effects();
  ASSERT_EQ(effects.size(), 10u);
  for (const auto& [key, count] : effects) EXPECT_EQ(count, 20) << key;
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 200u);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->last_processing_result, "OK");
}

TEST_F(TriggersTest, HandlersRead) {
  AddFunction("get");
  Write(0, 1);
  ASSERT_TRUE(AwaitFinished(AddMapping(10), 1)) << AllLogs();
}

class Misbehaviour : public TriggersTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Misbehaviour, IsRetriedAndNothingIsLost) {
  AddFunction(GetParam(), 1);
  for (int n = 0; n < 50; ++n) Write(n % 5, n, n == 20);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(AwaitFinished(uuid, 50)) << AllLogs();
  EXPECT_EQ(Total(), 50);
  EXPECT_NE(AllLogs().find(std::string("attempt 1 of ") + GetParam()), std::string::npos)
      << AllLogs();
  EXPECT_GE(service_->GetStatus().process_crashes, 1u);
}
INSTANTIATE_TEST_SUITE_P(All, Misbehaviour, ::testing::Values("crash", "hang", "lie"));

TEST_F(TriggersTest, ExhaustedRecordsGoToTheDeadLetters) {
  AddFunction("fail");
  for (int n = 0; n < 20; ++n) Write(n % 5, n, n == 7);
  const std::string uuid = AddMapping(1, 2, "dead");
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 19);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->dead_letters, 1u);
  PageRequest request;
  request.table = database_->FindTable("dead");
  const auto page = database_->ReadPage(request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1u);
  const ItemView item(page->items[0]);
  EXPECT_EQ(item.Find("attempts")->number().ToString(), "3");
  EXPECT_EQ(item.Find("error_message")->text(), "poison");
  const RecordView record(item.Find("record")->text());
  EXPECT_TRUE(ValidateRecord(record.bytes()).ok());
  EXPECT_EQ(record.new_image().Find("n")->number().ToString(), "7");
}

TEST_F(TriggersTest, GoesOnAfterARestartMidBacklog) {
  AddFunction("count");
  const std::string uuid = AddMapping(3);
  for (int round = 0; round < 4; ++round) {
    for (int n = 0; n < 100; ++n) Write(n % 10, round * 100 + n);
    ASSERT_TRUE(AwaitFinished(uuid, static_cast<uint64_t>(round) * 100 + 30)) << AllLogs();
    Close();
    Open();
  }
  ASSERT_TRUE(AwaitFinished(uuid, 400)) << AllLogs();
  EXPECT_EQ(Total(), 400);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 400u);
}

TEST_F(TriggersTest, AClosedStreamIsDrainedToItsEnd) {
  AddFunction("count");
  for (int n = 0; n < 10; ++n) Write(n, n);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(database_->DisableStream("source").ok());
  for (int n = 10; n < 20; ++n) Write(n - 10, n);  // beside any stream
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const auto mapping = service_->GetEventSourceMapping(uuid);
    for (const ShardProgress& shard : mapping->shards) {
      if (!shard.ended) return false;
    }
    return true;
  }));
  EXPECT_EQ(Total(), 10);
  // Its checkpoints are at the end, so that a restart doesn't miss what was trimmed meanwhile.
  EXPECT_TRUE(Eventually(kPatience, [&] { return service_->OldestNeeded() == Lsn(UINT64_MAX); }));
}

TEST_F(TriggersTest, RefusalsAreLambdas) {
  MappingSpec mapping;
  mapping.function = "nobody";
  mapping.event_source = "source";
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kResourceNotFound));
  AddFunction("count");
  FunctionSpec twice;
  twice.name = "f";
  twice.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
  EXPECT_EQ(service_->CreateFunction(twice).status().ToString(),
            "ResourceConflictException: Function already exist: f");
  mapping.function = "f";
  mapping.event_source = "effects";
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kInvalidParameterValue));
  mapping.event_source = "source";
  const auto made = service_->CreateEventSourceMapping(mapping);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kResourceConflict));
  EXPECT_TRUE(service_->DeleteFunction("f").Is(ErrorCode::kResourceConflict));
  EXPECT_TRUE(service_->DeleteEventSourceMapping(made->uuid).ok());
  EXPECT_TRUE(
      service_->DeleteEventSourceMapping(made->uuid).status().Is(ErrorCode::kResourceNotFound));
  EXPECT_TRUE(service_->DeleteFunction("f").ok());
  EXPECT_TRUE(database_->ListCells("checkpoint/")->empty());
}

TEST_F(TriggersTest, LogsCanBeFollowed) {
  AddFunction("count");
  std::promise<void> woken;
  service_->NotifyLogs("f", 0, [&woken] { woken.set_value(); });
  AddMapping(10);
  ASSERT_EQ(woken.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_NE(AllLogs().find("ready after"), std::string::npos);
}

}  // namespace
}  // namespace millrace
