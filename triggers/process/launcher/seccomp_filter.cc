#include "triggers/process/launcher/seccomp_filter.h"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace millrace {
namespace {

#ifndef PR_SET_VMA
constexpr int kPrSetVma = 0x53564d41;
#else
constexpr int kPrSetVma = PR_SET_VMA;
#endif

#define CALL(name) SCMP_SYS(name)

constexpr int kAllowed[] = {
    // files, as far as the mounts let it
    CALL(read),
    CALL(write),
    CALL(readv),
    CALL(writev),
    CALL(pread64),
    CALL(pwrite64),
    CALL(preadv),
    CALL(pwritev),
    CALL(preadv2),
    CALL(pwritev2),
    CALL(lseek),
    CALL(open),
    CALL(openat),
    CALL(creat),
    CALL(close),
    CALL(close_range),
    CALL(stat),
    CALL(fstat),
    CALL(lstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getcwd),
    CALL(chdir),
    CALL(fchdir),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rmdir),
    CALL(unlink),
    CALL(unlinkat),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(link),
    CALL(linkat),
    CALL(symlink),
    CALL(symlinkat),
    CALL(truncate),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(fsync),
    CALL(fdatasync),
    CALL(flock),
    CALL(fcntl),
    CALL(dup),
    CALL(dup2),
    CALL(dup3),
    CALL(pipe),
    CALL(pipe2),
    CALL(getdents),
    CALL(getdents64),
    CALL(umask),
    CALL(chmod),
    CALL(fchmod),
    CALL(fchmodat),
    CALL(utimensat),
    CALL(copy_file_range),
    CALL(sendfile),
    CALL(fadvise64),
    // memory (mmap below)
    CALL(munmap),
    CALL(mprotect),
    CALL(madvise),
    CALL(brk),
    CALL(msync),
    CALL(mincore),
    CALL(membarrier),
    // threads (clone below)
    CALL(futex),
    CALL(set_robust_list),
    CALL(get_robust_list),
    CALL(rseq),
    CALL(set_tid_address),
    CALL(arch_prctl),
    CALL(gettid),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(sched_setaffinity),
    CALL(sched_getparam),
    CALL(sched_getscheduler),
    // libraries set what they found (ZeroMQ); more than that needs a right that nobody here has
    CALL(sched_setparam),
    CALL(sched_setscheduler),
    CALL(sched_get_priority_max),
    CALL(sched_get_priority_min),
    CALL(getcpu),
    CALL(getpriority),
    CALL(exit),
    CALL(exit_group),
    CALL(wait4),
    CALL(waitid),
    CALL(restart_syscall),
    // bwrap starts the handler under this filter
    CALL(execve),
    // who and where am I
    CALL(getpid),
    CALL(getppid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(getgroups),
    CALL(getresuid),
    CALL(getresgid),
    CALL(getpgrp),
    CALL(getpgid),
    CALL(getsid),
    CALL(uname),
    CALL(sysinfo),
    CALL(getrusage),
    CALL(getrlimit),
    CALL(setrlimit),
    CALL(times),
    CALL(getrandom),
    // signals: other processes are out of sight in their own pid namespace
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(rt_sigpending),
    CALL(rt_sigtimedwait),
    CALL(rt_sigsuspend),
    CALL(sigaltstack),
    CALL(kill),
    CALL(tgkill),
    CALL(tkill),
    CALL(pause),
    // time
    CALL(nanosleep),
    CALL(clock_nanosleep),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(time),
    CALL(getitimer),
    CALL(setitimer),
    CALL(alarm),
    CALL(timer_create),
    CALL(timer_settime),
    CALL(timer_gettime),
    CALL(timer_getoverrun),
    CALL(timer_delete),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    CALL(timerfd_gettime),
    // waiting
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    CALL(epoll_create),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(eventfd),
    CALL(eventfd2),
    CALL(signalfd4),
    // the socket to the server (socket and socketpair below)
    CALL(connect),
    CALL(getsockname),
    CALL(getpeername),
    CALL(getsockopt),
    CALL(setsockopt),
    CALL(sendto),
    CALL(recvfrom),
    CALL(sendmsg),
    CALL(recvmsg),
    CALL(shutdown),
};

constexpr int kRefused[] = {
    CALL(fork),
    CALL(vfork),
    CALL(execveat),
    CALL(unshare),
    CALL(setns),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(chroot),
    CALL(open_tree),
    CALL(move_mount),
    CALL(fsopen),
    CALL(fsmount),
    CALL(mount_setattr),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kcmp),
    CALL(pidfd_open),
    CALL(pidfd_getfd),
    CALL(pidfd_send_signal),
    CALL(bind),
    CALL(listen),
    CALL(accept),
    CALL(accept4),
    CALL(setuid),
    CALL(setgid),
    CALL(setresuid),
    CALL(setresgid),
    CALL(setgroups),
    CALL(capset),
    CALL(chown),
    CALL(fchown),
    CALL(lchown),
    CALL(fchownat),
    CALL(mknod),
    CALL(mknodat),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(userfaultfd),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(kexec_load),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(sethostname),
    CALL(quotactl),
    CALL(acct),
    CALL(syslog),
    CALL(iopl),
    CALL(ioperm),
    CALL(open_by_handle_at),
    CALL(name_to_handle_at),
    CALL(fanotify_init),
    // memory that RLIMIT_DATA doesn't count
    CALL(memfd_create),
    CALL(memfd_secret),
    CALL(shmget),
    CALL(shmat),
    CALL(mlock),
    CALL(mlockall),
    // it makes a part of the stack as large as it likes, uncounted; realloc does without
    CALL(mremap),
};

