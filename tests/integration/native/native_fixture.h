#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <millrace/client.h>
#include "engine/base/clock.h"
#include "engine/database.h"
#include "server/native/native_server.h"
#include "server/protocol/log.h"
#include "server/protocol/throughput.h"
#include "tests/support/temporary_directory.h"

namespace millrace {

class QuietLog final : public Log {
 public:
  void Info(std::string_view) override {}
  void Warning(std::string_view) override {}
  void Error(std::string_view text) override { ADD_FAILURE() << text; }
};

// A clock on which every look at it takes a moment: what has to wait gets its turn after so many
// looks, on a machine of any speed.
class SteppingClock final : public Clock {
 public:
  void SetStep(std::chrono::nanoseconds step) { step_ = step.count(); }
  int64_t WallMicros() const override { return MonotonicNanos() / 1000; }
  int64_t MonotonicNanos() const override { return nanos_ += step_; }

 private:
  std::atomic<int64_t> step_{0};
  mutable std::atomic<int64_t> nanos_{1};
};

// A database and a native server in this process: tables `people` (pk S) and `visits` (pk S, sk N).
class NativeTest : public testing::Test {
 protected:
  void SetUp() override {
    DatabaseOptions options;
    options.directory = directory_.path() + "/data";
    options.sync = false;
    database_ = std::move(Database::Open(options)).value();
    MakeTable("people", false);
    MakeTable("visits", true);
    services_.database = database_.get();
    services_.clock = &clock_;
    services_.throughput = &throughput_;
    services_.log = &log_;
    services_.scope = {"us-east-1", "000000000000"};
    StartServer();
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Stop();
    EXPECT_TRUE(database_->Close().ok());
  }
  void StartServer(size_t connections_max = 256) {
    if (server_ != nullptr) server_->Stop();
    NativeServerOptions options;
    options.endpoint = endpoint();
    options.version = "test";
    options.connections_max = connections_max;
    server_ = std::make_unique<NativeServer>();
    const Status started = server_->Start(services_, options);
    ASSERT_TRUE(started.ok()) << started.ToString();
  }
  void MakeTable(const std::string& name, bool sorted, int64_t read_units = 0) {
    TableSpec spec;
    if (read_units > 0) {
      spec.billing_mode = BillingMode::kProvisioned;
      spec.throughput = {read_units, 1000};
    }
    spec.name = name;
    spec.schema.hash = {"pk", ValueType::kString};
    if (sorted) spec.schema.range = KeyAttribute{"sk", ValueType::kNumber};
    ASSERT_TRUE(database_->CreateTable(spec).ok());
  }
  std::string path() const { return directory_.path() + "/native.sock"; }
  std::string endpoint() const { return "ipc://" + path(); }
  std::unique_ptr<Client> Connect(ClientOptions options = {}) {
    options.endpoint = endpoint();
    if (options.timeout == ClientOptions().timeout) options.timeout = std::chrono::seconds(60);
    auto client = Client::Connect(options);
    MILLRACE_CHECK(client.ok(), client.status().ToString());
    return std::move(client).value();
  }

  TemporaryDirectory directory_;
  SystemClock clock_;
  SteppingClock throughput_clock_;
  ThroughputLimiter throughput_{&throughput_clock_};
  QuietLog log_;
  Services services_;
  // Destroyed after the database is closed.
  std::unique_ptr<NativeServer> server_;
  std::unique_ptr<Database> database_;
};

}  // namespace millrace
