// A handler that tries to get out. The idempotency key of an invocation names what to do; the reply
// is OK when the attempt was refused as it should be, else an error that says what happened.

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <millrace/handler.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

using millrace::Failure;
using millrace::Status;

namespace {

using Attempt = std::function<Status()>;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

uint64_t NumberOf(const char* name) {
  return std::strtoull(Variable(name).c_str(), nullptr, 10);
}

// `result` of a system call that must fail.
Status Refused(long result) {
  if (result == -1) return Status::Ok();
  return Failure("it worked: " + std::to_string(result));
}

Status RefusedWith(long result, int wanted) {
  if (result == -1 && errno == wanted) return Status::Ok();
  return Failure("result " + std::to_string(result) + ", " + std::strerror(errno));
}

Attempt Call(std::function<long()> call) {
  return [call] { return Refused(call()); };
}

Attempt CallFor(int wanted, std::function<long()> call) {
  return [call, wanted] {
    errno = 0;
    return RefusedWith(call(), wanted);
  };
}

Status ConnectTo(const std::string& path, bool abstract) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return Failure("no socket at all");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + (abstract ? 1 : 0), path.data(), path.size());
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + (abstract ? 1 : 0) + path.size());
  const int result = connect(fd, reinterpret_cast<sockaddr*>(&address), size);
  close(fd);
  return Refused(result);
}

Status WriteTo(const std::string& path) {
  return Refused(open(path.c_str(), O_WRONLY | O_CREAT, 0644));
}

Status Threads() {
  const uint64_t limit = NumberOf("ATTACK_THREADS");
  std::vector<pthread_t> threads;
  static std::atomic<bool> stop{false};
  stop = false;
  int error = 0;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  while (error == 0 && threads.size() < limit) {
    pthread_t thread;
    error = pthread_create(
        &thread, &attributes,
        [](void*) -> void* {
          stop.wait(false);
          return nullptr;
        },
        nullptr);
    if (error == 0) threads.push_back(thread);
  }
  stop = true;
  stop.notify_all();
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  if (error == EAGAIN && !threads.empty()) return Status::Ok();
  return Failure(std::to_string(threads.size()) + " threads, error " + std::to_string(error));
}

Status AllocateTooMuch() {
  const uint64_t limit = NumberOf("ATTACK_MEMORY");
  std::vector<char*> kept;
  constexpr size_t kStep = size_t{1} << 20;
  bool refused = false;
  while (!refused && kept.size() * kStep <= limit) {
    char* memory = new (std::nothrow) char[kStep];
    refused = memory == nullptr;
    if (!refused) {
      std::memset(memory, 1, kStep);
      kept.push_back(memory);
    }
  }
  for (char* memory : kept) delete[] memory;
  return refused ? Status::Ok() : Failure("got all of it");
}

Status SharedMemory() {
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? Status::Ok() : Failure("got it");
}

Status StackMemory() {
  void* memory = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
  return memory == MAP_FAILED ? Status::Ok() : Failure("got it");
}

Status LargerStack() {
  char part[3 * 4096];
  const auto page = (reinterpret_cast<uintptr_t>(part) + 4095) & ~uintptr_t{4095};
  void* memory = mremap(reinterpret_cast<void*>(page), 4096, 64 << 20, MREMAP_MAYMOVE);
  return memory == MAP_FAILED ? Status::Ok() : Failure("got it");
}

