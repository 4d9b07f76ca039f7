#include "connectors/import/importer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "engine/json/json.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/import/text_source.h"

namespace millrace {
namespace {

// A table as a server keeps it, and orders to misbehave.
class FakeServer {
 public:
  ImportConnector Connector() {
    return [this] { return std::make_unique<Connection>(this); };
  }
  std::map<std::string, std::string> Items() const {
    const std::lock_guard lock(mutex_);
    return items_;
  }
  void FailAfter(int batches) { fail_after_ = batches; }
  void ThrottleEvery(int n) { throttle_every_ = n; }
  void Refuse(std::string pk) { refused_ = std::move(pk); }
  // Holds one batch back, of a connection that does not send the refused item, until that item has
  // been reported, and then fails for good. Null: no longer.
  void FailOnce(const std::atomic<bool>* reported) {
    reported_ = reported;
    held_.clear();
    refused_by_ = nullptr;
  }
  int batches() const { return batches_; }

 private:
  class Connection final : public ImportConnection {
   public:
    explicit Connection(FakeServer* server) : server_(server) {}
    Result<Reply> BatchWriteItem(std::string_view body) override {
      return server_->Write(this, body);
    }

   private:
    FakeServer* server_;
  };

  Result<ImportConnection::Reply> Write(const Connection* by, std::string_view body) {
    const std::lock_guard lock(mutex_);
    ++batches_;
    if (fail_after_ >= 0 && batches_ > fail_after_) {
      return ImportConnection::Reply{400, kDenied};
    }
    if (throttle_every_ > 0 && batches_ % throttle_every_ == 0) {
      return ImportConnection::Reply{400, kThrottled};
    }
    JsonParser parser;
    const auto root = parser.Parse(body);
    std::map<std::string, std::string> puts;
    bool duplicate = false;
    const Status read = root->Find("RequestItems")->Find("t")->ForEachElement([&](JsonValue put) {
      const JsonValue item = *put.Find("PutRequest")->Find("Item");
      const std::string pk(item.Find("pk")->Find("S")->string());
      const auto n = item.Find("n");
      duplicate |= !puts.emplace(pk, n ? std::string(n->Find("N")->string()) : "").second;
      return Status::Ok();
    });
    EXPECT_TRUE(read.ok());
    EXPECT_FALSE(duplicate);
    EXPECT_LE(puts.size(), 25u);
    if (puts.count(refused_) > 0) refused_by_ = by;
    if (reported_ != nullptr && by != refused_by_) {
      if (held_.empty()) held_ = puts.begin()->first;
      if (puts.count(held_) > 0) {
        return ImportConnection::Reply{400, *reported_ ? kDenied : kThrottled};
      }
    }
    if (puts.count(refused_) > 0) {
      return ImportConnection::Reply{400, R"({"__type":"x#ValidationException","message":"bad"})"};
    }
    for (const auto& [pk, n] : puts) items_[pk] = n;
    return ImportConnection::Reply{200, R"({"UnprocessedItems":{}})"};
  }

  static constexpr const char* kDenied = R"({"__type":"x#AccessDeniedException","message":"no"})";
  static constexpr const char* kThrottled =
      R"({"__type":"x#ThrottlingException","message":"slow"})";

  mutable std::mutex mutex_;
  std::map<std::string, std::string> items_;
  int batches_ = 0;
  int fail_after_ = -1;
  int throttle_every_ = 0;
  std::string refused_;
  const Connection* refused_by_ = nullptr;
  const std::atomic<bool>* reported_ = nullptr;
  std::string held_;  // a key of the batch
};

class Observer final : public ImportObserver {
 public:
  void OnResumed(const std::string&, uint64_t line) override { resumed_at = line; }
  void OnBad(const std::string&, uint64_t line, const std::string& reason) override {
    bad[line] = reason;
    reported = true;
  }
  void OnProgress(const ImportProgress&) override {}
  bool Stopping() override { return false; }
  std::map<uint64_t, std::string> bad;
  std::atomic<bool> reported{false};  // is there one
  uint64_t resumed_at = 0;
};

class ImporterTest : public testing::Test {
 protected:
  ImporterTest() {
    options_.table = "t";
    options_.table_id = "id";
    options_.schema.hash = {"pk", ValueType::kString};
    options_.connections = 4;
    options_.paths = {directory_.path() + "/input"};
    options_.resume_path = directory_.path() + "/resume";
  }
  void Write(const std::string& text) { std::ofstream(options_.paths[0]) << text; }
  Result<ImportEnd> Run() {
    Importer importer(options_, server_.Connector(), FileSystem::Posix(), &clock_, &observer_);
    const Status checked = importer.Check();
    Result<ImportEnd> end = checked.ok() ? importer.Run() : Result<ImportEnd>(checked);
    progress_ = importer.progress();
    return end;
  }
  bool HasResumeFile() const { return std::ifstream(options_.resume_path).good(); }
  // 997 keys over and over; the last line of each counts.
  static std::string Lines(int count, std::map<std::string, std::string>* expected) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string pk = "k" + std::to_string(i * 7 % 997);
      text += R"({"Item":{"pk":{"S":")" + pk + R"("},"n":{"N":")" + std::to_string(i) + "\"}}}\n";
      (*expected)[pk] = std::to_string(i);
    }
    return text;
  }

