// kill -9 of a writing process at each of its fault points, and at any other time: what it had
// acknowledged must be there.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>
#include <sstream>

#include "engine_fixture.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

struct Acknowledged {
  std::string id;
  uint64_t lsn = 0;
  size_t records = 0;
  size_t cells = 0;
};

// The writer's process (kill_writer.cc) and what it says.
class WriterProcess {
 public:
  WriterProcess(const std::string& directory, const std::string& name, int attempts,
                const std::string& kind, const std::string& fault) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = MILLRACE_BINARY_DIR "/tests/engine_kill_writer";
    std::vector<std::string> arguments = {program, directory, name, std::to_string(attempts), kind};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
      variables.push_back(*variable);
    if (!fault.empty()) variables.push_back("MILLRACE_FAULT=" + fault);
    std::vector<char*> envp;
    for (std::string& variable : variables) envp.push_back(variable.data());
    envp.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), envp.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~WriterProcess() { close(output_); }
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  // Reads until the process is gone; kills it after so many bytes. Returns the status of waitpid.
  int Finish(size_t kill_after) {
    char buffer[4096];
    bool killed = false;
    while (true) {
      if (!killed && text_.size() >= kill_after) {
        kill(pid_, SIGKILL);
        killed = true;
      }
      const ssize_t n = read(output_, buffer, sizeof buffer);
      if (n <= 0) break;
      text_.append(buffer, static_cast<size_t>(n));
    }
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    return status;
  }
  // What was said; a line cut short by death isn't.
  std::vector<Acknowledged> Said() const {
    std::vector<Acknowledged> said;
    std::istringstream lines(text_.substr(0, text_.rfind('\n') + 1));
    for (Acknowledged line; lines >> line.id >> line.lsn >> line.records >> line.cells;) {
      said.push_back(line);
    }
    return said;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string text_;
};

