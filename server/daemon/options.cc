#include "server/daemon/options.h"

#include <arpa/inet.h>

#include <charconv>
#include <filesystem>
#include <system_error>

#include "sdk/native_endpoint.h"

namespace millrace {
namespace {

Status Invalid(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool IsAddress(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

Status RefuseAddress(const std::string& host) {
  return Invalid(
      "Millrace does not check who its clients are yet: whoever reached the port could read and "
      "change every table. So it listens on loopback addresses only (127.0.0.1, ::1), not on " +
      host);
}

}  // namespace

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  ListenAddress address;
  const std::string_view port = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return Invalid("'" + std::string(text) + "' is not HOST:PORT, for example 127.0.0.1:8000");
  }
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!IsAddress(address.host)) {
    return Invalid("'" + std::string(host) + "' is not an IP address");
  }
  if (!IsLoopback(address.host)) {
    return RefuseAddress(address.host);
  }
  return address;
}

Result<std::string> NativeEndpointOf(const ServeOptions& options) {
  if (options.native == "off") return std::string();
  std::string text = options.native;
  if (text.empty()) {
    std::error_code error;
    const auto directory = std::filesystem::absolute(options.data_directory, error);
    text = "ipc://" + (directory / "native.sock").lexically_normal().string();
  }
  const Result<NativeEndpoint> endpoint = ParseNativeEndpoint(text);
  if (!endpoint.ok()) {
    return Invalid(endpoint.status().message() +
                   "; say where with --native, or switch the native protocol off: --native off");
  }
  if (endpoint->path.empty() && !IsLoopback(endpoint->host)) return RefuseAddress(endpoint->host);
  return text;
}

}  // namespace millrace
