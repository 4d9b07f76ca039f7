#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <millrace/handler.h>
#include "engine/base/status.h"
#include "sdk/frames.h"
#include "sdk/server_link.h"

namespace millrace {

// Serves one function over one connection. One thread.
class HandlerLoop final : private ItemReader {
 public:
  HandlerLoop(std::unique_ptr<ServerLink> link, HandlerFunction function)
      : link_(std::move(link)), function_(std::move(function)) {}

  // Says Ready, then serves until Shutdown (OK). Errors: kUnavailable when the server has gone;
  // kValidation for what is not the protocol.
  Status Run(const std::string& token);

 private:
  Result<Item> Get(uint64_t invocation_id, std::string_view table, std::string_view key,
                   std::chrono::steady_clock::time_point deadline) override;
  Status Serve(InvokeFrame frame, const ServerLink::Message& message);
  ReplyFrame Call(InvokeFrame frame, const RecordBatch& batch);
  ReplyFrame Settle(Invocation* invocation, const Status& returned);

  std::unique_ptr<ServerLink> link_;
  HandlerFunction function_;
  uint64_t last_request_id_ = 0;
  // What a Get met that ends the loop once the function has returned.
  Status broken_;
  bool shutdown_ = false;
};

}  // namespace millrace
