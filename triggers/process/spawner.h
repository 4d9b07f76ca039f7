#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

// Handler processes: how their executables are kept, how they are started in a sandbox, how their
// end and their output are seen. Interfaces for the broker thread; the real ones are made by
// MakeSandboxSpawner, fakes run a handler in a thread.
namespace millrace {

// What a handler process may use. Zero means no limit of ours (the host's applies).
struct HandlerLimits {
  uint64_t memory_bytes = uint64_t{512} << 20;  // private memory (RLIMIT_DATA)
  uint32_t open_files = 256;
  uint32_t threads = 64;                    // of the whole sandbox, its three helpers included
  uint64_t file_size = uint64_t{64} << 20;  // bytes, of one file in /tmp
  uint64_t tmp_size = uint64_t{64} << 20;   // bytes, of /tmp, which is memory
};

// Where one process and the server meet. The server binds its socket to `address` before Spawn,
// which hands the socket file to the handler's user. Removed with the HandlerProcess, or by
// RemoveEndpoint.
struct HandlerEndpoint {
  std::string directory;
  std::string address;  // ipc://directory/handler.sock; fits a socket address
};

struct HandlerSpec {
  std::string function_name;           // for messages
  std::string digest;                  // of a staged executable
  std::vector<std::string> arguments;  // after the program's name
  // What the function was given. Names with the prefix MILLRACE_ are refused
  // (kInvalidParameterValue).
  std::vector<std::pair<std::string, std::string>> environment;
  HandlerEndpoint endpoint;
  std::string token;  // what the process must say in Ready
  HandlerLimits limits;
};

struct ExitStatus {
  int code = 0;    // of a normal exit
  int signal = 0;  // 0: a normal exit
  bool ok() const { return code == 0 && signal == 0; }
  std::string ToString() const;  // "exit code 3", "signal 11 (Segmentation fault)"
};

// One process and all it has started. Destruction kills it, waits for its end (a few milliseconds)
// and removes its endpoint. Used by one thread.
class HandlerProcess {
 public:
  virtual ~HandlerProcess() = default;
  virtual int64_t pid() const = 0;  // in the server's eyes: the outermost process of the sandbox
  // Readable once the process has ended: a pidfd, for poll. Stays open until destruction.
  virtual int exit_fd() const = 0;
  // The read end of a non-blocking pipe with stdout and stderr, in the order in which they were
  // written. Whoever owns the process must read it: a full pipe blocks the handler. May outlive the
  // process; end of file after all of it is gone. Valid until destruction or TakeOutput.
  virtual int output_fd() const = 0;
  // Passes the ownership of output_fd to the caller, e.g. a log thread; output_fd() is -1
  // afterwards.
  virtual int TakeOutput() = 0;
  // SIGKILL for everything in the sandbox. The end shows at exit_fd. Harmless after the end.
  virtual void Kill() = 0;
  // The status if it has ended. Never blocks. Same answer ever after.
  virtual std::optional<ExitStatus> Exited() = 0;
};

// Thread-safe, except that Spawn must be called on a thread that outlives the process: the kernel
// ends the process with the thread that started it, so that no handler outlives a killed server.
class Spawner {
 public:
  virtual ~Spawner() = default;

  // Copies an executable into the store, by its digest (SHA-256, hex), durably. Staging the same
  // bytes again costs a read. Errors: kInvalidParameterValue (not a readable regular executable
  // file), kIo.
  virtual Result<std::string> Stage(const std::string& executable) = 0;
  virtual bool IsStaged(std::string_view digest) const = 0;

  virtual Result<HandlerEndpoint> MakeEndpoint() = 0;
  // For an endpoint that Spawn has not taken over.
  virtual void RemoveEndpoint(const HandlerEndpoint& endpoint) = 0;

  // Returns once the process exists; that it works shows when it says Ready, that it doesn't at
  // exit_fd, with the reason in its output. Takes over spec.endpoint if OK. Errors:
  // kResourceNotFound (not staged), kInvalidParameterValue, kIo, kUnavailable.
  virtual Result<std::unique_ptr<HandlerProcess>> Spawn(const HandlerSpec& spec) = 0;
};

// How sandboxes are made.
struct SandboxOptions {
  // Where staged executables are kept: DIGEST/handler below it. In the data directory.
  std::string store_directory;
  // Below it a directory is made for sockets, and for copies of executables where the sandbox's
  // user cannot reach the store; removed at the end. Short: a socket's path has at most 107 bytes.
  // Empty: the first that will do of $XDG_RUNTIME_DIR, /run, /tmp and /var/tmp.
  std::string runtime_base;
  std::string launcher;  // empty: millrace-sandbox beside the running program
  std::string bwrap = "/usr/bin/bwrap";
  // Whom handlers run as when the server is root: no account needs to exist. As any other user they
  // run as that user, in a user namespace.
  uint32_t uid = 65'432;
  uint32_t gid = 65'432;
  // The user accepts handlers with the server's own rights: limits, but no sandbox.
  bool unsandboxed_handlers = false;
  // A fresh /proc of the sandbox's own processes. For handlers built with sanitizers.
  bool mount_proc = false;
};

// Starts a sandbox that does nothing. OK, or kUnavailable with what is missing and what to do about
// it. Always OK with unsandboxed_handlers. May take 100 ms; for the start of the server.
Status ProbeSandbox(const SandboxOptions& options);

// Creates the directories. Errors: kIo. Does not probe.
Result<std::unique_ptr<Spawner>> MakeSandboxSpawner(const SandboxOptions& options);

}  // namespace millrace