// Writes until it is refused; the error must be `wanted`.
Status FillFiles(int files_max, uint64_t bytes_each, int wanted) {
  signal(SIGXFSZ, SIG_IGN);
  const std::string block(1 << 20, 'x');
  int error = 0;
  for (int i = 0; i < files_max && error == 0; ++i) {
    const int fd = open(("/tmp/fill" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT, 0600);
    for (uint64_t done = 0; fd >= 0 && done < bytes_each && error == 0; done += block.size()) {
      const ssize_t n = write(fd, block.data(), block.size());
      if (n < 0) error = errno;
    }
    close(fd);
  }
  for (int i = 0; i < files_max; ++i) unlink(("/tmp/fill" + std::to_string(i)).c_str());
  return error == wanted ? Status::Ok() : Failure(std::strerror(error));
}

Status OpenManyFiles() {
  std::vector<int> files;
  int fd = 0;
  while (files.size() < 100'000 && (fd = dup(1)) >= 0) files.push_back(fd);
  const int error = errno;
  for (const int file : files) close(file);
  return fd < 0 && error == EMFILE ? Status::Ok()
                                   : Failure("opened " + std::to_string(files.size()));
}

// Nobody is there but this process and the sandbox's own init.
Status SeeOthers() {
  if (getppid() > 1) return Failure("the parent is " + std::to_string(getppid()));
  for (int pid = 3; pid < 4096; ++pid) {
    if (pid != getpid() && kill(pid, 0) == 0 && syscall(SYS_tgkill, getpid(), pid, 0) != 0) {
      return Failure("process " + std::to_string(pid) + " is in sight");
    }
  }
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return Status::Ok();
  Status status;
  while (const dirent* entry = readdir(proc)) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 2 && pid != getpid()) status = Failure(std::string("/proc/") + entry->d_name);
  }
  closedir(proc);
  return status;
}

Status Identity() {
  if (getuid() == 0 || geteuid() == 0) return Failure("runs as root");
  if (setuid(0) != -1 || setgid(0) != -1) return Failure("could become root");
  return Status::Ok();
}

Status Namespaces() {
  for (const int flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID}) {
    if (unshare(flag) != -1) return Failure("unshare worked");
    if (syscall(SYS_clone, flag | SIGCHLD, nullptr, nullptr, nullptr, nullptr) != -1) {
      return Failure("clone worked");
    }
  }
  return Status::Ok();
}

Status Processes() {
  if (fork() != -1) return Failure("fork worked");
  if (syscall(SYS_vfork) != -1) return Failure("vfork worked");
  pid_t pid = 0;
  char* argv[] = {const_cast<char*>("true"), nullptr};
  if (posix_spawn(&pid, "/usr/bin/true", nullptr, nullptr, argv, environ) == 0) {
    return Failure("posix_spawn worked");
  }
  return Status::Ok();
}

Status Ptrace() {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != -1) return Failure("traceme worked");
  char byte = 0;
  iovec local = {&byte, 1};
  iovec remote = {reinterpret_cast<void*>(0x1000), 1};
  return Refused(process_vm_readv(1, &local, 1, &remote, 1, 0));
}

Status RaiseLimits() {
  for (const auto resource :
       {RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_STACK}) {
    rlimit limit{};
    getrlimit(resource, &limit);
    limit.rlim_cur = limit.rlim_max = limit.rlim_max + 1;
    if (setrlimit(resource, &limit) != -1) return Failure("raised " + std::to_string(resource));
  }
  return Status::Ok();
}

// What the process holds open: input, output, and what it opened itself.
Status InheritedFiles() {
  for (int fd = 3; fd < 256; ++fd) {
    struct stat file {};
    if (fstat(fd, &file) != 0) continue;
    if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode) || S_ISFIFO(file.st_mode)) {
      return Failure("file " + std::to_string(fd) + " was inherited");
    }
  }
  return Status::Ok();
}

Status Environment() {
  if (!Variable("HOST_SECRET").empty()) return Failure("the server's environment is visible");
  if (Variable("GIVEN") != "value with = and spaces") return Failure("GIVEN is lost");
  if (!Variable("MILLRACE_TOKEN").empty()) return Failure("the token is still there");
  return Status::Ok();
}

