#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>

#define BOOST_PROCESS_V2_HEADER_ONLY 1
#include <boost/process/v2/process.hpp>

#include "triggers/process/launch.h"
#include "triggers/process/reach.h"
#include "triggers/process/sandbox_options.h"
#include "triggers/process/sandbox_process.h"
#include "triggers/process/spawner.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

constexpr std::chrono::seconds kPatience{10};
constexpr char kProgram[] = "/usr/bin/true";
constexpr char kAdvice[] =
    "Handlers need bubblewrap (apt-get install bubblewrap) and unprivileged user namespaces "
    "(sysctl "
    "kernel.unprivileged_userns_clone=1, user.max_user_namespaces > 0, no profile that forbids "
    "them). Or run handlers without a sandbox: --allow-unsandboxed-handlers.";

struct Outcome {
  ExitStatus exit;
  std::string output;
  bool timed_out = false;
};

// Waits for the end of the process and of its output, for a while. Boost.Process has the process:
// it was started by posix_spawn, since its own launchers fork or are broken in this version.
Outcome Await(Launched launched) {
  asio::io_context context;
  process::process child(context.get_executor(), launched.pid);
  asio::posix::stream_descriptor output(context, launched.output.Release());
  asio::steady_timer timer(context, kPatience);
  Outcome outcome;
  boost::system::error_code ignored;
  timer.async_wait([&](boost::system::error_code error) {
    if (error) return;
    outcome.timed_out = true;
    child.terminate(ignored);
    output.cancel(ignored);
  });
  asio::async_read(output, asio::dynamic_buffer(outcome.output),
                   [](boost::system::error_code, size_t) {});
  child.async_wait([&](boost::system::error_code, int code) {
    outcome.exit = ExitStatusOf(code << 8);
    timer.cancel();
  });
  context.run();
  return outcome;
}

Status Unavailable(const std::string& why) {
  return Status(ErrorCode::kUnavailable, "no sandbox for handlers: " + why + "\n" + kAdvice);
}

std::string WithoutNewline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Status ProbeSandbox(const SandboxOptions& options) try {
  if (options.unsandboxed_handlers) return Status::Ok();
  const SandboxUser user = ChooseSandboxUser(options.uid, options.gid);
  LaunchRequest request;
  request.drop_user = user.drop;
  request.uid = user.uid;
  request.gid = user.gid;
  request.bwrap = options.bwrap;
  request.command = {kProgram};
  SandboxMounts mounts;
  mounts.mount_proc = options.mount_proc;
  auto launched = Launch(options.launcher.empty() ? LauncherBesideProgram() : options.launcher,
                         request, SandboxArguments(mounts, {}));
  if (!launched.ok()) return Unavailable(launched.status().message());
  const Outcome outcome = Await(std::move(*launched));
  if (outcome.timed_out) return Unavailable("bwrap didn't finish in 10 s");
  if (outcome.exit.ok()) return Status::Ok();
  return Unavailable(outcome.output.empty() ? outcome.exit.ToString()
                                            : WithoutNewline(outcome.output));
} catch (const std::exception& error) {
  return Unavailable(error.what());
}

}  // namespace millrace
