#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/unit/triggers_process/sandboxed.h"
#include "triggers/process/unique_fd.h"

namespace millrace {
namespace {

// One process is attacked from within, again and again: what was refused must leave it working.
class AttackTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new ScratchDirectory;
    // Not the sandbox's to see.
    setenv("HOST_SECRET", "secret", 1);
    auto made = MakeSandboxSpawner(OptionsIn(scratch_->path()));
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    spawner_ = std::move(*made).release();
    const auto digest = spawner_->Stage(AttackHandler());
    ASSERT_TRUE(digest.ok()) << digest.status().ToString();
    const auto other = spawner_->MakeEndpoint();
    ASSERT_TRUE(other.ok());
    other_ = new HandlerPeer(other->address);
    ListenAbstract();
    const HandlerLimits limits = TestLimits();
    handler_ = new SandboxedHandler(spawner_, *digest,
                                    {{"GIVEN", "value with = and spaces"},
                                     {"ATTACK_ABSTRACT", AbstractName()},
                                     {"ATTACK_SOCKET", other->address.substr(strlen("ipc://"))},
                                     {"ATTACK_SERVER", std::to_string(getpid())},
                                     {"ATTACK_MEMORY", std::to_string(limits.memory_bytes)},
                                     {"ATTACK_FILE_SIZE", std::to_string(limits.file_size)},
                                     {"ATTACK_THREADS", std::to_string(limits.threads)}});
    ASSERT_TRUE(handler_->process != nullptr);
    ready_ = handler_->AwaitReady();
  }
  static void TearDownTestSuite() {
    delete handler_;
    delete other_;
    delete spawner_;
    delete scratch_;
    abstract_.Close();
  }

  static std::string AbstractName() { return "millrace-test-" + std::to_string(getpid()); }
  static void ListenAbstract() {
    abstract_ = UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = AbstractName();
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    ASSERT_EQ(bind(abstract_.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
              0);
    ASSERT_EQ(listen(abstract_.get(), 1), 0);
  }

  static inline ScratchDirectory* scratch_ = nullptr;
  static inline Spawner* spawner_ = nullptr;
  static inline HandlerPeer* other_ = nullptr;
  static inline SandboxedHandler* handler_ = nullptr;
  static inline UniqueFd abstract_;
  static inline bool ready_ = false;
};

std::vector<std::string> AllAttempts() {
  std::vector<std::string> names;
  FILE* list = popen((AttackHandler() + " --list").c_str(), "r");
  char line[256];
  while (list != nullptr && fgets(line, sizeof line, list) != nullptr) {
    names.emplace_back(line, strcspn(line, "\n"));
  }
  if (list != nullptr) pclose(list);
  return names;
}

TEST_F(AttackTest, EachAttemptIsRefusedAndWorkGoesOn) {
  ASSERT_TRUE(ready_);
  const std::vector<std::string> attempts = AllAttempts();
  ASSERT_GT(attempts.size(), 40u);
  for (const std::string& attempt : attempts) {
    if (kSanitized && attempt == "memory") {
      std::printf("skipped: memory. There is no limit of it under a sanitizer.\n");
      continue;
    }
    const auto reply = handler_->Do(attempt);
    ASSERT_TRUE(reply) << attempt << " ended the handler";
    EXPECT_EQ(reply->error_message, "") << attempt;
  }
  const auto reply = handler_->Do("nothing");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->ok());
}

}  // namespace
}  // namespace millrace
