#include "connectors/import/batch_sender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

using Action = BatchSender::Action;

constexpr std::string_view kAllWritten = "{\"UnprocessedItems\":{}}";

// In AWS's spelling; a prefix such as "com.amazonaws.dynamodb.v20120810#" goes before it.
constexpr std::string_view kRetryable[] = {
    "ThrottlingException",          "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",         "InternalServerError",
    "ServiceUnavailable",           "InternalFailure",
    "TransactionConflictException",
};
constexpr std::string_view kItemsFault[] = {"ValidationException", "SerializationException"};

template <size_t kSize>
bool Contains(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string Text(JsonValue object, std::string_view member) {
  const auto value = object.Find(member);
  return value && value->Is(JsonKind::kString) ? std::string(value->string()) : std::string();
}

}  // namespace

BatchSender::BatchSender(const WriteBatch* batch, const KeySchema* schema, const Options* options,
                         Random* random)
    : batch_(batch), schema_(schema), options_(options), random_(random) {}

Action BatchSender::Start() {
  groups_.push_back(batch_->Live());
  return Send();
}

Action BatchSender::Send() {
  Action action;
  action.kind = Action::Kind::kSend;
  action.body = batch_->Body(options_->table, groups_.back());
  return action;
}

// After the group under way has ended.
Action BatchSender::Next() {
  groups_.pop_back();
  wait_ms_ = kWaitMin;
  waited_ms_ = 0;
  if (!groups_.empty()) return Send();
  return {};
}

Action BatchSender::WaitAfter(std::string reason) {
  Action action;
  if (waited_ms_ >= options_->patience_ms) {
    action.kind = Action::Kind::kFail;
    action.failure =
        Status(ErrorCode::kUnavailable, "nothing could be written for " +
                                            std::to_string(waited_ms_ / 1000) + " s: " + reason);
    return action;
  }
  action.kind = Action::Kind::kWait;
  // Half of it by chance, so that connections that failed together come back apart.
  action.wait_ms = wait_ms_ / 2 +
                   static_cast<int64_t>(random_->Uniform(static_cast<uint64_t>(wait_ms_ / 2 + 1)));
  waited_ms_ += action.wait_ms;
  wait_ms_ = std::min(wait_ms_ * 2, kWaitMax);
  ++retries_;
  return action;
}

Action BatchSender::OnNoAnswer(const Status& reason) {
  return WaitAfter(reason.message());
}

Action BatchSender::OnReply(int http_status, std::string_view body) {
  if (http_status != 200) return OnError(http_status, body);
  if (body == kAllWritten) return Next();
  return OnUnprocessed(body);
}

// What was not written is the new group under way.
Action BatchSender::OnUnprocessed(std::string_view body) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(body);
  if (!root.ok()) return WaitAfter("the server's reply is not JSON");
  const auto tables = root->Find("UnprocessedItems");
  const auto list =
      tables && tables->Is(JsonKind::kObject) ? tables->Find(options_->table) : std::nullopt;
  if (!list || !list->Is(JsonKind::kArray) || list->size() == 0) return Next();
  std::vector<size_t>& group = groups_.back();
  std::vector<size_t> left;
  const Status read = list->ForEachElement([&](JsonValue request) -> Status {
    const auto put = request.Find("PutRequest");
    const auto item = put ? put->Find("Item") : std::nullopt;
    if (!item) return Status::Validation("no PutRequest");
    ASSIGN_OR_RETURN(const Value attributes, DecodeAttributeMap(*item));
    ASSIGN_OR_RETURN(const ItemKey key, KeyOfItem(*schema_, ItemView(EncodeItem(attributes))));
    for (const size_t index : group) {
      if (batch_->key(index) == key) left.push_back(index);
    }
    return Status::Ok();
  });
  // An answer that can't be understood says nothing of what was written: all of it again.
  if (!read.ok() || left.empty()) return WaitAfter("the server's list of unprocessed items");
  if (left.size() < group.size()) waited_ms_ = 0;
  group = std::move(left);
  return WaitAfter("the server leaves items unprocessed");
}

Action BatchSender::OnError(int http_status, std::string_view body) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(body);
  const bool object = root.ok() && root->Is(JsonKind::kObject);
  std::string name = object ? Text(*root, "__type") : std::string();
  name.erase(0, name.find('#') + 1);
  std::string message = object ? Text(*root, "message") : std::string();
  if (object && message.empty()) message = Text(*root, "Message");
  const std::string text =
      name.empty() ? "HTTP status " + std::to_string(http_status) : name + ": " + message;
  if (Contains(kItemsFault, name)) return Refuse(message.empty() ? name : message);
  if (http_status >= 500 || http_status == 429 || Contains(kRetryable, name)) {
    return WaitAfter(text);
  }
  Action action;
  action.kind = Action::Kind::kFail;
  action.failure = Status(ErrorCode::kInvalidParameterValue, text);
  return action;
}

Action BatchSender::Refuse(std::string reason) {
  std::vector<size_t>& group = groups_.back();
  if (group.size() == 1) {
    refused_.push_back({batch_->mark(group[0]), std::move(reason)});
    return Next();
  }
  const auto middle = group.begin() + static_cast<ptrdiff_t>(group.size() / 2);
  std::vector<size_t> half(middle, group.end());
  group.erase(middle, group.end());
  groups_.push_back(std::move(half));
  return Send();
}

}  // namespace millrace
