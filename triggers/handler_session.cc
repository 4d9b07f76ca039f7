#include "triggers/handler_session.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>
#include <variant>

namespace millrace {
namespace {

constexpr size_t kOutputRoundMax = 64 * 1024;
constexpr int64_t kNanosPerMilli = 1'000'000;

ReplyFrame Failed(std::string type, std::string message) {
  ReplyFrame reply;
  reply.error_type = std::move(type);
  reply.error_message = std::move(message);
  return reply;
}

Status Stopped() {
  return Status(ErrorCode::kUnavailable, "It was stopped.");
}

}  // namespace

HandlerSession::HandlerSession(Spawner* spawner, const Clock* clock, FunctionCell cell,
                               Callbacks callbacks)
    : spawner_(spawner), clock_(clock), cell_(std::move(cell)), callbacks_(std::move(callbacks)) {}

HandlerSession::~HandlerSession() = default;

Status HandlerSession::Start() {
  ASSIGN_OR_RETURN(handler_, SpawnHandler(spawner_, cell_));
  output_open_ = true;
  std::string_view envelope;
  const Waited waited = Await(clock_->MonotonicNanos() + kHandlerStartNanosMax, &envelope);
  Status status;
  if (waited == Waited::kMessage) {
    const Result<HandlerFrame> frame = DecodeHandlerFrame(envelope);
    const auto* ready = frame.ok() ? std::get_if<ReadyFrame>(&*frame) : nullptr;
    status = ready == nullptr ? Status::Validation("it doesn't say Ready")
                              : CheckReady(*ready, handler_.token);
  } else if (waited == Waited::kStopped) {
    status = Stopped();
  } else {
    const ReplyFrame ended = Ended(waited, envelope);
    status = Status(ErrorCode::kUnavailable, ended.error_message);
  }
  if (!status.ok()) handler_ = SpawnedHandler();
  if (status.ok() || waited == Waited::kStopped) return status;
  return Status(ErrorCode::kUnavailable,
                "A process of " + cell_.spec.name + " cannot be started: " + status.message());
}

void HandlerSession::ReadOutput() {
  if (!output_open_) return;
  output_open_ = output_.ReadFrom(handler_.process->output_fd(), kOutputRoundMax, callbacks_.print);
}

void HandlerSession::WaitForEvents(int64_t deadline_nanos, bool* stopped) {
  const HandlerLink& link = *handler_.link;
  const auto wanted = static_cast<short>(POLLIN | (link.wants_write() ? POLLOUT : 0));
  pollfd items[] = {{link.fd(), wanted, 0},
                    {handler_.process->exit_fd(), POLLIN, 0},
                    {callbacks_.stop_fd, POLLIN, 0},
                    {output_open_ ? handler_.process->output_fd() : -1, POLLIN, 0}};
  const int64_t nanos = std::max<int64_t>(0, deadline_nanos - clock_->MonotonicNanos());
  poll(items, std::size(items), static_cast<int>((nanos + kNanosPerMilli - 1) / kNanosPerMilli));
  *stopped = (items[2].revents & POLLIN) != 0;
}

HandlerSession::Waited HandlerSession::Await(int64_t deadline_nanos, std::string_view* envelope) {
  for (;;) {
    switch (handler_.link->Receive(envelope)) {
      case HandlerLink::Received::kMessage:
        return Waited::kMessage;
      case HandlerLink::Received::kMalformed:
        return Waited::kMalformed;
      case HandlerLink::Received::kNothing:
        break;
    }
    ReadOutput();
    if (handler_.process->Exited()) return Waited::kExited;
    if (clock_->MonotonicNanos() >= deadline_nanos) return Waited::kTimeout;
    bool stopped = false;
    WaitForEvents(deadline_nanos, &stopped);
    if (stopped) return Waited::kStopped;
  }
}

// The process is of no use any more.
ReplyFrame HandlerSession::Ended(Waited how, std::string_view malformed) {
  const SpawnedHandler handler = std::exchange(handler_, SpawnedHandler());
  const std::optional<ExitStatus> exit = handler.process->Exited();
  handler.process->Kill();
  if (output_open_)
    output_.ReadFrom(handler.process->output_fd(), kOutputRoundMax, callbacks_.print);
  output_.Finish(callbacks_.print);
  output_open_ = false;
  if (how == Waited::kExited && exit) {
    return Failed("Runtime.ExitError", "the process exited: " + exit->ToString());
  }
  if (how == Waited::kMalformed) return Failed("Runtime.InvalidFrame", std::string(malformed));
  char text[64];
  std::snprintf(text, sizeof text, "Task timed out after %.2f seconds",
                static_cast<double>(cell_.spec.timeout_seconds));
  return Failed("Function.Timeout", text);
}

Result<ReplyFrame> HandlerSession::AwaitReply(uint64_t invocation, int64_t deadline_nanos) {
  std::string_view envelope;
  for (;;) {
    const Waited waited = Await(deadline_nanos, &envelope);
    if (waited == Waited::kStopped) {
      handler_ = SpawnedHandler();
      return Stopped();
    }
    if (waited != Waited::kMessage) return Ended(waited, envelope);
    Result<HandlerFrame> frame = DecodeHandlerFrame(envelope);
    if (!frame.ok()) return Ended(Waited::kMalformed, frame.status().message());
    if (const auto* get = std::get_if<GetFrame>(&*frame)) {
      if (get->invocation_id == invocation &&
          handler_.link->Send(EncodeFrame(callbacks_.get(*get)))) {
        continue;
      }
    }
    if (const auto* started = std::get_if<StartedFrame>(&*frame)) {
      if (started->invocation_id == invocation) continue;
    }
    auto* reply = std::get_if<ReplyFrame>(&*frame);
    if (reply != nullptr && reply->invocation_id == invocation) return std::move(*reply);
    return Ended(Waited::kMalformed, "a frame of an invocation that isn't running");
  }
}

Result<ReplyFrame> HandlerSession::Invoke(InvokeFrame frame,
                                          const std::shared_ptr<RecordsBuffer>& records) {
  if (handler_.link == nullptr) RETURN_IF_ERROR(Start());
  const uint32_t timeout_millis = cell_.spec.timeout_seconds * 1000;
  frame.invocation_id = ++invocations_;
  frame.remaining_millis = timeout_millis;
  frame.deadline_monotonic_nanos =
      clock_->MonotonicNanos() + int64_t{timeout_millis} * kNanosPerMilli;
  frame.function_name = cell_.spec.name;
  if (!handler_.link->Send(EncodeFrame(frame), records)) {
    return Ended(Waited::kMalformed, "it doesn't take invocations");
  }
  return AwaitReply(frame.invocation_id, frame.deadline_monotonic_nanos);
}

}  // namespace millrace
