#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <memory>

#include "sdk/frames.h"
#include "sdk/frames_generated.h"
#include "sdk/frames_limits.h"

namespace millrace {
namespace {

// Frame, body, write, placeholder: four levels.
constexpr flatbuffers::uoffset_t kDepthMax = 6;
// The verifier counts a table each time it is referred to, so this also bounds its work.
constexpr flatbuffers::uoffset_t kTablesMax = 2 + kReplyWritesMax * (1 + 2 * kPlaceholdersMax);

Status Malformed(std::string_view what) {
  return Status::Validation("malformed frame: " + std::string(what));
}

// Everything that a frame's strings and vectors may add up to once copied. Several fields may refer
// to the same bytes: a frame of 8 MB could otherwise unfold to gigabytes.
class Budget {
 public:
  bool Take(size_t size) {
    if (size > left_) return false;
    left_ -= size;
    return true;
  }

 private:
  size_t left_ = kHandlerFrameSizeMax;
};

// Copies a string or a vector of bytes, absent as empty. False when the budget is spent.
template <typename Vector>
bool Copy(const Vector* from, Budget* budget, std::string* to) {
  if (from == nullptr) return true;
  if (!budget->Take(from->size())) return false;
  to->assign(reinterpret_cast<const char*>(from->Data()), from->size());
  return true;
}

// The flat buffer at an address that it may be read from, verified.
class VerifiedFrame {
 public:
  static Result<VerifiedFrame> Of(std::string_view bytes) {
    if (bytes.size() > kHandlerFrameSizeMax) return Malformed("too long");
    VerifiedFrame frame;
    const char* data = bytes.data();
    if (reinterpret_cast<uintptr_t>(data) % alignof(std::max_align_t) != 0) {
      frame.aligned_.reset(new char[bytes.size()]);
      std::memcpy(frame.aligned_.get(), data, bytes.size());
      data = frame.aligned_.get();
    }
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(data), bytes.size(), kDepthMax,
                                   kTablesMax);
    if (!wire::VerifyFrameBuffer(verifier)) return Malformed("not a verifiable envelope");
    frame.frame_ = wire::GetFrame(data);
    return frame;
  }
  const wire::Frame* operator->() const { return frame_; }