const std::map<std::string, Attempt>& Attempts() {
  static const std::map<std::string, Attempt> attempts = {
      {"tcp socket", Call([] { return socket(AF_INET, SOCK_STREAM, 0); })},
      {"udp6 socket", Call([] { return socket(AF_INET6, SOCK_DGRAM, 0); })},
      {"netlink socket", Call([] { return socket(AF_NETLINK, SOCK_RAW, 0); })},
      {"packet socket", Call([] { return socket(AF_PACKET, SOCK_RAW, 0); })},
      {"abstract socket", [] { return ConnectTo(Variable("ATTACK_ABSTRACT"), true); }},
      {"socket of another", [] { return ConnectTo(Variable("ATTACK_SOCKET"), false); }},
      {"read passwd", Call([] { return open("/etc/passwd", O_RDONLY); })},
      {"read root", Call([] { return open("/root", O_RDONLY); })},
      {"read home", Call([] { return open("/home", O_RDONLY); })},
      {"read var", Call([] { return open("/var", O_RDONLY); })},
      {"read the host's proc", Call([] { return open("/proc/1/root/etc/passwd", O_RDONLY); })},
      {"write usr", [] { return WriteTo("/usr/attack"); }},
      {"write usr bin", [] { return WriteTo("/usr/bin/true"); }},
      {"write root directory", [] { return WriteTo("/attack"); }},
      {"write dev", [] { return WriteTo("/dev/attack"); }},
      {"write socket directory", [] { return WriteTo("/run/millrace/attack"); }},
      {"write itself", [] { return WriteTo("/handler"); }},
      {"ptrace", Ptrace},
      {"mount", Call([] { return mount("none", "/tmp", "tmpfs", 0, nullptr); })},
      {"remount", Call([] { return mount("", "/usr", "", MS_REMOUNT | MS_BIND, nullptr); })},
      {"umount", Call([] { return umount2("/usr", MNT_DETACH); })},
      {"namespaces", Namespaces},
      {"chroot", CallFor(EPERM, [] { return chroot("/tmp"); })},
      {"processes", Processes},
      {"threads", Threads},
      {"memory", AllocateTooMuch},
      {"shared memory", SharedMemory},
      {"stack memory", StackMemory},
      {"larger stack", LargerStack},
      {"memfd", CallFor(EPERM, [] { return memfd_create("attack", 0); })},
      {"big file", [] { return FillFiles(1, NumberOf("ATTACK_FILE_SIZE") * 2, EFBIG); }},
      {"full tmp", [] { return FillFiles(64, NumberOf("ATTACK_FILE_SIZE"), ENOSPC); }},
      {"open files", OpenManyFiles},
      {"signal the server",
       CallFor(ESRCH, [] { return kill(static_cast<pid_t>(NumberOf("ATTACK_SERVER")), SIGKILL); })},
      {"see others", SeeOthers},
      {"identity", Identity},
      {"raise limits", RaiseLimits},
      {"inherited files", InheritedFiles},
      {"environment", Environment},
      {"type on the terminal", Call([] {
         char c = 'x';
         return ioctl(0, TIOCSTI, &c);
       })},
      {"io_uring", Call([] { return syscall(SYS_io_uring_setup, 8, nullptr); })},
      {"keyring", CallFor(EPERM, [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); })},
      {"bpf", CallFor(EPERM, [] { return syscall(SYS_bpf, 0, nullptr, 0); })},
      {"device node", CallFor(EPERM, [] { return mknod("/tmp/sda", S_IFBLK | 0600, 0x800); })},
      {"listen", Call([] {
         sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/tmp/listen"};
         return bind(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&address),
                     sizeof address);
       })},
  };
  return attempts;
}

// Ways to end, or not to.
const std::map<std::string, std::function<void()>>& Endings() {
  static const std::map<std::string, std::function<void()>> endings = {
      {"segfault", [] { raise(SIGSEGV); }},
      {"abort", [] { std::abort(); }},
      {"exit 3", [] { _exit(3); }},
      {"hang",
       [] {
         while (true) pause();
       }},
      {"spin",
       [] {
         for (std::atomic<uint64_t> i = 0;; ++i) {
         }
       }},
      {"print",
       [] {
         std::printf("to stdout\n");
         std::fprintf(stderr, "to stderr\n");
         std::printf("no newline");
       }},
      {"throw", [] { throw std::runtime_error("thrown on purpose"); }},
      {"nothing", [] {}},
  };
  return endings;
}

Status Handle(const millrace::RecordBatch&, millrace::Invocation& invocation) {
  const std::string& wanted = invocation.idempotency_key();
  if (const auto attempt = Attempts().find(wanted); attempt != Attempts().end()) {
    return attempt->second();
  }
  if (const auto ending = Endings().find(wanted); ending != Endings().end()) {
    ending->second();
    return Status::Ok();
  }
  return Failure("no such attempt: " + wanted);
}

}  // namespace

int main(int argc, char** argv) {
  // For the test: all names, one a line.
  if (argc > 1 && std::string(argv[1]) == "--list") {
    for (const auto& [name, attempt] : Attempts()) std::printf("%s\n", name.c_str());
    return 0;
  }
  return millrace::RunHandler(argc, argv, Handle);
}
