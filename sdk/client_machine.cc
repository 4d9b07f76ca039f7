#include "sdk/client_machine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sdk/error_code_named.h"
#include "sdk/zmtp.h"

namespace millrace {
namespace {

constexpr int kDoublingsMax = 20;  // of a pause: far over any backoff_max
constexpr size_t kQueueSlack = 64;

void AppendMessage(std::string_view envelope, std::string* out) {
  ZmtpPeer::AppendHeader(envelope.size(), out);
  out->append(envelope);
}

}  // namespace

void ClientMachine::OnSubmit(Request request) {
  const uint64_t id = request.id;
  LookAt(request.deadline);
  const auto pending = pending_.emplace_hint(pending_.end(), id, Pending());
  pending->second.request = std::move(request);
  if (pending->second.request.not_before == Time()) return Queue(pending);
  pending->second.state = State::kPausing;
  pending->second.resume = pending->second.request.not_before;
  LookAt(pending->second.resume);
}

void ClientMachine::OnConnected() {
  phase_ = Phase::kGreeting;
  hello_sent_ = false;
}

void ClientMachine::OnLost(const Status& why, Time now) {
  phase_ = Phase::kNone;
  lost_because_ = why.message();
  // The first time at once: a server that was restarted is back.
  connect_after_ = now + (failed_connects_ == 0 ? Millis(0) : PauseAfter(failed_connects_));
  ++failed_connects_;
  for (auto it = pending_.begin(); it != pending_.end();) {
    const auto pending = it++;
    if (pending->second.state != State::kSent) continue;
    if (!pending->second.request.read) {
      Fail(pending, ErrorCode::kInternal,
           "the connection was lost before the answer came, and the write may have been done: " +
               lost_because_);
    } else if (pending->second.attempts >= options_.attempts_max) {
      Fail(pending, ErrorCode::kUnavailable, lost_because_);
    } else {
      Queue(pending);
    }
  }
}

Status ClientMachine::OnMessage(std::string_view envelope, Time now) {
  ASSIGN_OR_RETURN(const native::Reply reply, decoder_.DecodeReply(envelope));
  if (phase_ != Phase::kWelcomed) return OnWelcome(reply);
  const auto* failure = std::get_if<native::Failure>(&reply.body);
  if (reply.id == 0) {
    return Status::Validation(failure == nullptr
                                  ? "a reply to nothing"
                                  : "the server refuses it: " + std::string(failure->message));
  }
  const auto pending = pending_.find(reply.id);
  if (pending == pending_.end()) return Status::Ok();  // given up
  if (failure != nullptr && MayRetry(pending->second, *failure)) {
    const Time resume = now + PauseAfter(pending->second.attempts);
    if (resume < pending->second.request.deadline) {
      pending->second.state = State::kPausing;
      pending->second.resume = resume;
      LookAt(resume);
      return Status::Ok();
    }
  }
  const Done done = std::move(pending->second.request.done);
  pending_.erase(pending);
  done(&reply.body);
  return Status::Ok();
}

Status ClientMachine::OnWelcome(const native::Reply& reply) {
  if (const auto* welcome = std::get_if<native::Welcome>(&reply.body)) {
    if (welcome->protocol_version != native::kProtocolVersion) {
      return Status::Validation("the server speaks another version of the native protocol");
    }
    phase_ = Phase::kWelcomed;
    failed_connects_ = 0;
    connect_anyway_ = false;
    return Status::Ok();
  }
  const auto* failure = std::get_if<native::Failure>(&reply.body);
  const Status refused = failure == nullptr
                             ? Status::Validation("the server doesn't speak the native protocol")
                             : Status(ErrorCodeNamed(failure->code),
                                      "the server refuses it: " + std::string(failure->message));
  // Trying again is of no use to those who wait now.
  while (!pending_.empty()) Fail(pending_.begin(), refused.code(), refused.message());
  return refused;
}

void ClientMachine::OnTime(Time now) {
  if (!next_look_ || now < *next_look_) return;
  next_look_.reset();
  for (auto it = pending_.begin(); it != pending_.end();) {
    const auto pending = it++;
    if (pending->second.request.deadline <= now) {
      GiveUp(pending);
      continue;
    }
    if (pending->second.state == State::kPausing) {
      if (pending->second.resume <= now) {
        Queue(pending);
      } else {
        LookAt(pending->second.resume);
      }
    }
    LookAt(pending->second.request.deadline);
  }
}

void ClientMachine::OnStop() {
  while (!pending_.empty()) {
    const auto pending = pending_.begin();
    const bool unknown = pending->second.state == State::kSent && !pending->second.request.read;
    Fail(pending, unknown ? ErrorCode::kInternal : ErrorCode::kUnavailable,
         "the client was closed before the answer came");
  }
}

bool ClientMachine::WantsConnection(Time now) const {
  return phase_ == Phase::kNone && (connect_anyway_ || !pending_.empty()) && connect_after_ <= now;
}

void ClientMachine::TakeOutput(size_t size_max, std::string* out) {
  if (phase_ == Phase::kGreeting && !hello_sent_) {
    hello_sent_ = true;
    native::Hello hello;
    hello.sdk_version = MILLRACE_SDK_VERSION;
    hello.principal = options_.principal;
    AppendMessage(encoder_.Encode(native::Request{0, 0, hello}), out);
  }
  if (phase_ != Phase::kWelcomed) return;
  while (!queue_.empty() && out->size() < size_max) {
    const auto pending = pending_.find(queue_.front());
    queue_.pop_front();
    if (pending == pending_.end() || pending->second.state != State::kQueued) continue;
    pending->second.state = State::kSent;
    ++pending->second.attempts;
    AppendMessage(pending->second.request.envelope, out);
  }
}

std::optional<ClientMachine::Time> ClientMachine::NextTime() const {
  if (phase_ != Phase::kNone || pending_.empty()) return next_look_;
  return next_look_ ? std::min(*next_look_, connect_after_) : connect_after_;
}

void ClientMachine::Queue(Table::iterator pending) {
  pending->second.state = State::kQueued;
  // Those given up are dropped: without a connection nobody takes anything from it.
  if (queue_.size() >= kQueueSlack + 2 * pending_.size()) {
    std::erase_if(queue_, [this](uint64_t id) { return pending_.count(id) == 0; });
  }
  queue_.push_back(pending->first);
}

void ClientMachine::Fail(Table::iterator pending, ErrorCode code, const std::string& message) {
  const Done done = std::move(pending->second.request.done);
  pending_.erase(pending);
  done(Status(code, message));
}

// What may be sent again: nothing was done, or it may be done twice.
bool ClientMachine::MayRetry(const Pending& pending, const native::Failure& failure) const {
  if (pending.attempts >= options_.attempts_max) return false;
  const ErrorCode code = ErrorCodeNamed(failure.code);
  if (code == ErrorCode::kThrottling || code == ErrorCode::kProvisionedThroughputExceeded) {
    return true;
  }
  return pending.request.read &&
         (code == ErrorCode::kInternal || code == ErrorCode::kServiceUnavailable);
}

void ClientMachine::GiveUp(Table::iterator pending) {
  if (pending->second.state == State::kSent && !pending->second.request.read) {
    return Fail(pending, ErrorCode::kInternal,
                "no answer came in time, and the write may have been done");
  }
  Fail(pending, ErrorCode::kUnavailable,
       phase_ == Phase::kWelcomed ? "no answer came in time"
                                  : "no connection was had in time: " + lost_because_);
}

ClientMachine::Millis ClientMachine::PauseAfter(int attempts) const {
  const int doublings = std::clamp(attempts - 1, 0, kDoublingsMax);
  return std::min(options_.backoff_max, options_.backoff_min * (1 << doublings));
}

void ClientMachine::LookAt(Time time) {
  if (!next_look_ || time < *next_look_) next_look_ = time;
}

}  // namespace millrace
