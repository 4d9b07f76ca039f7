#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// What passes between the HTTP layer and whoever answers requests: no Boost, no DynamoDB.
namespace millrace {

enum class HttpMethod : uint8_t { kGet, kHead, kPost, kOptions, kOther };

// What Content-Encoding says of a request's body.
enum class BodyCoding : uint8_t { kNone, kGzip, kDeflate, kUnknown };

// One request. The views are the connection's: valid until Exchange::Send.
struct HttpRequest {
  HttpMethod method = HttpMethod::kOther;
  std::string_view target;         // of the request line
  std::string_view amz_target;     // X-Amz-Target
  std::string_view authorization;  // Authorization
  std::string_view content_type;   // Content-Type
  bool has_date = false;           // X-Amz-Date or Date is there
  std::string_view body;
  std::string_view host;  // Host: the name and port that the client knows the server by
  BodyCoding body_coding = BodyCoding::kNone;
};

enum class ContentType : uint8_t { kAmzJson, kJson, kText, kNone };
std::string_view TextOf(ContentType type);

// A connection's thread: runs things posted to it, in order.
class IoExecutor {
 public:
  virtual ~IoExecutor() = default;
  // From any thread. What is posted after the server has stopped is destroyed unrun.
  virtual void Post(std::function<void()> task) = 0;
  // The same, once `delay` has passed.
  virtual void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) = 0;
  // In [0, HttpServer::thread_count()).
  virtual size_t index() const = 0;
};

// A request and the slot of its reply. Belongs to the connection, which keeps it alive from
// HttpHandler::Handle until Send, also when the client has gone meanwhile.
class Exchange {
 public:
  virtual const HttpRequest& request() const = 0;
  // 52 characters, unique; also sent as x-amzn-RequestId.
  virtual std::string_view request_id() const = 0;
  // Empty when Handle is called. Touched by one thread at a time, until Send.
  virtual std::string* reply_body() = 0;
  virtual IoExecutor* io_thread() = 0;
  // Sends what reply_body() holds; of it only the head when the method is HEAD. Exactly once, from
  // any thread; nothing of the exchange may be touched afterwards. Cheapest on the connection's own
  // thread. Compressed for a client that accepts gzip.
  virtual void Send(int status, ContentType type) = 0;

 protected:
  ~Exchange() = default;
};

// What is sent in place of a reply that there is no room to make.
struct BusyReply {
  int status = 503;
  ContentType content_type = ContentType::kNone;
  std::string_view body;  // the handler's; lives as long as it
};

// Answers requests. Called on the threads of the server, several at once: must not block.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void Handle(Exchange* exchange) = 0;
  // To a request that is turned away unread or undone since too much is under way; its client may
  // send it again. To a connection too many it is sent with status 503.
  virtual BusyReply Busy() const { return {}; }
};

}  // namespace millrace
