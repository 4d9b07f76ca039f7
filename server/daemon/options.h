#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/status.h"

namespace millrace {

// What `millrace serve` is told.
struct ServeOptions {
  std::string data_directory;
  std::string host = "127.0.0.1";
  uint16_t port = 8000;  // 0: any free one
  bool sync = true;      // durability: every reply waits for the disk
  std::string region = "us-east-1";
  // Where the native protocol is spoken: an endpoint; "off"; empty: a socket in the data directory.
  std::string native;
  unsigned threads = 0;  // request threads; 0: one for each processor
  uint64_t block_cache_mb = 256;
  size_t connections_max = 16 * 1024;
  uint64_t request_memory_mb = 256;  // of large requests and replies under way
  std::chrono::seconds idle_timeout{120};
  std::chrono::seconds ttl_delay{1};  // how long an item may outlive its time to live
  bool allow_unsandboxed_handlers = false;
};

struct ListenAddress {
  std::string host;  // an IP address
  uint16_t port = 0;
};

// "127.0.0.1:8000", "[::1]:8000", "localhost:8000". Refuses every address but loopback's, and says
// why. Error: kInvalidParameterValue.
Result<ListenAddress> ParseListenAddress(std::string_view text);

// "" for off, an ipc:// or tcp:// endpoint otherwise; of TCP only loopback's, as above.
// Error: kInvalidParameterValue.
Result<std::string> NativeEndpointOf(const ServeOptions& options);

}  // namespace millrace
