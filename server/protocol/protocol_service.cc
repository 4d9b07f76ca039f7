#include "server/protocol/protocol_service.h"

#include <exception>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/throttled.h"
#include "server/http/gzip.h"
#include "server/protocol/authorization.h"
#include "server/protocol/error_reply.h"
#include "server/protocol/log.h"
#include "server/protocol/not_built.h"
#include "server/protocol/shape_check.h"

namespace millrace {
namespace {

// Reading a larger body would hold up the thread's other connections for a millisecond or more.
constexpr size_t kInlineBodyMax = 512 * 1024;  // bytes

constexpr Operation kUnknown{"", nullptr, nullptr, RunsOn::kRequestThread, nullptr};

// The type without its parameters: "application/json; charset=utf-8".
std::string_view MediaType(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && content_type.back() == ' ') content_type.remove_suffix(1);
  return content_type;
}

bool IsJson(std::string_view content_type) {
  const std::string_view type = MediaType(content_type);
  return type == "application/x-amz-json-1.0" || type == "application/json";
}

// AWS answers these with HTTP 500, as public test suites show; its text was not seen.
Status Unreadable(BodyCoding coding) {
  return Status(ErrorCode::kUnreadableBody,
                coding == BodyCoding::kUnknown
                    ? "The request's Content-Encoding is not one of gzip, deflate"
                    : "The request's body is not encoded as its Content-Encoding says");
}

}  // namespace

// Runs the callbacks of commits on the connection's thread: one post for all of a group commit's.
class ProtocolService::Home final : public CompletionQueue {
 public:
  explicit Home(IoExecutor* executor) : executor_(executor) {}
  void Post(std::vector<Completion> completions) override {
    executor_->Post([batch = std::move(completions)]() mutable {
      for (Completion& completion : batch) completion.callback(std::move(completion.result));
    });
  }

 private:
  IoExecutor* executor_;
};

ProtocolService::ProtocolService(Services services, ProtocolOptions options)
    : services_(std::move(services)), workers_(options.request_threads.size()) {
  for (const Operation& operation : AllOperations()) {
    operations_.emplace(operation.target, &operation);
  }
  for (IoExecutor* thread : options.request_threads) {
    homes_.push_back(std::make_unique<Home>(thread));
  }
  pool_ = std::make_unique<WorkerPool>(options.pool_threads, options.pool_queue_max);
  long_pool_ = std::make_unique<WorkerPool>(1, options.long_pool_queue_max);
  WriteErrorBody(Throttled(), &busy_body_);
}

ProtocolService::~ProtocolService() {
  Stop();
}

void ProtocolService::Stop() {
  pool_->Stop();
  long_pool_->Stop();
}

void ProtocolService::Handle(Exchange* exchange) {
  const HttpRequest& request = exchange->request();
  if (request.method == HttpMethod::kPost &&
      (request.body.empty() || IsJson(request.content_type))) {
    return HandleOperation(exchange);
  }
  if (request.method == HttpMethod::kGet) {
    exchange->reply_body()->append("healthy: dynamodb." + services_.scope.region +
                                   ".amazonaws.com ");
    return exchange->Send(200, ContentType::kText);
  }
  exchange->reply_body()->append("<UnknownOperationException/>\n");
  exchange->Send(404, ContentType::kNone);
}

void ProtocolService::HandleOperation(Exchange* exchange) {
  const auto found = operations_.find(exchange->request().amz_target);
  const Operation& operation = found == operations_.end() ? kUnknown : *found->second;
  const HttpRequest& request = exchange->request();
  const bool large =
      request.body.size() > kInlineBodyMax || request.body_coding != BodyCoding::kNone;
  switch (large && operation.runs_on == RunsOn::kRequestThread ? RunsOn::kPool
                                                               : operation.runs_on) {
    case RunsOn::kPool:
      return SubmitTo(pool_.get(), exchange, operation);
    case RunsOn::kLongPool:
      return SubmitTo(long_pool_.get(), exchange, operation);
    case RunsOn::kRequestThread:
      return Run(exchange, operation, &workers_[exchange->io_thread()->index()], false);
  }
}

void ProtocolService::SubmitTo(WorkerPool* pool, Exchange* exchange, const Operation& operation) {
  const bool taken = pool->Submit([this, exchange, &operation](WorkerContext* worker) {
    Run(exchange, operation, worker, true);
  });
  if (taken) return;
  ReplySlot(exchange, &services_, &operation).Send(Throttled());
}

BusyReply ProtocolService::Busy() const {
  return {InfoOf(ErrorCode::kThrottling).http_status, ContentType::kAmzJson, busy_body_};
}

void ProtocolService::Run(Exchange* exchange, const Operation& operation, WorkerContext* worker,
                          bool may_wait) {
  Call call(services_, worker, exchange, operation, may_wait);
  call.home = homes_[exchange->io_thread()->index()].get();
  call.pool = pool_.get();
  Status status;
  try {
    const HttpRequest& request = exchange->request();
    std::string unpacked;
    if (request.body_coding != BodyCoding::kNone) {
      const Unpacked outcome =
          Unpack(request.body_coding, request.body, kRequestBodySizeMax, &unpacked);
      if (outcome == Unpacked::kTooLarge) return exchange->Send(413, ContentType::kNone);
      if (outcome == Unpacked::kCorrupt) status = Unreadable(request.body_coding);
    }
    if (status.ok()) {
      status = Prepare(&call, request.body_coding == BodyCoding::kNone ? request.body : unpacked);
    }
    if (status.ok()) {
      status = operation.run(&call);
      // A member of the wrong type is AWS's first error, whatever else is wrong.
      if (!status.ok() && !call.reply_taken()) {
        const Status shapes = CheckAttributeShapes(call.input.json(), *operation.input);
        if (!shapes.ok()) status = shapes;
      }
    }
  } catch (const std::exception& error) {
    status = Status(ErrorCode::kInternal, error.what());
    MILLRACE_CHECK(!call.reply_taken(), "thrown after the reply was taken");
  }
  if (call.reply_taken()) return;
  if (call.moved_to_pool()) return SubmitTo(pool_.get(), exchange, operation);
  call.TakeReply().Send(status, {}, call.throttled);
}

Status ProtocolService::Prepare(Call* call, std::string_view body) {
  const HttpRequest& request = call->exchange->request();
  // In AWS's order: what isn't JSON, an unknown operation, who asks, an empty body, types, values.
  JsonValue json;
  if (!body.empty()) {
    ASSIGN_OR_RETURN(json, call->worker->parser.Parse(body));
  }
  const Operation& operation = call->operation;
  if (operation.target.empty()) return Status(ErrorCode::kUnknownOperation, "");
  ASSIGN_OR_RETURN(call->principal, ClaimedAccessKey(request.target, request.authorization,
                                                     request.has_date, &call->decoded_key));
  if (!json.Is(JsonKind::kObject)) return Status(ErrorCode::kSerialization, "");
  if (!operation.built()) return NotBuilt(operation);

  call->input = Members(json);
  RETURN_IF_ERROR(CheckTypes(json, *operation.input));
  if (Status status = CheckConstraints(json, *operation.input); !status.ok()) {
    RETURN_IF_ERROR(CheckAttributeShapes(json, *operation.input));
    return status;
  }
  Status status = Status::Ok();
  if (operation.expressions != nullptr) {
    status = CheckExpressionRules(call->input, *operation.expressions);
  }
  if (status.ok()) status = CheckBuilt(json, *operation.input, operation.name());
  if (!status.ok()) RETURN_IF_ERROR(CheckAttributeShapes(json, *operation.input));
  return status;
}

}  // namespace millrace
