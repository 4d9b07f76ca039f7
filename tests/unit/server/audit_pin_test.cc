// The operation that audits a table keeps the log that it reads, although all of it is old enough
// to go and the retention runs whenever the audit turns to the log.
#include <atomic>
#include <functional>
#include <string>

#include "engine/json/json.h"
#include "server/protocol/audit_operations.h"
#include "server/protocol/call.h"
#include "streams/reader_pins.h"
#include "streams/retention.h"
#include "tests/support/forwarding_database.h"
#include "tests/unit/server/old_log.h"

namespace millrace {
namespace {

// The database below it; each time that somebody asks it for the log, except the first, `on_log` is
// called before.
class WatchedDatabase final : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  std::function<void()> on_log;
  int logs = 0;

  CommitLog* log() override {
    if (logs++ > 0) on_log();
    return ForwardingDatabase::log();
  }
};

// Takes a reply, and sends it to nobody.
class SilentExchange final : public Exchange {
 public:
  const HttpRequest& request() const override { return request_; }
  std::string_view request_id() const override { return "ID"; }
  std::string* reply_body() override { return &reply_; }
  IoExecutor* io_thread() override { return nullptr; }
  void Send(int, ContentType) override {}

 private:
  HttpRequest request_;
  std::string reply_;
};

class AuditPinTest : public OldLogTest {
 protected:
  AuditPinTest() { GrowOld(); }
  // The audit's reply; an error is the reply's text.
  std::string Audit(ReaderPins* pins) {
    WatchedDatabase watched(database_.get());
    Retention retention(database_.get(), &clock_, {&pins_});
    watched.on_log = [&retention] { ASSERT_TRUE(retention.Run().ok()); };
    const std::atomic<bool> stopping{false};
    Services services;
    services.database = &watched;
    services.reader_pins = pins;
    services.clock = &clock_;
    services.scope = ArnScope{"us-east-1", "000000000000"};
    services.scratch_directory = directory_.path() + "/scratch";
    services.stopping = &stopping;
    SilentExchange exchange;
    const Operation operation;
    Call call(services, nullptr, &exchange, operation, true);
    JsonParser parser;
    call.input = Members(parser.Parse(R"({"TableName": "t"})").value());
    const Status status = VerifyTableFromLog(&call);
    EXPECT_GT(watched.logs, 1);
    return status.ok() ? *exchange.reply_body() : status.ToString();
  }

  ReaderPins pins_;
};

TEST_F(AuditPinTest, TheLogStaysWhileAnAuditReadsIt) {
  const Lsn first = database_->log()->first_lsn();
  const std::string reply = Audit(&pins_);
  EXPECT_NE(reply.find(R"("Equal":true)"), std::string::npos) << reply;
  EXPECT_NE(reply.find(R"("BeginningTrimmed":false)"), std::string::npos) << reply;
  EXPECT_NE(reply.find(R"("Records":300)"), std::string::npos) << reply;
  EXPECT_EQ(database_->log()->first_lsn(), first);
  EXPECT_TRUE(pins_.Pins().empty());  // afterwards nothing holds it
}

// That the test above could fail: the same audit with no one to keep the log for it.
TEST_F(AuditPinTest, WithoutAPinTheSameAuditLosesIt) {
  const Lsn first = database_->log()->first_lsn();
  const std::string reply = Audit(nullptr);
  EXPECT_EQ(reply.find(R"("Equal":true)"), std::string::npos) << reply;
  EXPECT_GT(database_->log()->first_lsn(), first);
}

}  // namespace
}  // namespace millrace
