#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/base/random.h"
#include "engine/database.h"
#include "engine/model/item.h"
#include "tests/support/eventually.h"
#include "tests/support/sanitized_handlers.h"
#include "triggers/trigger_service.h"

// A trigger service over a real database and real, sandboxed processes of test_handler.cc.
namespace millrace {

inline constexpr std::chrono::seconds kPatience{30};

inline TableSpec Spec(const std::string& name, bool stream) {
  TableSpec spec;
  spec.name = name;
  spec.schema.hash = {"pk", ValueType::kString};
  if (stream) spec.stream = StreamViewType::kNewAndOldImages;
  return spec;
}

// The machine's clocks; the wall clock can be moved on.
class MovableClock final : public Clock {
 public:
  int64_t WallMicros() const override { return clock_.WallMicros() + moved_micros_.load(); }
  int64_t MonotonicNanos() const override { return clock_.MonotonicNanos(); }
  void MoveWall(std::chrono::microseconds by) { moved_micros_ += by.count(); }

 private:
  SystemClock clock_;
  std::atomic<int64_t> moved_micros_{0};
};

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
    ASSERT_TRUE(database_->CreateTable(Spec("gates", false)).ok());
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    DatabaseOptions options;
    options.directory = directory_ + "/data";
    options.log_segment_size = segment_size_;
    auto database = Database::Open(options);
    ASSERT_TRUE(database.ok()) << database.status().ToString();
    database_ = std::move(database).value();
    auto spawner = MakeTestSpawner(sandbox_);
    ASSERT_TRUE(spawner.ok()) << spawner.status().ToString();
    spawner_ = std::move(spawner).value();
    auto service = TriggerService::Start(ServedDatabase(), spawner_.get(), &clock_, options_);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = std::move(service).value();
  }
  // What the service works on.
  virtual Database* ServedDatabase() { return database_.get(); }
  void Close() {
    if (service_) service_->Stop();
    service_.reset();
    spawner_.reset();
    if (database_) {
      EXPECT_TRUE(database_->Close().ok());
    }
    database_.reset();
  }
  void Write(int key, int n, bool poison = false, size_t padding = 0) {
    const std::string pk = "k" + std::to_string(key);
    Value::Map map{{"n", Value::OfNumber(Number::FromInt(int64_t{n}))}, {"pk", Value::String(pk)}};
    if (poison) map.emplace_back("poison", Value::Bool(true));
    if (padding > 0) map.emplace_back("padding", Value::String(std::string(padding, 'x')));
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = database_->FindTable("source");
    request.writes[0].key.pk = pk;
    request.writes[0].item = EncodeItem(Value::OfMap(std::move(map)));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  // Lets handlers of the mode "gate" go on.
  void OpenGate() {
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = database_->FindTable("gates");
    request.writes[0].key.pk = "gate";
    request.writes[0].item = EncodeItem(Value::OfMap({{"pk", Value::String("gate")}}));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  void AddFunction(const std::string& mode, uint32_t timeout = 3, uint32_t processes = 1) {
    FunctionSpec spec;
    spec.name = "f";
    spec.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
    spec.environment = {{"MODE", mode}};
    spec.timeout_seconds = timeout;
    spec.processes = processes;
    const auto function = service_->CreateFunction(spec);
    ASSERT_TRUE(function.ok()) << function.status().ToString();
  }
  std::string AddMapping(uint32_t batch_size, int retries = -1,
                         const std::string& dead_letters = "") {
    MappingSpec spec = Mapping(batch_size);
    spec.maximum_retry_attempts = retries;
    spec.dead_letter_table = dead_letters;
    return AddMapping(spec);
  }
  static MappingSpec Mapping(uint32_t batch_size) {
    MappingSpec spec;
    spec.function = "f";
    spec.event_source = "source";
    spec.batch_size = batch_size;
    spec.starting_position = StartingPosition::kTrimHorizon;
    return spec;
  }
  std::string AddMapping(const MappingSpec& spec) {
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

  uint64_t segment_size_ = uint64_t{16} << 20;
  std::string directory_;
  SandboxOptions sandbox_;
  TriggerOptions options_;
  MovableClock clock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Spawner> spawner_;
  std::unique_ptr<TriggerService> service_;
};

}  // namespace millrace
