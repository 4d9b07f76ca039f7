#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "server/cli/http_client.h"

namespace millrace {

// A server's operations for the command line.
class ApiClient {
 public:
  explicit ApiClient(const Endpoint& endpoint);

  // `target` is DynamoDB_20120810.DescribeTable and the like. The reply's root, valid until the
  // next call. Errors: kUnavailable (nobody answers; says how to start a server),
  // kInvalidParameterValue with the server's "NAME: text" for what it refused.
  Result<JsonValue> Call(std::string_view target, std::string_view body);
  // The text of the last reply.
  const std::string& reply_text() const { return reply_.body; }

 private:
  const Endpoint endpoint_;
  HttpClient http_;
  HttpReply reply_;
  JsonParser parser_;
};

}  // namespace millrace
