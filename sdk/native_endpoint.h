#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// Where the native protocol is spoken: "ipc:///path/of/a/socket" or "tcp://127.0.0.1:8001", as
// ZeroMQ writes them. Hosts are IP addresses ("[::1]" for IPv6) or localhost.
struct NativeEndpoint {
  std::string path;  // of the Unix socket; empty: TCP
  std::string host;
  uint16_t port = 0;

  std::string ToString() const;
};

// Error: kInvalidParameterValue, with what is expected.
Result<NativeEndpoint> ParseNativeEndpoint(std::string_view text);

// Sockets, not blocking and closed on exec. Errors: kUnavailable, with the endpoint and why.
// The connection may still be under way; what became of it is told when it is used.
Result<int> ConnectTo(const NativeEndpoint& endpoint);
// `endpoint`'s port is filled in when it was 0. A socket file that nobody listens on is replaced; a
// new one is its owner's alone.
Result<int> ListenOn(NativeEndpoint* endpoint);

}  // namespace millrace
