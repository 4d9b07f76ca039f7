#include "sdk/native_endpoint.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace millrace {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
constexpr int kBacklog = 1024;

Status Invalid(std::string_view text, std::string_view why) {
  return Status(ErrorCode::kInvalidParameterValue,
                "'" + std::string(text) + "' " + std::string(why));
}

Status Unavailable(std::string_view what, const NativeEndpoint& endpoint, int error) {
  return Status(ErrorCode::kUnavailable,
                std::string(what) + " " + endpoint.ToString() + ": " + std::strerror(error));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address AddressOf(const NativeEndpoint& endpoint) {
  Address address;
  if (!endpoint.path.empty()) {
    auto* local = reinterpret_cast<sockaddr_un*>(&address.storage);
    local->sun_family = AF_UNIX;
    std::memcpy(local->sun_path, endpoint.path.data(), endpoint.path.size());
    address.size = static_cast<socklen_t>(sizeof(sockaddr_un));
    return address;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, endpoint.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  inet_pton(AF_INET6, endpoint.host.c_str(), &v6->sin6_addr);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(endpoint.port);
  address.size = sizeof(sockaddr_in6);
  return address;
}

int NewSocket(const Address& address) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && address.storage.ss_family != AF_UNIX) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  return fd;
}

bool IsAddress(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// A socket left by a server that was killed: connecting to it is refused.
bool IsStale(const NativeEndpoint& endpoint) {
  struct stat file {};
  if (lstat(endpoint.path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const Address address = AddressOf(endpoint);
  const int fd = NewSocket(address);
  if (fd < 0) return false;
  const bool stale = connect(fd, address.get(), address.size) != 0 && errno == ECONNREFUSED;
  close(fd);
  return stale;
}

uint16_t PortOf(int fd) {
  Address bound;
  bound.size = sizeof bound.storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  if (bound.storage.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
}

}  // namespace

std::string NativeEndpoint::ToString() const {
  if (!path.empty()) return std::string(kIpc) + path;
  const bool v6 = host.find(':') != host.npos;
  return std::string(kTcp) + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<NativeEndpoint> ParseNativeEndpoint(std::string_view text) {
  NativeEndpoint endpoint;
  if (text.substr(0, kIpc.size()) == kIpc && text.size() > kIpc.size()) {
    endpoint.path = text.substr(kIpc.size());
    if (endpoint.path.size() >= sizeof(sockaddr_un::sun_path) ||
        endpoint.path.find('\0') != endpoint.path.npos) {
      return Invalid(text, "is too long: the path of a socket has at most 107 bytes");
    }
    return endpoint;
  }
  if (text.substr(0, kTcp.size()) != kTcp) {
    return Invalid(text, "is neither ipc://PATH nor tcp://HOST:PORT");
  }
  const std::string_view address = text.substr(kTcp.size());
  const size_t colon = address.rfind(':');
  const std::string_view port =
      colon == address.npos ? std::string_view() : address.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return Invalid(text, "has no port, as tcp://127.0.0.1:8001 has");
  }
  std::string_view host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  endpoint.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!IsAddress(endpoint.host)) return Invalid(text, "does not name an IP address");
  return endpoint;
}

Result<int> ConnectTo(const NativeEndpoint& endpoint) {
  const Address address = AddressOf(endpoint);
  const int fd = NewSocket(address);
  if (fd < 0) return Unavailable("cannot connect to", endpoint, errno);
  if (connect(fd, address.get(), address.size) == 0 || errno == EINPROGRESS) return fd;
  const int error = errno;
  close(fd);
  return Unavailable("cannot connect to", endpoint, error);
}

Result<int> ListenOn(NativeEndpoint* endpoint) {
  const bool local = !endpoint->path.empty();
  if (local && IsStale(*endpoint)) unlink(endpoint->path.c_str());
  const Address address = AddressOf(*endpoint);
  const int fd = NewSocket(address);
  if (fd < 0) return Unavailable("cannot listen on", *endpoint, errno);
  // Before anyone can connect: only listen() opens it.
  if (bind(fd, address.get(), address.size) != 0 ||
      (local && chmod(endpoint->path.c_str(), S_IRUSR | S_IWUSR) != 0) ||
      listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    return Unavailable("cannot listen on", *endpoint, error);
  }
  if (!local) endpoint->port = PortOf(fd);
  return fd;
}

}  // namespace millrace
