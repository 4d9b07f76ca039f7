#include "sdk/handler_loop.h"

#include <cxxabi.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <typeinfo>

#include "engine/model/utf8.h"
#include "sdk/error_code_named.h"

namespace millrace {
namespace {

constexpr char kInvalidReply[] =
    "InvalidReply";  // error type: what the handler returned keeps no limit

// Whatever an exception says, the reply keeps the frames' limits.
ReplyFrame ErrorReply(uint64_t invocation_id, std::string_view type, std::string_view message) {
  ReplyFrame reply;
  reply.invocation_id = invocation_id;
  reply.error_type = RepairUtf8(type, kFrameNameSizeMax);
  reply.error_message = RepairUtf8(message, kErrorMessageSizeMax);
  return reply;
}

std::string NameOf(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return name ? name.get() : type.name();
}

Status Unexpected(std::string_view what) {
  return Status::Validation("the server sent " + std::string(what));
}

}  // namespace

Status HandlerLoop::Run(const std::string& token) {
  ReadyFrame ready;
  ready.sdk_version = MILLRACE_SDK_VERSION;
  ready.pid = static_cast<uint32_t>(getpid());
  ready.token = token;
  RETURN_IF_ERROR(link_->Send(EncodeFrame(ready)));
  ServerLink::Message message;
  while (!shutdown_) {
    RETURN_IF_ERROR(link_->Receive(std::nullopt, &message).status());
    ASSIGN_OR_RETURN(ServerFrame frame, DecodeServerFrame(message.envelope()));
    if (auto* invoke = std::get_if<InvokeFrame>(&frame)) {
      RETURN_IF_ERROR(Serve(std::move(*invoke), message));
    } else if (std::holds_alternative<ShutdownFrame>(frame)) {
      shutdown_ = true;
    }  // else the answer to a Get whose deadline has passed
  }
  return Status::Ok();
}

Status HandlerLoop::Serve(InvokeFrame frame, const ServerLink::Message& message) {
  if (!message.has_payload()) return Unexpected("an invocation without records");
  ASSIGN_OR_RETURN(const RecordsView records, RecordsView::Decode(message.payload()));
  RETURN_IF_ERROR(link_->Send(EncodeFrame(StartedFrame{frame.invocation_id})));
  const ReplyFrame reply = Call(std::move(frame), RecordBatch(records));
  // What the function printed is out before the server hears that it is done.
  std::fflush(stdout);
  std::fflush(stderr);
  RETURN_IF_ERROR(broken_);
  if (shutdown_) return Status::Ok();
  return link_->Send(EncodeFrame(reply));
}

ReplyFrame HandlerLoop::Call(InvokeFrame frame, const RecordBatch& batch) {
  const uint64_t id = frame.invocation_id;
  Invocation invocation(std::move(frame), this);
  try {
    const Status returned = function_(batch, invocation);
    return Settle(&invocation, returned);
  } catch (const std::exception& error) {
    return ErrorReply(id, NameOf(typeid(error)), error.what());
  } catch (...) {
    return ErrorReply(id, "UnknownException",
                      "the handler threw something not derived from std::exception");
  }
}

ReplyFrame HandlerLoop::Settle(Invocation* invocation, const Status& returned) {
  const Status& failed = returned.ok() ? invocation->status() : returned;
  if (!failed.ok()) {
    return ErrorReply(invocation->id(), std::string(InfoOf(failed.code()).name), failed.message());
  }
  ReplyFrame reply;
  reply.invocation_id = invocation->id();
  reply.writes = invocation->TakeWrites();
  reply.failed_records = invocation->failed_records();
  if (const Status status = CheckReply(reply); !status.ok()) {
    return ErrorReply(invocation->id(), kInvalidReply, status.message());
  }
  return reply;
}

Result<Item> HandlerLoop::Get(uint64_t invocation_id, std::string_view table, std::string_view key,
                              std::chrono::steady_clock::time_point deadline) {
  GetFrame request;
  request.request_id = ++last_request_id_;
  request.invocation_id = invocation_id;
  request.table_name = table;
  request.key = key;
  if (table.empty() || table.size() > kFrameNameSizeMax) {
    return Status::Validation("a table name has 1 to 256 bytes");
  }
  RETURN_IF_ERROR(broken_);
  if (shutdown_) return Status(ErrorCode::kUnavailable, "the server is stopping this handler");
  RETURN_IF_ERROR(link_->Send(EncodeFrame(request)));
  ServerLink::Message message;
  while (true) {
    auto received = link_->Receive(deadline, &message);
    if (!received.ok()) return broken_ = received.status();
    if (!*received) return Status(ErrorCode::kUnavailable, "the invocation's deadline has passed");
    auto frame = DecodeServerFrame(message.envelope());
    if (!frame.ok()) return broken_ = frame.status();
    if (std::holds_alternative<ShutdownFrame>(*frame)) {
      shutdown_ = true;
      return Status(ErrorCode::kUnavailable, "the server is stopping this handler");
    }
    auto* reply = std::get_if<GetReplyFrame>(&*frame);
    if (reply == nullptr) return broken_ = Unexpected("an invocation during another");
    if (reply->request_id != request.request_id) continue;  // of a Get that gave up
    if (!reply->error_code.empty()) {
      return Status(ErrorCodeNamed(reply->error_code), reply->error_message);
    }
    return reply->found ? Item(std::move(reply->item)) : Item();
  }
}

}  // namespace millrace
