#include "server/cli/api_client.h"

#include <utility>

namespace millrace {
namespace {

// The name in "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException".
std::string_view NameOf(std::string_view type) {
  const size_t hash = type.find('#');
  return hash == type.npos ? type : type.substr(hash + 1);
}

std::string TextOf(JsonValue root, std::string_view member) {
  const std::optional<JsonValue> value = root.Find(member);
  return value && value->Is(JsonKind::kString) ? std::string(value->string()) : std::string();
}

Status ErrorOf(const Result<JsonValue>& root, int http_status) {
  if (!root.ok() || !root->Is(JsonKind::kObject)) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "the server answered with HTTP status " + std::to_string(http_status));
  }
  std::string text(NameOf(TextOf(*root, "__type")));
  std::string message = TextOf(*root, "message");
  if (message.empty()) message = TextOf(*root, "Message");
  if (!message.empty()) text += ": " + message;
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

}  // namespace

ApiClient::ApiClient(const Endpoint& endpoint)
    : endpoint_(endpoint), http_(endpoint.host, endpoint.port) {}

Result<JsonValue> ApiClient::Call(std::string_view target, std::string_view body) {
  Result<HttpReply> reply = http_.Post(target, body);
  if (!reply.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "no server answers at " + endpoint_.host + ":" + std::to_string(endpoint_.port) +
                      " (" + reply.status().message() +
                      "). Start one with `millrace serve --data DIR`, or name another with "
                      "--endpoint http://HOST:PORT");
  }
  reply_ = std::move(reply).value();
  Result<JsonValue> root = parser_.Parse(reply_.body);
  if (reply_.status != 200) return ErrorOf(root, reply_.status);
  return root;
}

}  // namespace millrace
