#include "writers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "engine/base/check.h"

namespace millrace::testing {
namespace {

std::string ItemOf(const ItemKey& key, const std::string& value) {
  Value::Map map;
  map.emplace_back("id", Value::String(value.substr(0, value.find('.'))));
  map.emplace_back("pk", Value::String(key.pk));
  map.emplace_back("sk", Value::String(key.sk));
  map.emplace_back("v", Value::String(value));
  return EncodeItem(Value::OfMap(std::move(map)));
}

std::string IdOf(std::string_view item) {
  const std::string_view text = TextOf(item);
  return std::string(text.substr(0, text.find('.')));
}

Condition Parsed(const std::string& text) {
  Placeholders placeholders;
  return Condition::Parse("ConditionExpression", text, &placeholders).value();
}

// Runs callbacks where they are posted.
class InlineQueue final : public CompletionQueue {
 public:
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
};

class Writer {
 public:
  Writer(Database* database, const std::vector<TableRef>& tables, const WritersOptions& options,
         int index)
      : database_(database),
        tables_(tables),
        options_(options),
        prefix_(options.name + "w" + std::to_string(index) + "n"),
        random_(options.seed * 1000 + static_cast<uint64_t>(index)),
        attempts_(static_cast<size_t>(options.attempts_each)) {}

  void Run() {
    for (; made_ < attempts_.size() && Begin(); ++made_) {
      CommitRequest request;
      Attempt& attempt = attempts_[made_];
      attempt = MakeAttempt(tables_, options_, prefix_ + std::to_string(made_), &random_, &request);
      database_->Commit(std::move(request), &queue_,
                        [this, &attempt](CommitResult result) { Answer(&attempt, result); });
    }
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return under_way_ == 0; });
    attempts_.resize(made_);
  }
  std::vector<Attempt>& attempts() { return attempts_; }

 private:
  bool Begin() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return under_way_ < options_.under_way; });
    if (stopped_) return false;
    ++under_way_;
    return true;
  }
  void Answer(Attempt* attempt, const CommitResult& result) {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(attempt->answered) << attempt->id << " is answered twice";
    attempt->answered = true;
    attempt->status = result.status;
    attempt->lsn = result.lsn;
    const bool decided = result.status.ok() || result.status.Is(ErrorCode::kTransactionCanceled) ||
                         result.status.Is(ErrorCode::kConditionalCheckFailed);
    for (const WriteOutcome& outcome : result.outcomes) {
      if (decided && !outcome.old_image.empty()) attempt->seen.push_back(IdOf(outcome.old_image));
    }
    stopped_ =
        stopped_ || result.status.Is(ErrorCode::kIo) || result.status.Is(ErrorCode::kUnavailable);
    --under_way_;
    answered_.notify_one();
  }

  Database* const database_;
  const std::vector<TableRef>& tables_;
  const WritersOptions& options_;
  const std::string prefix_;
  InlineQueue queue_;
  Random random_;
  std::vector<Attempt> attempts_;
  size_t made_ = 0;
  std::mutex mutex_;
  std::condition_variable answered_;
  int under_way_ = 0;
  bool stopped_ = false;
};

// What the log holds of one attempt.
struct Traces {
  std::vector<const AuditedRecord*> records;
  std::vector<const AuditedCell*> cells;
};

void CheckWhole(const Attempt& attempt, const Traces& traces, Lsn lsn) {
  ASSERT_EQ(traces.records.size(), attempt.writes.size());
  ASSERT_EQ(traces.cells.size(), attempt.cell.empty() ? 0u : 1u);
  for (size_t i = 0; i < attempt.writes.size(); ++i) {
    const AuditedRecord& record = *traces.records[i];
    EXPECT_EQ(record.position.lsn, lsn);
    EXPECT_EQ(record.position.ordinal, i);
    EXPECT_EQ(record.table, attempt.writes[i].table);
    EXPECT_EQ(record.key, attempt.writes[i].key);
    EXPECT_EQ(IdOf(record.new_image), attempt.writes[i].removes ? "" : attempt.id);
    if (attempt.only_if_absent) {
      EXPECT_EQ(IdOf(record.old_image), "");
    }
  }
  if (!attempt.cell.empty()) {
    EXPECT_EQ(traces.cells[0]->lsn, lsn);
    EXPECT_EQ(traces.cells[0]->key, attempt.cell);
  }
}

void CheckAttempt(const Attempt& attempt, const Traces& traces) {
  SCOPED_TRACE(attempt.id + ": " + attempt.status.ToString());
  const bool there = !traces.records.empty() || !traces.cells.empty();
  if (attempt.answered && attempt.status.ok()) {
    if (attempt.lsn == Lsn()) {
      EXPECT_FALSE(there) << "it was said to change nothing";
    } else {
      CheckWhole(attempt, traces, attempt.lsn);
    }
    return;
  }
  if (attempt.answered && !attempt.status.Is(ErrorCode::kIo)) {
    EXPECT_FALSE(there) << "it was refused";
    return;
  }
  // Nobody knows; but not in part, and not twice.
  if (!there) return;
  CheckWhole(attempt, traces,
             traces.records.empty() ? traces.cells[0]->lsn : traces.records[0]->position.lsn);
}

}  // namespace

