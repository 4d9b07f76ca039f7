#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

struct HttpReply {
  int status = 0;
  std::string body;
};

// One blocking connection to a server, kept open between calls. For the command line.
class HttpClient {
 public:
  HttpClient(std::string host, uint16_t port, std::string_view region);
  ~HttpClient();

  // POSTs a DynamoDB JSON request. Error: kUnavailable, with the reason: nobody answers.
  Result<HttpReply> Post(std::string_view amz_target, std::string_view body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// http://HOST[:PORT]; the port is 8000 when absent. Error: kInvalidParameterValue.
struct Endpoint {
  std::string host;
  uint16_t port = 8000;
};
Result<Endpoint> ParseEndpoint(std::string_view url);

}  // namespace millrace
