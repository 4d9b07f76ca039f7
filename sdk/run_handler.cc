#include <millrace/handler.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "sdk/environment.h"
#include "sdk/handler_loop.h"

namespace millrace {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int Serve(const std::string& socket, const std::string& token, HandlerFunction function) {
  auto link = ServerLink::Connect(socket);
  if (!link.ok()) {
    std::fprintf(stderr, "millrace: %s\n", link.status().message().c_str());
    return kExitFailed;
  }
  HandlerLoop loop(std::move(*link), std::move(function));
  const Status status = loop.Run(token);
  // A server that has gone needs nothing from us any more: not an error of the handler.
  if (status.ok() || status.Is(ErrorCode::kUnavailable)) return kExitOk;
  std::fprintf(stderr, "millrace: %s\n", status.message().c_str());
  return kExitFailed;
}

}  // namespace

int RunHandler(int /*argc*/, char** argv, HandlerFunction function) {
  const char* socket = std::getenv(kSocketVariable);
  const char* token = std::getenv(kTokenVariable);
  if (socket == nullptr || token == nullptr) {
    std::fprintf(
        stderr,
        "%s is a Millrace trigger handler: the server starts it once it is registered as a "
        "function (millrace function create).\n",
        argv != nullptr && argv[0] != nullptr ? argv[0] : "this");
    return kExitUsage;
  }
  const std::string socket_path = socket;
  const std::string secret = token;
  // What the function starts or prints needs neither.
  unsetenv(kSocketVariable);
  unsetenv(kTokenVariable);
  // stdout is a pipe to the server: pass lines on when they are written, not when 4 KB are.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return Serve(socket_path, secret, std::move(function));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "millrace: %s\n", error.what());
    return kExitFailed;
  }
}

}  // namespace millrace