bool Killed(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

struct FaultRow {
  const char* point;
  std::vector<int> counts;  // of one life after another on the same directory
};

std::string NameOf(const FaultRow& row) {
  std::string name = row.point;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class KillTest : public EngineTest {
 protected:
  KillTest() {
    options_.log_segment_size = 32 * 1024;
    options_.log_disk_reserve = 0;
  }

  // One process's life; the status of its end.
  int LiveAndDie(const std::string& fault, int attempts, size_t kill_after = SIZE_MAX) {
    WriterProcess writer(options_.directory, "l" + std::to_string(++lives_), attempts, kind_,
                         fault);
    const int status = writer.Finish(kill_after);
    for (const Acknowledged& one : writer.Said()) acknowledged_.push_back(one);
    return status;
  }

  void DieAt(const FaultRow& row, int attempts) {
    for (const int count : row.counts) {
      const std::string fault = std::string(row.point) + ":" + std::to_string(count);
      SCOPED_TRACE(fault);
      EXPECT_TRUE(Killed(LiveAndDie(fault, attempts))) << "the point was not passed so often";
      ASSERT_NO_FATAL_FAILURE(Check());
    }
  }
  void DieAfter(const std::vector<size_t>& bytes_said) {
    for (const size_t bytes : bytes_said) {
      SCOPED_TRACE(bytes);
      EXPECT_TRUE(Killed(LiveAndDie("", 100'000, bytes)));
      ASSERT_NO_FATAL_FAILURE(Check());
    }
  }

  // Opens here, checks, and leaves without closing.
  void Check() {
    Open();
    const AuditedLog log = AuditDatabase(database_.get());
    std::map<std::string, std::vector<const AuditedRecord*>> records;
    std::map<std::string, std::vector<const AuditedCell*>> cells;
    for (const AuditedRecord& record : log.records) records[record.request_id].push_back(&record);
    for (const AuditedCell& cell : log.cells) cells[cell.value].push_back(&cell);
    transactions_ = 0;
    for (const auto& [id, found] : records) {
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i]->position.lsn, found[0]->position.lsn) << id << " is there twice";
        EXPECT_EQ(found[i]->position.ordinal, i) << id << " is not together";
      }
      const size_t size = id.find('x');  // writers.h
      if (size == std::string::npos) continue;
      EXPECT_EQ(found.size(), std::stoul(id.substr(size + 1))) << id << " is there in part";
      ++transactions_;
    }
    std::map<std::string, uint64_t> last_of_writer;
    for (const Acknowledged& one : acknowledged_) {
      SCOPED_TRACE(one.id);
      ASSERT_EQ(records[one.id].size(), one.records);
      ASSERT_EQ(cells[one.id].size(), one.cells);
      EXPECT_EQ(records[one.id][0]->position.lsn.value(), one.lsn);
      uint64_t& last = last_of_writer[one.id.substr(0, one.id.find('n'))];
      EXPECT_GT(one.lsn, last);
      last = one.lsn;
    }
    Crash();
  }

  std::string kind_ = "small";
  std::vector<Acknowledged> acknowledged_;
  int lives_ = 0;
  int transactions_ = 0;  // of 100 items, found by the last Check
};

class KillAtFaultPointTest : public KillTest, public ::testing::WithParamInterface<FaultRow> {};

TEST_P(KillAtFaultPointTest, WhatWasAcknowledgedIsThere) {
  DieAt(GetParam(), 300);
}

INSTANTIATE_TEST_SUITE_P(
    Points, KillAtFaultPointTest,
    ::testing::Values(FaultRow{"commit.begin", {1, 2, 40}}, FaultRow{"commit.appended", {1, 3, 50}},
                      FaultRow{"commit.synced", {1, 4, 60}}, FaultRow{"commit.applied", {1, 5, 70}},
                      FaultRow{"log.append.before_write", {1, 30}},
                      FaultRow{"log.append.after_write", {1, 30}},
                      FaultRow{"log.sync.after", {1, 2, 35}},
                      FaultRow{"log.new_segment", {1, 2, 7}}, FaultRow{"log.seal", {1, 2, 6}}),
    [](const auto& row) { return NameOf(row.param); });

TEST_F(KillTest, AtAnyTime) {
  DieAfter({1, 300, 1000, 2500, 4000});
}

// With transactions of 100 items over two tables, each with a global and a local index.
class KillTransactionsTest : public KillTest {
 protected:
  KillTransactionsTest() {
    kind_ = "transactions";
    options_.log_segment_size = 256 * 1024;
  }
};
class KillTransactionsAtFaultPointTest : public KillTransactionsTest,
                                         public ::testing::WithParamInterface<FaultRow> {};

TEST_P(KillTransactionsAtFaultPointTest, EachIsThereOnceAndWholeOrNotAtAll) {
  DieAt(GetParam(), 60);
  EXPECT_GT(transactions_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Points, KillTransactionsAtFaultPointTest,
    ::testing::Values(FaultRow{"commit.begin", {30}}, FaultRow{"commit.appended", {20, 25}},
                      FaultRow{"commit.synced", {20, 25}}, FaultRow{"commit.applied", {20}},
                      FaultRow{"log.append.after_write", {30}}, FaultRow{"log.seal", {2}}),
    [](const auto& row) { return NameOf(row.param); });

TEST_F(KillTransactionsTest, AtAnyTime) {
  DieAfter({400, 900});
  EXPECT_GT(transactions_, 0);
}

// While the space of dropped tables is given back.
class KillDropsTest : public KillTest, public ::testing::WithParamInterface<FaultRow> {
 protected:
  KillDropsTest() { kind_ = "drops"; }
};

TEST_P(KillDropsTest, WhatIsDroppedStaysSoAndNothingElseGoes) {
  DieAt(GetParam(), 300);
}

INSTANTIATE_TEST_SUITE_P(Points, KillDropsTest,
                         ::testing::Values(FaultRow{"reclaim.flushed", {1, 2}},
                                           FaultRow{"reclaim.unlinked", {1, 2, 1}},
                                           FaultRow{"reclaim.compacted", {1, 2}}),
                         [](const auto& row) { return NameOf(row.param); });

TEST_F(KillTest, WithoutAFaultItClosesCleanly) {
  const int status = LiveAndDie("", 20);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_GT(acknowledged_.size(), 40u);
  Check();
}

}  // namespace
}  // namespace millrace::testing
