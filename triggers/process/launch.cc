#include "triggers/process/launch.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include "triggers/process/system_error.h"

namespace millrace {
namespace {

constexpr char kLauncherName[] = "millrace-sandbox";
// Above every number that the launcher gets, so that one redirection doesn't overwrite another's
// source.
constexpr int kFirstFreeFd = 10;

Result<UniqueFd> OutOfTheWay(UniqueFd fd, const char* what) {
  if (!fd.valid()) return SystemError(what);
  UniqueFd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
  if (!moved.valid()) return SystemError(what);
  return moved;
}

Result<UniqueFd> OptionsFile(const std::vector<std::string>& options) {
  constexpr char kWhat[] = "cannot pass a sandbox its options";
  ASSIGN_OR_RETURN(UniqueFd fd, OutOfTheWay(UniqueFd(memfd_create("options", MFD_CLOEXEC)), kWhat));
  std::string bytes;
  for (const std::string& option : options) bytes.append(option).push_back('\0');
  if (write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      lseek(fd.get(), 0, SEEK_SET) != 0) {
    return SystemError(kWhat);
  }
  return fd;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> OutputPipe() {
  constexpr char kWhat[] = "cannot make a pipe for a handler's output";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError(kWhat);
  Pipe result;
  result.read = UniqueFd(ends[0]);
  ASSIGN_OR_RETURN(result.write, OutOfTheWay(UniqueFd(ends[1]), kWhat));
  // Of our end alone: the handler's writes block while nobody reads.
  if (fcntl(result.read.get(), F_SETFL, O_NONBLOCK) != 0) return SystemError(kWhat);
  return result;
}

// posix_spawn's two argument objects.
class SpawnSettings {
 public:
  SpawnSettings(int options, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, options, kOptionsFd);
    posix_spawnattr_init(&attributes_);
    // Signals as a program expects them, whatever the server blocks or ignores.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<Launched> Launch(const std::string& launcher, LaunchRequest request,
                        const std::vector<std::string>& options) {
  request.parent_pid = getpid();
  ASSIGN_OR_RETURN(const UniqueFd options_file, OptionsFile(options));
  ASSIGN_OR_RETURN(Pipe output, OutputPipe());
  std::vector<std::string> arguments = EncodeLaunchRequest(request);
  arguments.insert(arguments.begin(), launcher);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  const SpawnSettings settings(options_file.get(), output.write.get());
  Launched launched;
  if (const int error = posix_spawn(&launched.pid, launcher.c_str(), settings.actions(),
                                    settings.attributes(), argv.data(), environment)) {
    return Status(ErrorCode::kUnavailable, "cannot run " + launcher + ": " + std::strerror(error));
  }
  // It stays a zombie until reaped here, so the number still means the same process.
  launched.exit_fd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, launched.pid, 0)));
  if (!launched.exit_fd.valid()) {
    const Status status = SystemError("cannot watch a handler");
    kill(launched.pid, SIGKILL);
    waitpid(launched.pid, nullptr, 0);
    return status;
  }
  launched.output = std::move(output.read);
  return launched;
}

std::string LauncherBesideProgram() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? kLauncherName : (program.parent_path() / kLauncherName).string();
}

}  // namespace millrace
