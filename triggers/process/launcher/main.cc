// millrace-sandbox: the small program that the server starts in its place, since a big process must
// not fork. It gives up rights and becomes bwrap, which becomes the sandbox. Everything that may
// fail says so on stderr, which is the function's log.

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "triggers/process/launcher/launch_request.h"
#include "triggers/process/launcher/seccomp_filter.h"

namespace millrace {
namespace {

constexpr uint64_t kStackBytes = uint64_t{8} << 20;  // which RLIMIT_DATA doesn't count

[[noreturn]] void Fail(const std::string& what, int error) {
  std::fprintf(stderr, "millrace-sandbox: %s: %s\n", what.c_str(), std::strerror(error));
  std::exit(kLauncherFailed);
}

void Require(bool done, const std::string& what) {
  if (!done) Fail(what, errno);
}

// What the server had open, and didn't mark, stays the server's.
void CloseInheritedFiles() {
  Require(close_range(kOptionsFd + 1, ~0u, 0) == 0, "cannot close files");
}

void DropUser(const LaunchRequest& request) {
  Require(setgroups(0, nullptr) == 0, "cannot leave the groups");
  Require(setresgid(request.gid, request.gid, request.gid) == 0,
          "cannot become group " + std::to_string(request.gid));
  Require(setresuid(request.uid, request.uid, request.uid) == 0,
          "cannot become user " + std::to_string(request.uid));
  // Who changes its user loses the ownership of its own /proc files, which the next step writes.
  Require(prctl(PR_SET_DUMPABLE, 1) == 0, "cannot stay dumpable");
}

void WriteProcFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  Require(fd >= 0, "cannot open " + path);
  Require(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
          "cannot write " + path);
  close(fd);
}

// A user namespace of this sandbox's own, with the same numbers: RLIMIT_NPROC counts per user and
// namespace, so one sandbox's threads don't count against another's, nor against the server's user.
void EnterUserNamespace() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  Require(unshare(CLONE_NEWUSER) == 0,
          "cannot make a user namespace (are unprivileged user namespaces switched off?)");
  WriteProcFile("/proc/self/setgroups", "deny");
  WriteProcFile("/proc/self/uid_map", uid + " " + uid + " 1");
  WriteProcFile("/proc/self/gid_map", gid + " " + gid + " 1");
}

void Limit(__rlimit_resource resource, uint64_t value, const char* name) {
  rlimit limit{};
  Require(getrlimit(resource, &limit) == 0, name);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value) value = limit.rlim_max;
  limit.rlim_cur = limit.rlim_max = value;
  Require(setrlimit(resource, &limit) == 0, std::string("cannot limit ") + name);
}

void LimitResources(const LaunchRequest& request) {
  Limit(RLIMIT_CORE, 0, "core files");
  Limit(RLIMIT_MEMLOCK, 0, "locked memory");
  Limit(RLIMIT_STACK, kStackBytes, "the stack");
  // Private writable memory of the process. Not RLIMIT_AS: allocators reserve far more than they
  // use, and what DATA doesn't count (shared memory) the seccomp filter refuses.
  if (request.memory_bytes != 0) Limit(RLIMIT_DATA, request.memory_bytes, "memory");
  if (request.open_files != 0) Limit(RLIMIT_NOFILE, request.open_files, "open files");
  if (request.file_size != 0) Limit(RLIMIT_FSIZE, request.file_size, "file size");
  if (request.threads != 0 && request.sandboxed) Limit(RLIMIT_NPROC, request.threads, "threads");
}

int SeccompFile() {
  const int fd = memfd_create("seccomp", 0);
  Require(fd >= 0, "cannot make a seccomp filter");
  if (const int error = WriteSeccompFilter(fd)) Fail("cannot make a seccomp filter", error);
  Require(lseek(fd, 0, SEEK_SET) == 0, "cannot rewind the seccomp filter");
  return fd;
}

// After the user was changed, which would undo it.
void DieWithServer(int64_t server) {
  Require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "cannot ask to die with the server");
  if (getppid() != server) std::exit(kLauncherFailed);
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& s : *strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void ExecSandbox(const LaunchRequest& request) {
  std::vector<std::string> arguments = {
      "bwrap", "--args", std::to_string(kOptionsFd), "--seccomp", std::to_string(SeccompFile()),
      "--"};
  arguments.insert(arguments.end(), request.command.begin(), request.command.end());
  if (request.drop_user) DropUser(request);
  EnterUserNamespace();
  LimitResources(request);
  Require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "cannot give up privileges");
  DieWithServer(request.parent_pid);
  char* environment[] = {nullptr};
  execve(request.bwrap.c_str(), Pointers(&arguments).data(), environment);
  Fail("cannot run " + request.bwrap + " (package bubblewrap)", errno);
}

std::vector<std::string> ReadStrings(int fd) {
  std::string bytes;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) bytes.append(buffer, static_cast<size_t>(n));
  Require(n == 0, "cannot read the environment");
  std::vector<std::string> strings;
  for (size_t begin = 0; begin < bytes.size();) {
    strings.emplace_back(bytes.c_str() + begin);
    begin += strings.back().size() + 1;
  }
  return strings;
}

[[noreturn]] void ExecUnsandboxed(const LaunchRequest& request) {
  std::vector<std::string> environment = ReadStrings(kOptionsFd);
  std::vector<std::string> command = request.command;
  close(kOptionsFd);
  LimitResources(request);
  DieWithServer(request.parent_pid);
  execve(command[0].c_str(), Pointers(&command).data(), Pointers(&environment).data());
  Fail("cannot run " + command[0], errno);
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  const auto request =
      millrace::ParseLaunchRequest(std::vector<std::string>(argv + (argc > 0), argv + argc));
  if (!request) {
    std::fprintf(stderr, "millrace-sandbox is started by the Millrace server, not by hand\n");
    return millrace::kLauncherFailed;
  }
  millrace::CloseInheritedFiles();
  if (request->sandboxed) millrace::ExecSandbox(*request);
  millrace::ExecUnsandboxed(*request);
}
