#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/unit/triggers_process/sandboxed.h"

namespace millrace {
namespace {

using std::chrono::seconds;

class LifecycleTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = MakeSandboxSpawner(OptionsIn(scratch_.path()));
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    spawner_ = std::move(*made);
    auto digest = spawner_->Stage(AttackHandler());
    ASSERT_TRUE(digest.ok()) << digest.status().ToString();
    digest_ = *digest;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<Spawner> spawner_;
  std::string digest_;
};

TEST_F(LifecycleTest, EndsAreSeenAtTheExitFd) {
  const struct {
    const char* what;
    int code;
    int signal;
  } rows[] = {{"exit 3", 3, 0},
              {"abort", 0, SIGABRT},
              // A sanitizer catches the signal and exits.
              {"segfault", kSanitizerExitCode, kSanitized ? 0 : SIGSEGV}};
  for (const auto& row : rows) {
    SandboxedHandler handler(spawner_.get(), digest_);
    ASSERT_TRUE(handler.AwaitReady()) << row.what;
    EXPECT_FALSE(handler.process->Exited());
    handler.peer->Invoke(InvocationOf(1, row.what), {});
    ASSERT_TRUE(handler.AwaitExit()) << row.what;
    const auto status = handler.process->Exited();
    ASSERT_TRUE(status) << row.what;
    EXPECT_EQ(status->code, row.code) << row.what;
    EXPECT_EQ(status->signal, row.signal) << row.what;
    EXPECT_EQ(handler.process->Exited()->ToString(), status->ToString());
    handler.process->Kill();  // harmless
  }
}

TEST_F(LifecycleTest, AHangEndsWithKill) {
  for (const char* what : {"hang", "spin"}) {
    SandboxedHandler handler(spawner_.get(), digest_);
    ASSERT_TRUE(handler.AwaitReady());
    handler.peer->Invoke(InvocationOf(1, what), {});
    handler.process->Kill();
    ASSERT_TRUE(handler.AwaitExit()) << what;
    EXPECT_EQ(handler.process->Exited()->signal, SIGKILL);
    // End of file: nobody in the sandbox is left.
    handler.OutputUntilEnd();
  }
}

TEST_F(LifecycleTest, ShutdownIsACleanExit) {
  SandboxedHandler handler(spawner_.get(), digest_);
  ASSERT_TRUE(handler.AwaitReady());
  handler.peer->Send(ShutdownFrame{});
  ASSERT_TRUE(handler.AwaitExit());
  EXPECT_TRUE(handler.process->Exited()->ok()) << handler.process->Exited()->ToString();
}

TEST_F(LifecycleTest, ExitsWhenTheSocketIsGone) {
  SandboxedHandler handler(spawner_.get(), digest_);
  ASSERT_TRUE(handler.AwaitReady());
  handler.peer.reset();
  EXPECT_TRUE(handler.AwaitExit());
}

// A server that is killed takes its handlers with it; here, the thread that started one.
TEST_F(LifecycleTest, DiesWithTheThreadThatSpawnedIt) {
  std::unique_ptr<SandboxedHandler> handler;
  std::thread starter([&] {
    handler = std::make_unique<SandboxedHandler>(spawner_.get(), digest_);
    EXPECT_TRUE(handler->AwaitReady());
  });
  starter.join();
  ASSERT_TRUE(handler->AwaitExit());
  EXPECT_EQ(handler->process->Exited()->signal, SIGKILL);
  handler->OutputUntilEnd();
}

TEST_F(LifecycleTest, OutputAndErrorsAreLinesInOrder) {
  SandboxedHandler handler(spawner_.get(), digest_);
  ASSERT_TRUE(handler.AwaitReady());
  ASSERT_TRUE(handler.Do("print"));
  handler.peer->Send(ShutdownFrame{});
  const std::vector<std::string> wanted = {"to stdout", "to stderr", "no newline"};
  EXPECT_EQ(handler.OutputUntilEnd(), wanted);
}

TEST_F(LifecycleTest, AnExceptionIsAReplyAndTheHandlerLives) {
  SandboxedHandler handler(spawner_.get(), digest_);
  ASSERT_TRUE(handler.AwaitReady());
  const auto reply = handler.Do("throw");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error_type, "std::runtime_error");
  EXPECT_EQ(reply->error_message, "thrown on purpose");
  ASSERT_TRUE(handler.Do("nothing"));
}

TEST_F(LifecycleTest, OneSandboxDoesNotUseUpAnothersThreads) {
  std::vector<std::unique_ptr<SandboxedHandler>> handlers;
  for (int i = 0; i < 6; ++i) {
    handlers.push_back(std::make_unique<SandboxedHandler>(
        spawner_.get(), digest_,
        std::vector<std::pair<std::string, std::string>>{{"ATTACK_THREADS", "24"}}));
    ASSERT_TRUE(handlers.back()->AwaitReady());
  }
  for (auto& handler : handlers) {
    const auto reply = handler->Do("threads");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error_message, "");
  }
}