  const TemporaryDirectory directory_;
  FakeServer server_;
  SystemClock clock_;
  Observer observer_;
  ImportOptions options_;
  ImportProgress progress_;
};

TEST_F(ImporterTest, TheLastLineOfAKeyWins) {
  std::map<std::string, std::string> expected;
  Write(Lines(5000, &expected));
  server_.ThrottleEvery(7);
  const auto end = Run();
  ASSERT_TRUE(end.ok()) << end.status().message();
  EXPECT_EQ(*end, ImportEnd::kComplete);
  EXPECT_EQ(server_.Items(), expected);
  EXPECT_EQ(progress_.written + progress_.superseded, 5000u);
  EXPECT_GT(progress_.retries, 0u);
  EXPECT_FALSE(HasResumeFile());
}

TEST_F(ImporterTest, GoesOnWhereItFailed) {
  for (const int fail_after : {0, 1, 3, 10, 30, 60}) {
    SCOPED_TRACE(fail_after);
    std::map<std::string, std::string> expected;
    Write(Lines(5000, &expected));
    server_.FailAfter(server_.batches() + fail_after);
    EXPECT_EQ(Run().status().message(), "AccessDeniedException: no");
    ASSERT_TRUE(HasResumeFile());
    server_.FailAfter(-1);
    const auto end = Run();
    ASSERT_TRUE(end.ok()) << end.status().message();
    EXPECT_GE(observer_.resumed_at, 1u);
    EXPECT_EQ(progress_.records, 5000u);
    EXPECT_EQ(server_.Items(), expected);
    EXPECT_FALSE(HasResumeFile());
  }
}

TEST_F(ImporterTest, RefusesToGoOnWithAnotherFileOrTable) {
  std::map<std::string, std::string> expected;
  Write(Lines(5000, &expected));
  server_.FailAfter(3);
  ASSERT_FALSE(Run().ok());
  for (const char* id : {"another", ""}) {  // the last is one that is to be made
    options_.table_id = id;
    Importer importer(options_, server_.Connector(), FileSystem::Posix(), &clock_, &observer_);
    EXPECT_NE(importer.Check().message().find("the table is another one"), std::string::npos);
  }
  options_.table_id = "id";
  Write(Lines(10, &expected));
  EXPECT_NE(Run().status().message().find("has changed"), std::string::npos);
}

