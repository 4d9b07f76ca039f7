#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "server/protocol/services.h"

namespace millrace {

struct NativeServerOptions {
  std::string endpoint;  // ipc://PATH or tcp://HOST:PORT
  std::string version;   // said in Welcome
  size_t connections_max = 256;
  size_t pool_threads = 2;
  size_t pool_queue_max = 1024;  // requests waiting for a thread; one more is throttled
};

// The server's side of the native protocol (sdk/native_frames.h). One thread owns all sockets:
// reads and writes of cached items are answered or begun on it, many for one wake-up; what waits
// for the disk goes to a bounded pool, and comes back, as commits do, through one queue and one
// eventfd.
//
// Back-pressure: a connection that has 1,024 requests under way, replies of 1 MB unread, or replies
// of about 80 MB possible, is not read from until it has less; so is everybody while all together
// may take 300 MB. Partial requests of all connections take at most 256 MB. Nothing is dropped:
// what was read is answered.
class NativeServer {
 public:
  NativeServer();
  // After the database is closed: commits are completed on its queue.
  ~NativeServer();
  NativeServer(const NativeServer&) = delete;
  NativeServer& operator=(const NativeServer&) = delete;

  // Listens and answers. `services` must outlive Stop. Errors: kInvalidParameterValue (the
  // endpoint), kUnavailable (it cannot be had).
  Status Start(const Services& services, NativeServerOptions options);
  // As it is, with the port that was chosen; empty before Start.
  std::string endpoint() const;
  // Reads no more, answers what is under way (10 s at most), closes. Idempotent.
  void Stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace millrace