TEST_F(LifecycleTest, DestructionRemovesProcessAndEndpoint) {
  std::string directory;
  {
    SandboxedHandler handler(spawner_.get(), digest_);
    ASSERT_TRUE(handler.AwaitReady());
    directory = handler.endpoint.directory;
    EXPECT_TRUE(std::filesystem::exists(directory));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST_F(LifecycleTest, TakenOutputOutlivesTheProcess) {
  SandboxedHandler handler(spawner_.get(), digest_);
  ASSERT_TRUE(handler.AwaitReady());
  const int output = handler.process->TakeOutput();
  EXPECT_GE(output, 0);
  EXPECT_EQ(handler.process->output_fd(), -1);
  handler.process.reset();
  char byte = 0;
  EXPECT_TRUE(Eventually(seconds(10), [&] { return read(output, &byte, 1) == 0; }));
  close(output);
}

TEST_F(LifecycleTest, SpecsThatCannotBeAreRefused) {
  const struct {
    const char* name;
    std::string digest;
    std::pair<std::string, std::string> variable;
    bool bound;
    ErrorCode code;
  } rows[] = {
      {"unknown digest", std::string(64, 'a'), {"A", "b"}, true, ErrorCode::kResourceNotFound},
      {"a path",
       "../../../../../../../../usr/bin/true",
       {"A", "b"},
       true,
       ErrorCode::kResourceNotFound},
      {"the server's variable",
       digest_,
       {"MILLRACE_TOKEN", "x"},
       true,
       ErrorCode::kInvalidParameterValue},
      {"no name", digest_, {"", "x"}, true, ErrorCode::kInvalidParameterValue},
      {"a name with =", digest_, {"A=B", "x"}, true, ErrorCode::kInvalidParameterValue},
      {"a value with NUL",
       digest_,
       {"A", std::string("x\0y", 3)},
       true,
       ErrorCode::kInvalidParameterValue},
      {"nothing bound", digest_, {"A", "b"}, false, ErrorCode::kIo},
  };
  for (const auto& row : rows) {
    const auto endpoint = spawner_->MakeEndpoint();
    ASSERT_TRUE(endpoint.ok());
    std::optional<HandlerPeer> peer;
    if (row.bound) peer.emplace(endpoint->address);
    HandlerSpec spec;
    spec.digest = row.digest;
    spec.environment = {row.variable};
    spec.endpoint = *endpoint;
    const auto spawned = spawner_->Spawn(spec);
    ASSERT_FALSE(spawned.ok()) << row.name;
    EXPECT_EQ(spawned.status().code(), row.code) << row.name << ": " << spawned.status().ToString();
    spawner_->RemoveEndpoint(*endpoint);
    EXPECT_FALSE(std::filesystem::exists(endpoint->directory));
  }
}

TEST_F(LifecycleTest, AnExecutableThatCannotRunSaysWhy) {
  const std::string path = scratch_.path() + "/not_a_program";
  FILE* file = fopen(path.c_str(), "w");
  fputs("no program", file);
  fclose(file);
  chmod(path.c_str(), 0755);
  const auto digest = spawner_->Stage(path);
  ASSERT_TRUE(digest.ok());
  SandboxedHandler handler(spawner_.get(), *digest);
  ASSERT_TRUE(handler.AwaitExit());
  EXPECT_FALSE(handler.process->Exited()->ok());
  const auto lines = handler.OutputUntilEnd();
  ASSERT_FALSE(lines.empty());
  EXPECT_NE(lines.back().find("/handler"), std::string::npos) << lines.back();
}

TEST(UnsandboxedTest, RunsWithLimitsAndDiesOnKill) {
  ScratchDirectory scratch;
  SandboxOptions options = OptionsIn(scratch.path());
  options.unsandboxed_handlers = true;
  auto spawner = MakeSandboxSpawner(options);
  ASSERT_TRUE(spawner.ok());
  const auto digest = (*spawner)->Stage(AttackHandler());
  ASSERT_TRUE(digest.ok());
  SandboxedHandler handler(spawner->get(), *digest, {{"GIVEN", "value with = and spaces"}});
  ASSERT_TRUE(handler.AwaitReady());
  for (const char* still_refused : {"open files", "environment", "inherited files"}) {
    const auto reply = handler.Do(still_refused);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error_message, "") << still_refused;
  }
  // And that there is no sandbox shows.
  const auto reply = handler.Do("read passwd");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->ok());
  handler.process->Kill();
  EXPECT_TRUE(handler.AwaitExit());
}

TEST(ProbeTest, SaysWhyThereIsNoSandbox) {
  ScratchDirectory scratch;
  const SandboxOptions good = OptionsIn(scratch.path());
  EXPECT_TRUE(ProbeSandbox(good).ok()) << ProbeSandbox(good).ToString();

  SandboxOptions no_bwrap = good;
  no_bwrap.bwrap = "/nowhere/bwrap";
  const Status status = ProbeSandbox(no_bwrap);
  EXPECT_TRUE(status.Is(ErrorCode::kUnavailable));
  EXPECT_NE(status.message().find("/nowhere/bwrap"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("bubblewrap"), std::string::npos);

  SandboxOptions no_launcher = good;
  no_launcher.launcher = "/nowhere/millrace-sandbox";
  EXPECT_NE(ProbeSandbox(no_launcher).message().find("/nowhere/millrace-sandbox"),
            std::string::npos);

  no_launcher.unsandboxed_handlers = true;
  EXPECT_TRUE(ProbeSandbox(no_launcher).ok());
}

}  // namespace
}  // namespace millrace