TEST_F(ImporterTest, BadLinesAreToldAndTheOthersWritten) {
  Write(
      "{\"pk\":{\"S\":\"a\"}}\nrubbish\n\n{\"pk\":{\"S\":\"b\"}}\n{\"pk\":{\"S\":\"c\"}}\n"
      "{\"q\":{\"S\":\"a\"}}\n");
  options_.chosen_format = ImportFormat::kDynamoDbJson;
  server_.Refuse("c");
  const auto end = Run();
  ASSERT_TRUE(end.ok()) << end.status().message();
  EXPECT_EQ(server_.Items(), (std::map<std::string, std::string>{{"a", ""}, {"b", ""}}));
  ASSERT_EQ(observer_.bad.size(), 3u);
  EXPECT_EQ(observer_.bad[2], "not valid JSON");
  EXPECT_EQ(observer_.bad[5], "bad");
  EXPECT_NE(observer_.bad[6].find("Missing the key pk"), std::string::npos);
  EXPECT_EQ(progress_.bad, 2u);
  EXPECT_EQ(progress_.refused, 1u);
  EXPECT_EQ(progress_.records, 5u);
}

// The batch that failed lies before the refused line, so the next run meets that line again.
TEST_F(ImporterTest, ARefusedLineIsCountedOnceAfterARestart) {
  std::map<std::string, std::string> expected;
  Write(Lines(20, &expected));  // no more than a batch for each connection
  const std::string last = "k" + std::to_string(19 * 7);
  server_.Refuse(last);
  server_.FailOnce(&observer_.reported);
  EXPECT_FALSE(Run().ok());
  EXPECT_EQ(progress_.refused, 1u);
  EXPECT_TRUE(HasResumeFile());
  server_.FailOnce(nullptr);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(progress_.refused, 1u);
  EXPECT_EQ(observer_.bad.size(), 1u);
  expected.erase(last);
  EXPECT_EQ(server_.Items(), expected);
}

TEST_F(ImporterTest, TooManyBadLinesEndIt) {
  Write("x\nx\nx\n");
  options_.chosen_format = ImportFormat::kDynamoDbJson;
  options_.bad_max = 3;
  EXPECT_TRUE(Run().ok());
  options_.bad_max = 2;
  EXPECT_FALSE(Run().ok());
}

TEST_F(ImporterTest, CsvGoesOnWithItsHeader) {
  std::map<std::string, std::string> expected;
  std::string text = "\xef\xbb\xbfn,pk\r\n";
  for (int i = 0; i < 3000; ++i) {
    text += std::to_string(i) + ",\"k\n" + std::to_string(i) + "\"\r\n";
    expected["k\n" + std::to_string(i)] = std::to_string(i);
  }
  Write(Gzipped(text));
  options_.chosen_format = ImportFormat::kCsv;
  options_.format.types = *ParseColumnTypes("n:N");
  server_.FailAfter(20);
  ASSERT_FALSE(Run().ok());
  server_.FailAfter(-1);
  const auto end = Run();
  ASSERT_TRUE(end.ok()) << end.status().message();
  EXPECT_GT(observer_.resumed_at, 2u);
  EXPECT_EQ(server_.Items(), expected);
}

TEST_F(ImporterTest, SeveralFilesInOrder) {
  std::map<std::string, std::string> expected;
  options_.paths.push_back(directory_.path() + "/second");
  Write(Lines(200, &expected));
  std::ofstream(options_.paths[1]) << "\n{\"Item\":{\"pk\":{\"S\":\"k0\"},\"n\":{\"N\":\"-1\"}}}";
  expected["k0"] = "-1";
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(server_.Items(), expected);
}

TEST_F(ImporterTest, EmptyAndUnknownFiles) {
  Write("");
  EXPECT_TRUE(Run().ok());
  Write("pk,n\n");
  EXPECT_NE(Run().status().message().find("--format"), std::string::npos);
  options_.paths[0] += "-is-not-there";
  EXPECT_TRUE(Run().status().Is(ErrorCode::kIo));
}

TEST_F(ImporterTest, ATruncatedGzipFileFails) {
  std::map<std::string, std::string> expected;
  const std::string packed = Gzipped(Lines(2000, &expected));
  Write(packed.substr(0, packed.size() / 2));
  const auto end = Run();
  ASSERT_FALSE(end.ok());
  EXPECT_NE(end.status().message().find("cut off"), std::string::npos);
}

}  // namespace
}  // namespace millrace
