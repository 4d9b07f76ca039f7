#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/json/json.h"
#include "engine/model/item.h"
#include "server/http/exchange.h"
#include "server/protocol/members.h"
#include "server/protocol/operation.h"
#include "server/protocol/plan_probe.h"
#include "server/protocol/services.h"
#include "server/protocol/throughput.h"
#include "server/protocol/worker_pool.h"

namespace millrace {

// Where the outcome of an exchange goes. A value: copies speak of the same exchange, and exactly
// one of them sends, once.
class ReplySlot {
 public:
  ReplySlot(Exchange* exchange, const Services* services, const Operation* operation)
      : exchange_(exchange), services_(services), operation_(operation) {}

  // JSON of a successful reply goes here.
  std::string* body() const { return exchange_->reply_body(); }
  // OK sends the body; an error replaces it. `item`: of a failed condition, when it was asked for;
  // `throttled`: why, if the error is that.
  void Send(const Status& outcome, ItemView item = {},
            const ThrottlingReasons& throttled = {}) const;
  // An error with members of its own.
  void SendError(const Status& error, const std::function<void(JsonWriter*)>& write_members) const;

 private:
  Exchange* exchange_;
  const Services* services_;
  const Operation* operation_;
};

// The table named by `text`, a name or an ARN. Error: kResourceNotFound "Requested resource not
// found", as operations on items say it.
Result<TableRef> FindTable(const Services& services, std::string_view text);

// One operation under way: what its function gets. The function either writes the whole reply and
// returns OK, returns an error, or takes the reply slot (TakeReply) and returns OK, and somebody
// sends it later: perhaps at once and on another thread, so that from the moment it was handed on
// the function touches neither the exchange nor the input. On the thread of `worker`.
class Call {
 public:
  Call(const Services& services_in, WorkerContext* worker_in, Exchange* exchange_in,
       const Operation& operation_in, bool may_wait_in)
      : services(services_in),
        worker(worker_in),
        exchange(exchange_in),
        operation(operation_in),
        may_wait(may_wait_in) {}

  const Services& services;
  WorkerContext* worker;
  Exchange* exchange;
  const Operation& operation;
  const bool may_wait;              // on a pool's thread: the disk may be waited for
  Members input;                    // checked; valid until the function returns
  std::string_view principal;       // the claimed access key id; valid as long as this
  std::string decoded_key;          // what `principal` views, if a query string claimed it
  CompletionQueue* home = nullptr;  // runs callbacks of commits on the connection's thread
  WorkerPool* pool = nullptr;       // for what a reply that comes later has to do
  ThrottlingReasons throttled;      // of the error that the function returns, if it is that

  JsonWriter Reply() { return JsonWriter(exchange->reply_body()); }

  ReplySlot TakeReply() {
    reply_taken_ = true;
    return ReplySlot(exchange, &services, &operation);
  }
  bool reply_taken() const { return reply_taken_; }

  // Run me again from the start, on the pool.
  Status MoveToPool() {
    moved_to_pool_ = true;
    return Status::Ok();
  }
  bool moved_to_pool() const { return moved_to_pool_; }

  // Of its writes, before they are committed: MoveToPool if one of them holds up the thread.
  PlanProbe Probe() const { return PlanProbe(*services.database, may_wait, &worker->probed); }

  WriteOrigin Origin() const {
    WriteOrigin origin;
    origin.principal = principal;
    origin.request_id = exchange->request_id();
    return origin;
  }

  Result<TableRef> FindTable(std::string_view text) const;
  Result<TableRef> FindTable() const { return FindTable(input.Text("TableName")); }

 private:
  bool reply_taken_ = false;
  bool moved_to_pool_ = false;
};

}  // namespace millrace
