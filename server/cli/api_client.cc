#include "server/cli/api_client.h"

#include <utility>

#include "server/cli/text.h"

namespace millrace {
namespace {

// The name in "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException".
std::string_view NameOf(std::string_view type) {
  const size_t hash = type.find('#');
  return hash == type.npos ? type : type.substr(hash + 1);
}

// The first row of the table that has the name: those never on the wire come last.
ErrorCode CodeOf(std::string_view name) {
#define MILLRACE_ERROR(code, error_name, prefix, http_status, retryable) \
  if (name == error_name) return ErrorCode::code;
#include "engine/base/errors.def"
#undef MILLRACE_ERROR
  return ErrorCode::kInternal;
}

Status ErrorOf(const Result<JsonValue>& root, int http_status) {
  if (!root.ok() || !root->Is(JsonKind::kObject)) {
    return Status(ErrorCode::kInternal, "the server answered with HTTP status " +
                                            std::to_string(http_status) +
                                            ", and not as Millrace does: check --endpoint");
  }
  const std::string type = StringMember(*root, "__type");
  std::string text(NameOf(type));
  const ErrorCode code = CodeOf(text);
  std::string message = StringMember(*root, "message");
  if (message.empty()) message = StringMember(*root, "Message");
  if (!message.empty()) text += ": " + message;
  return Status(code, std::move(text));
}

}  // namespace

ApiClient::ApiClient(const Endpoint& endpoint, std::string_view region)
    : endpoint_(endpoint), http_(endpoint.host, endpoint.port, region) {}

Result<JsonValue> ApiClient::Call(std::string_view target, std::string_view body) {
  refusal_.reset();
  Result<HttpReply> reply = http_.Post(target, body);
  if (!reply.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "no server answers at " + endpoint_.host + ":" + std::to_string(endpoint_.port) +
                      " (" + reply.status().message() +
                      "). Start one with `millrace serve --data DIR`, or name another with "
                      "--endpoint http://HOST:PORT");
  }
  reply_ = std::move(reply).value();
  // Operations that return nothing, such as TagResource, have an empty body.
  const bool nothing = reply_.status == 200 && reply_.body.empty();
  Result<JsonValue> root = parser_.Parse(nothing ? std::string_view("{}") : reply_.body);
  if (reply_.status == 200 && root.ok() && root->Is(JsonKind::kObject)) return root;
  if (reply_.status == 200) {
    refusal_ = Status(ErrorCode::kInternal, "what answers at " + endpoint_.host + ":" +
                                                std::to_string(endpoint_.port) +
                                                " is no Millrace: check --endpoint");
    return *refusal_;
  }
  refusal_ = ErrorOf(root, reply_.status);
  return *refusal_;
}

std::string BodyOf(std::string_view member, std::string_view value) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  writer.Key(member);
  writer.String(value);
  writer.EndObject();
  return body;
}

Result<std::vector<std::string>> AllTableNames(ApiClient* api) {
  std::vector<std::string> names;
  std::string body = "{}";
  while (true) {
    ASSIGN_OR_RETURN(const JsonValue root, api->Call("DynamoDB_20120810.ListTables", body));
    const std::optional<JsonValue> page = root.Find("TableNames");
    if (!page || !page->Is(JsonKind::kArray)) break;
    RETURN_IF_ERROR(page->ForEachElement([&names](JsonValue name) {
      names.emplace_back(name.string());
      return Status::Ok();
    }));
    const std::string last = StringMember(root, "LastEvaluatedTableName");
    if (last.empty()) break;
    body = BodyOf("ExclusiveStartTableName", last);
  }
  return names;
}

}  // namespace millrace
