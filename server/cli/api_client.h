#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "server/cli/http_client.h"

namespace millrace {

// A server's operations for the command line.
class ApiClient {
 public:
  // `region` is named in the requests' credential scope.
  ApiClient(const Endpoint& endpoint, std::string_view region);

  // `target` is DynamoDB_20120810.DescribeTable and the like. The reply's root, valid until the
  // next call. Errors: kUnavailable (nobody answers; says how to start a server); what the server
  // refused, with its code where errors.def has its name (else kInternal), and "NAME: text".
  Result<JsonValue> Call(std::string_view target, std::string_view body);
  const Endpoint& endpoint() const { return endpoint_; }
  // The text of the last reply.
  const std::string& reply_text() const { return reply_.body; }
  // What the server refused in the last call; none when it didn't.
  const std::optional<Status>& refusal() const { return refusal_; }

 private:
  const Endpoint endpoint_;
  HttpClient http_;
  HttpReply reply_;
  JsonParser parser_;
  std::optional<Status> refusal_;
};

// {"TableName": "flights"}
std::string BodyOf(std::string_view member, std::string_view value);

// The names of all tables, in pages. Errors: Call's.
Result<std::vector<std::string>> AllTableNames(ApiClient* api);

}  // namespace millrace