TableSpec IndexedSpec(const std::string& name) {
  TableSpec spec;
  spec.name = name;
  spec.schema.hash = {"pk", ValueType::kString};
  spec.schema.range = KeyAttribute{"sk", ValueType::kString};
  IndexSpec global;
  global.name = "by_sk";
  global.schema = {{*spec.schema.range}, {spec.schema.hash}};
  IndexSpec local;
  local.name = "by_id";
  local.kind = IndexKind::kLocal;
  local.schema = {{spec.schema.hash}, {{"id", ValueType::kString}}};
  local.projection = ProjectionType::kKeysOnly;
  spec.indexes = {global, local};
  return spec;
}

namespace {

// All of it is put, so that each write has its record; now and then on the condition that nothing
// is there.
Attempt MakeTransaction(const std::vector<TableRef>& tables, const WritersOptions& options,
                        const std::string& name, Random* random, CommitRequest* request) {
  constexpr size_t kItems = 100;
  MILLRACE_CHECK(tables.size() * static_cast<size_t>(options.keys) >= kItems, "too few keys");
  Attempt attempt;
  attempt.id = name + "x" + std::to_string(kItems);
  attempt.transaction = request->transaction = true;
  attempt.only_if_absent = random->OneIn(4);
  request->origin.request_id = attempt.id;
  const uint64_t first_key = random->Uniform(static_cast<uint64_t>(options.keys));
  for (size_t i = 0; i < kItems; ++i) {
    WriteRequest write;
    write.table = tables[i % tables.size()];
    const uint64_t number = (first_key + i / tables.size()) % static_cast<uint64_t>(options.keys);
    write.key = {"p" + std::to_string(number % 7), "s" + std::to_string(number)};
    write.item = ItemOf(write.key, attempt.id + "." + std::string(random->Uniform(50), 'x'));
    if (attempt.only_if_absent) write.condition = Parsed("attribute_not_exists(pk)");
    attempt.writes.push_back({write.table->id, write.key, false});
    request->writes.push_back(std::move(write));
  }
  return attempt;
}

}  // namespace

Attempt MakeAttempt(const std::vector<TableRef>& tables, const WritersOptions& options,
                    const std::string& id, Random* random, CommitRequest* request) {
  if (options.transaction_one_in > 0 && random->OneIn(options.transaction_one_in)) {
    return MakeTransaction(tables, options, id, random, request);
  }
  Attempt attempt;
  attempt.id = id;
  request->origin.request_id = id;
  const uint64_t kind = random->Uniform(20);
  const uint64_t first_key = random->Uniform(static_cast<uint64_t>(options.keys));
  const size_t count = kind < 4 ? 2 + random->Uniform(3) : 1;
  attempt.only_if_absent = kind == 0 || (kind >= 4 && kind < 7);
  for (size_t i = 0; i < count; ++i) {
    WriteRequest write;
    write.table = tables[random->Uniform(tables.size())];
    const uint64_t number = (first_key + i) % static_cast<uint64_t>(options.keys);
    write.key = {"p" + std::to_string(number % 7), "s" + std::to_string(number)};
    const bool removes = kind >= 17;
    write.kind = removes ? WriteKind::kDelete : WriteKind::kPut;
    if (!removes) {
      write.item =
          ItemOf(write.key, id + "." + std::string(random->Uniform(options.padding_max), 'x'));
    }
    if (attempt.only_if_absent) write.condition = Parsed("attribute_not_exists(pk)");
    write.return_images = random->OneIn(4);
    attempt.writes.push_back({write.table->id, write.key, removes});
    request->writes.push_back(std::move(write));
  }
  if (kind < 5) {
    attempt.cell = "cell/" + std::to_string(random->Uniform(5));
    request->cells.push_back({attempt.cell, std::nullopt, id});
  }
  return attempt;
}

std::vector<Attempt> RunWriters(Database* database, const std::vector<TableRef>& tables,
                                const WritersOptions& options) {
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < options.threads; ++i) {
    writers.push_back(std::make_unique<Writer>(database, tables, options, i));
  }
  std::vector<std::thread> threads;
  for (const auto& writer : writers) threads.emplace_back(&Writer::Run, writer.get());
  for (std::thread& thread : threads) thread.join();
  std::vector<Attempt> attempts;
  for (const auto& writer : writers) {
    for (Attempt& attempt : writer->attempts()) attempts.push_back(std::move(attempt));
  }
  return attempts;
}

void CheckAttempts(const std::vector<Attempt>& attempts, const AuditedLog& log) {
  std::unordered_map<std::string, Traces> traces;
  for (const Attempt& attempt : attempts) traces[attempt.id];
  for (const AuditedRecord& record : log.records) {
    const auto trace = traces.find(record.request_id);
    ASSERT_NE(trace, traces.end()) << "a record nobody asked for: " << record.request_id;
    trace->second.records.push_back(&record);
  }
  for (const AuditedCell& cell : log.cells) {
    const auto trace = traces.find(cell.value);
    ASSERT_NE(trace, traces.end()) << "a cell nobody wrote: " << cell.value;
    trace->second.cells.push_back(&cell);
  }
  std::unordered_map<std::string, Lsn> last_of_writer;
  for (const Attempt& attempt : attempts) {
    CheckAttempt(attempt, traces[attempt.id]);
    for (const std::string& seen : attempt.seen) {
      EXPECT_FALSE(traces[seen].records.empty())
          << attempt.id << " (" << attempt.status.ToString() << ") was shown " << seen
          << ", which is not in the log";
    }
    if (attempt.lsn == Lsn()) continue;
    Lsn& last = last_of_writer[attempt.id.substr(0, attempt.id.find('n'))];
    EXPECT_GT(attempt.lsn, last) << attempt.id << " overtook the writer's commit before it";
    last = attempt.lsn;
  }
}

}  // namespace millrace::testing