 private:
  std::unique_ptr<char[]> aligned_;
  const wire::Frame* frame_ = nullptr;
};

Result<ServerFrame> DecodeInvoke(const wire::Invoke& from) {
  InvokeFrame to;
  Budget budget;
  to.invocation_id = from.invocation_id();
  to.attempt = from.attempt();
  to.deadline_monotonic_nanos = from.deadline_monotonic_nanos();
  to.remaining_millis = from.remaining_millis();
  if (!Copy(from.idempotency_key(), &budget, &to.idempotency_key) ||
      !Copy(from.function_name(), &budget, &to.function_name) ||
      !Copy(from.event_source_arn(), &budget, &to.event_source_arn) ||
      !Copy(from.table_name(), &budget, &to.table_name) ||
      !Copy(from.shard_id(), &budget, &to.shard_id)) {
    return Malformed("too long");
  }
  RETURN_IF_ERROR(CheckFrameName("an idempotency key", to.idempotency_key));
  RETURN_IF_ERROR(CheckFrameName("a function name", to.function_name));
  RETURN_IF_ERROR(CheckFrameText("an event source", to.event_source_arn, kFrameArnSizeMax));
  RETURN_IF_ERROR(CheckFrameText("a table name", to.table_name, kFrameNameSizeMax));
  RETURN_IF_ERROR(CheckFrameText("a shard id", to.shard_id, kFrameNameSizeMax));
  return ServerFrame(std::move(to));
}

Result<ServerFrame> DecodeGetReply(const wire::GetReply& from) {
  GetReplyFrame to;
  Budget budget;
  to.request_id = from.request_id();
  to.found = from.found();
  if (!Copy(from.error_code(), &budget, &to.error_code) ||
      !Copy(from.error_message(), &budget, &to.error_message) ||
      !Copy(from.item(), &budget, &to.item)) {
    return Malformed("too long");
  }
  RETURN_IF_ERROR(CheckFrameText("an error code", to.error_code, kFrameNameSizeMax));
  RETURN_IF_ERROR(CheckFrameText("an error message", to.error_message, kErrorMessageSizeMax));
  if (to.found != !to.item.empty() || (to.found && !to.error_code.empty())) {
    return Malformed("contradicts itself");
  }
  if (to.found) RETURN_IF_ERROR(CheckFrameItem("an item", to.item));
  return ServerFrame(std::move(to));
}

Result<ServerFrame> DecodeShutdown(const wire::Shutdown& from) {
  ShutdownFrame to;
  Budget budget;
  if (!Copy(from.reason(), &budget, &to.reason)) return Malformed("too long");
  RETURN_IF_ERROR(CheckFrameText("a reason", to.reason, kErrorMessageSizeMax));
  return ServerFrame(std::move(to));
}

Result<HandlerFrame> DecodeReady(const wire::Ready& from) {
  ReadyFrame to;
  Budget budget;
  to.protocol_version = from.protocol_version();
  to.pid = from.pid();
  to.says_started = from.says_started();
  if (!Copy(from.sdk_version(), &budget, &to.sdk_version) ||
      !Copy(from.token(), &budget, &to.token)) {
    return Malformed("too long");
  }
  RETURN_IF_ERROR(CheckFrameText("an SDK version", to.sdk_version, kFrameNameSizeMax));
  RETURN_IF_ERROR(CheckFrameText("a token", to.token, kFrameNameSizeMax));
  return HandlerFrame(std::move(to));
}

Result<HandlerFrame> DecodeGet(const wire::Get& from) {
  GetFrame to;
  Budget budget;
  to.request_id = from.request_id();
  to.invocation_id = from.invocation_id();
  if (!Copy(from.table_name(), &budget, &to.table_name) || !Copy(from.key(), &budget, &to.key)) {
    return Malformed("too long");
  }
  RETURN_IF_ERROR(CheckFrameName("a table name", to.table_name));
  RETURN_IF_ERROR(CheckFrameItem("a key", to.key));
  return HandlerFrame(std::move(to));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool DecodePlaceholders(const flatbuffers::Vector<flatbuffers::Offset<wire::Placeholder>>* from,
                        Budget* budget, Pairs* to) {
  if (from == nullptr) return true;
  if (from->size() > kPlaceholdersMax) return false;
  to->resize(from->size());
  for (flatbuffers::uoffset_t i = 0; i < from->size(); ++i) {
    if (!Copy(from->Get(i)->name(), budget, &(*to)[i].first) ||
        !Copy(from->Get(i)->value(), budget, &(*to)[i].second)) {
      return false;
    }
  }
  return true;
}

bool DecodeWrite(const wire::TableWrite& from, Budget* budget, TableWrite* to) {
  if (from.kind() > wire::WriteKind::MAX) return false;
  to->kind = static_cast<TableWriteKind>(from.kind());
  return Copy(from.table_name(), budget, &to->table_name) && Copy(from.item(), budget, &to->item) &&
         Copy(from.update_expression(), budget, &to->update_expression) &&
         Copy(from.condition_expression(), budget, &to->condition_expression) &&
         DecodePlaceholders(from.names(), budget, &to->names) &&
         DecodePlaceholders(from.values(), budget, &to->values);
}

Result<HandlerFrame> DecodeReply(const wire::Reply& from) {
  ReplyFrame to;
  Budget budget;
  to.invocation_id = from.invocation_id();
  if (!Copy(from.error_type(), &budget, &to.error_type) ||
      !Copy(from.error_message(), &budget, &to.error_message)) {
    return Malformed("too long");
  }
  if (const auto* writes = from.writes()) {
    if (writes->size() > kReplyWritesMax) return Malformed("more than 100 writes");
    to.writes.resize(writes->size());
    for (flatbuffers::uoffset_t i = 0; i < writes->size(); ++i) {
      if (!DecodeWrite(*writes->Get(i), &budget, &to.writes[i])) return Malformed("bad write");
    }
  }
  if (const auto* failed = from.failed_records()) {
    if (failed->size() > kInvocationRecordsMax) return Malformed("too many failed records");
    to.failed_records.assign(failed->begin(), failed->end());
  }
  RETURN_IF_ERROR(CheckReply(to));
  return HandlerFrame(std::move(to));
}

}  // namespace

Result<ServerFrame> DecodeServerFrame(std::string_view envelope) {
  ASSIGN_OR_RETURN(const VerifiedFrame frame, VerifiedFrame::Of(envelope));
  if (const auto* invoke = frame->body_as_Invoke()) return DecodeInvoke(*invoke);
  if (const auto* reply = frame->body_as_GetReply()) return DecodeGetReply(*reply);
  if (const auto* shutdown = frame->body_as_Shutdown()) return DecodeShutdown(*shutdown);
  return Malformed("not a server's frame");
}

Result<HandlerFrame> DecodeHandlerFrame(std::string_view envelope) {
  ASSIGN_OR_RETURN(const VerifiedFrame frame, VerifiedFrame::Of(envelope));
  if (const auto* ready = frame->body_as_Ready()) return DecodeReady(*ready);
  if (const auto* get = frame->body_as_Get()) return DecodeGet(*get);
  if (const auto* reply = frame->body_as_Reply()) return DecodeReply(*reply);
  if (const auto* started = frame->body_as_Started()) {
    return HandlerFrame(StartedFrame{started->invocation_id()});
  }
  return Malformed("not a handler's frame");
}

}  // namespace millrace
