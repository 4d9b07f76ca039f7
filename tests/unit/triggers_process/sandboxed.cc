#include "tests/unit/triggers_process/sandboxed.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "triggers/process/output_lines.h"

namespace millrace {
namespace {

constexpr char kToken[] = "a token";
constexpr int kPatienceMillis = 20'000;

bool Readable(int fd, int millis) {
  pollfd item = {fd, POLLIN, 0};
  return poll(&item, 1, millis) == 1;
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "millrace_test_XXXXXX").string();
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SandboxOptions OptionsIn(const std::string& directory) {
  SandboxOptions options;
  options.store_directory = directory + "/handlers";
  options.launcher = std::string(MILLRACE_BINARY_DIR) + "/millrace-sandbox";
  options.mount_proc = kSanitized;
  return options;
}

std::string AttackHandler() {
  return std::string(MILLRACE_BINARY_DIR) + "/tests/attack_handler";
}

HandlerLimits TestLimits() {
  HandlerLimits limits;
  limits.memory_bytes = uint64_t{128} << 20;
  limits.threads = 24;
  limits.open_files = 64;
  limits.file_size = uint64_t{4} << 20;
  limits.tmp_size = uint64_t{16} << 20;
  return limits;
}

SandboxedHandler::SandboxedHandler(Spawner* spawner, const std::string& digest,
                                   std::vector<std::pair<std::string, std::string>> environment,
                                   HandlerLimits limits) {
  auto made = spawner->MakeEndpoint();
  EXPECT_TRUE(made.ok()) << made.status().ToString();
  endpoint = *made;
  peer = std::make_unique<HandlerPeer>(endpoint.address);
  HandlerSpec spec;
  spec.function_name = "attack";
  spec.digest = digest;
  spec.environment = std::move(environment);
  spec.endpoint = endpoint;
  spec.token = kToken;
  spec.limits = limits;
  AdaptToSanitizers(&spec);
  auto spawned = spawner->Spawn(spec);
  EXPECT_TRUE(spawned.ok()) << spawned.status().ToString();
  if (spawned.ok()) process = std::move(*spawned);
}

bool SandboxedHandler::AwaitReady() {
  const auto ready = peer->Receive<ReadyFrame>();
  return ready && ready->token == kToken && ready->protocol_version == kFrameProtocolVersion;
}

std::optional<ReplyFrame> SandboxedHandler::Do(const std::string& what) {
  peer->Invoke(InvocationOf(++last_invocation, what), {});
  auto reply = peer->Receive<ReplyFrame>();
  if (reply && reply->invocation_id != last_invocation) reply.reset();
  return reply;
}

bool SandboxedHandler::AwaitExit(int seconds) {
  return Readable(process->exit_fd(), seconds * 1000);
}

std::vector<std::string> SandboxedHandler::OutputUntilEnd() {
  std::vector<std::string> lines;
  OutputLines output;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  while (Readable(process->output_fd(), kPatienceMillis) &&
         output.ReadFrom(process->output_fd(), 1 << 20, keep)) {
  }
  return lines;
}

}  // namespace millrace