constexpr uint64_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr uint64_t kUncounted = MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN;

// Calls of which only some forms are allowed; the others get EPERM.
struct Form {
  int call;
  scmp_arg_cmp argument;
};

// Equal in the low 32 bits: the kernel ignores the rest of an int argument.
scmp_arg_cmp IntIs(unsigned argument, uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value);
}
scmp_arg_cmp MaskedIs(unsigned argument, uint64_t mask, uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);
}

const Form kAllowedForms[] = {
    // Threads, not processes: so RLIMIT_DATA is the memory of all the handler. No namespaces.
    {CALL(clone), MaskedIs(0, CLONE_THREAD | kNamespaceFlags, CLONE_THREAD)},
    // RLIMIT_DATA doesn't count shared memory without a file, nor what grows as a stack does.
    {CALL(mmap), MaskedIs(3, kUncounted, 0)},
    {CALL(mmap), MaskedIs(3, kUncounted, MAP_SHARED)},
    {CALL(mmap), MaskedIs(3, kUncounted, MAP_ANONYMOUS)},
    {CALL(socket), IntIs(0, AF_UNIX)},
    {CALL(socketpair), IntIs(0, AF_UNIX)},
    {CALL(prlimit64), IntIs(0, 0)},             // its own
    {CALL(personality), IntIs(0, 0xffffffff)},  // asks only
    {CALL(prctl), IntIs(0, PR_SET_NAME)},
    {CALL(prctl), IntIs(0, PR_GET_NAME)},
    {CALL(prctl), IntIs(0, PR_GET_DUMPABLE)},
    {CALL(prctl), IntIs(0, PR_CAPBSET_READ)},
    {CALL(prctl), IntIs(0, static_cast<uint32_t>(kPrSetVma))},
    {CALL(ioctl), IntIs(1, TCGETS)},
    {CALL(ioctl), IntIs(1, TIOCGWINSZ)},
    {CALL(ioctl), IntIs(1, FIONREAD)},
    {CALL(ioctl), IntIs(1, FIONBIO)},
    {CALL(ioctl), IntIs(1, FIOCLEX)},
    {CALL(ioctl), IntIs(1, FIONCLEX)},
};

#undef CALL

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// Names of another architecture, or newer than libseccomp, have negative numbers: they fall under
// the default.
int AddAll(scmp_filter_ctx filter) {
  for (const int call : kAllowed) {
    if (call < 0) continue;
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0)) return error;
  }
  for (const Form& form : kAllowedForms) {
    if (form.call < 0) continue;
    if (const int error =
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, form.call, 1, &form.argument)) {
      return error;
    }
  }
  for (const int call : kRefused) {
    if (call < 0) continue;
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0)) return error;
  }
  return 0;
}

}  // namespace

int WriteSeccompFilter(int fd) {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release);
  if (!filter) return ENOMEM;
  // A binary search over the numbers rather than a walk.
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (const int error = AddAll(filter.get())) return -error;
  return -seccomp_export_bpf(filter.get(), fd);
}

}  // namespace millrace
