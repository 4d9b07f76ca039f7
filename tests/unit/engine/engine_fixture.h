#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/database.h"

namespace millrace::testing {

// A scratch directory that goes with the test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "millrace-engine.XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A database in a scratch directory, with small segments so that they roll, and a table or two.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { options_.directory = scratch_.path() + "/data"; }

  DatabaseOptions Options() const {
    DatabaseOptions options = options_;
    options.clock = &clock_;
    return options;
  }
  void Open() {
    Result<std::unique_ptr<Database>> opened = Database::Open(Options());
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    database_ = std::move(*opened);
  }
  // As kill -9 leaves it: no flush, no clean mark.
  void Crash() { database_.reset(); }
  void CloseCleanly() {
    ASSERT_TRUE(database_->Close().ok());
    database_.reset();
  }

  static TableSpec Spec(const std::string& name) {
    TableSpec spec;
    spec.name = name;
    spec.schema.hash = {"pk", ValueType::kString};
    spec.schema.range = KeyAttribute{"sk", ValueType::kString};
    return spec;
  }
  TableRef MakeTable(const std::string& name, std::optional<StreamViewType> stream = std::nullopt) {
    TableSpec spec = Spec(name);
    spec.stream = stream;
    Result<TableRef> table = database_->CreateTable(spec);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? *table : nullptr;
  }

  static ItemKey Key(const std::string& pk, const std::string& sk = "s") { return {pk, sk}; }
  static std::string Item(const std::string& pk, const std::string& sk, const std::string& value) {
    Value::Map map;
    map.emplace_back("pk", Value::String(pk));
    map.emplace_back("sk", Value::String(sk));
    map.emplace_back("v", Value::String(value));
    return EncodeItem(Value::OfMap(std::move(map)));
  }
  static WriteRequest Put(const TableRef& table, const std::string& pk, const std::string& sk,
                          const std::string& value) {
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kPut;
    write.key = Key(pk, sk);
    write.item = Item(pk, sk, value);
    return write;
  }
  static WriteRequest Delete(const TableRef& table, const std::string& pk, const std::string& sk) {
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kDelete;
    write.key = Key(pk, sk);
    return write;
  }
  static WriteRequest Conditioned(WriteRequest write, const std::string& condition) {
    Placeholders placeholders;
    Result<Condition> parsed = Condition::Parse("ConditionExpression", condition, &placeholders);
    EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
    write.condition = *parsed;
    return write;
  }
  CommitResult Commit(WriteRequest write) {
    CommitRequest request;
    request.writes.push_back(std::move(write));
    return database_->CommitAndWait(std::move(request));
  }
  // The value of "v", or "-" when there is no such item.
  std::string Read(const TableRef& table, const std::string& pk, const std::string& sk) {
    std::string item;
    Result<bool> found = database_->Get(*table, Key(pk, sk), &item);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() && *found ? std::string(ItemView(item).Find("v")->text()) : "-";
  }

  ScratchDirectory scratch_;
  ManualClock clock_;
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
};

}  // namespace millrace::testing
