#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/http_server.h"

namespace millrace {

// Answers with the request's body. A body that begins with "hold" is answered when told to, from
// another thread; one that begins with "grow" with kGrownSize bytes.
class EchoHandler final : public HttpHandler {
 public:
  static constexpr size_t kGrownSize = 15 * 1024 * 1024;

  void Handle(Exchange* exchange) override {
    ++handled;
    *exchange->reply_body() = exchange->request().body;
    if (exchange->request().body.substr(0, 4) == "grow") {
      exchange->reply_body()->resize(kGrownSize, 'g');
    }
    if (exchange->request().body.substr(0, 4) != "hold") {
      return exchange->Send(200, ContentType::kAmzJson);
    }
    const std::lock_guard lock(mutex_);
    held_.push_back(exchange);
    changed_.notify_all();
  }

  BusyReply Busy() const override { return {400, ContentType::kAmzJson, "busy"}; }

  void WaitForHeld(size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return held_.size() >= count; }));
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    for (Exchange* exchange : held_) exchange->Send(200, ContentType::kAmzJson);
    held_.clear();
  }

  std::atomic<int> handled{0};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Exchange*> held_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<HttpServer>(options);
    const Status status = server_->Start(&handler_);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  uint16_t port() const { return server_->port(); }

  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace millrace
