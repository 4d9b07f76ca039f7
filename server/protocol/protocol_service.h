#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/database.h"
#include "server/http/exchange.h"
#include "server/protocol/call.h"
#include "server/protocol/operation.h"
#include "server/protocol/services.h"
#include "server/protocol/worker_pool.h"

namespace millrace {

struct ProtocolOptions {
  std::vector<IoExecutor*> request_threads;  // of the HTTP server, by index
  size_t pool_threads = 2;
  size_t pool_queue_max = 1024;  // requests waiting for a thread; one more is throttled
  size_t long_pool_queue_max = 16;
};

// DynamoDB's JSON protocol: from a request's bytes to an operation and back. Thread-safe.
class ProtocolService final : public HttpHandler {
 public:
  ProtocolService(Services services, ProtocolOptions options);
  ~ProtocolService() override;

  void Handle(Exchange* exchange) override;
  // ThrottlingException.
  BusyReply Busy() const override;
  // Runs what is queued and ends the threads; after the HTTP server has stopped.
  void Stop();

 private:
  class Home;

  void HandleOperation(Exchange* exchange);
  void SubmitTo(WorkerPool* pool, Exchange* exchange, const Operation& operation);
  void Run(Exchange* exchange, const Operation& operation, WorkerContext* worker, bool may_wait);
  // All stages up to the operation itself.
  Status Prepare(Call* call, std::string_view body);

  const Services services_;
  std::unordered_map<std::string_view, const Operation*> operations_;  // by target
  std::vector<WorkerContext> workers_;                                 // of the request threads
  std::vector<std::unique_ptr<Home>> homes_;                           // the same
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<WorkerPool> long_pool_;
  std::string busy_body_;
};

}  // namespace millrace
