#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <optional>
#include <string>

#include "server/http/exchange.h"
#include "server/http/request_id.h"
#include "server/http/request_reader.h"

namespace millrace {

class IoThread;

// One client's connection: reads a request, has it answered, writes the reply, and so on. All of it
// on the thread it belongs to, but for Send. Private to this folder.
//
// Invariant: at most one of reading, answering, writing is under way; so replies are in the order
// of the requests, however many the client sends ahead.
class Connection final
    : public Exchange,
      public boost::intrusive_ref_counter<Connection, boost::thread_unsafe_counter>,
      public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Ptr = boost::intrusive_ptr<Connection>;

  // `admitted`: counts as one of the server's connections.
  Connection(IoThread* thread, Socket socket, bool admitted);
  ~Connection();

  void Start();
  // Instead of Start: says that there are too many, and closes when the client has read it.
  void Refuse();
  // The server is stopping: closes now when nothing is being read or answered, else after the
  // reply.
  void Drain();
  // At once, whatever is under way. An exchange being answered stays valid until its Send.
  void Close();
  // The thread has ended: forgets an exchange that was never answered.
  void Abandon();
  // Closes what has been waiting for the client too long, and takes the buffers of what has been
  // idle for a while. `now` in the thread's ticks.
  void CheckDeadline(int64_t now);

  // Exchange.
  const HttpRequest& request() const override { return request_; }
  std::string_view request_id() const override { return {request_id_.data(), request_id_.size()}; }
  std::string* reply_body() override { return &reply_body_; }
  IoExecutor* io_thread() override;
  void Send(int status, ContentType type) override;

 private:
  enum class Phase : uint8_t {
    kIdle,
    kReadingHead,
    kReadingBody,
    kAnswering,
    kWriting,
    kLingering,
    kClosed
  };

  void Read();
  // Waits for the client's next byte without a buffer to read it into.
  void Park();
  bool has_buffers() const { return input_.capacity() > 0; }
  void OnRead(const boost::system::error_code& error, size_t size);
  // Takes requests off the buffer and answers them, until more bytes or a reply must be waited for.
  void Advance();
  // True when a whole request has been read; false: wait for more (a read is under way, or closed).
  bool ReadRequest();
  void SendContinue();
  // Counts a body or reply of `size` bytes as this connection's share of what is in flight. False
  // when all together are too much.
  bool Account(size_t size);
  void RefuseRequest(int status);
  // The handler's reply to what there is no room for.
  void MakeBusyReply();
  void Answer();
  void FinishReply();
  // True when all of it was written; false: the rest is being written, or closed.
  bool WriteReply();
  void WriteRest(size_t written);
  void OnWritten();
  bool PrepareNext();
  void Linger();
  void EnterPhase(Phase phase, int64_t deadline);
  // For a body or reply of which `moved` bytes have come or gone.
  void EnterTransfer(Phase phase, size_t moved);

  IoThread* thread_;
  Socket socket_;
  boost::beast::flat_buffer input_;
  std::optional<RequestReader> reader_;
  RequestText text_;
  HttpRequest request_;
  RequestId request_id_{};
  std::string reply_head_;
  std::string reply_body_;
  Ptr answering_;  // itself, while an exchange is out
  int64_t deadline_ = INT64_MAX;
  int64_t phase_began_ = 0;
  size_t lingered_ = 0;
  size_t accounted_ = 0;  // this connection's part of the bytes in flight
  int status_ = 200;
  ContentType content_type_ = ContentType::kNone;
  Phase phase_ = Phase::kIdle;
  const bool admitted_;
  bool parking_ = false;    // the pending read was cancelled, to be waited for without a buffer
  bool in_handle_ = false;  // within HttpHandler::Handle
  bool replied_ = false;    // Send was called within Handle
  bool keep_alive_ = true;
  bool has_request_id_ = false;
  bool gzip_ = false;  // the reply is compressed
};

}  // namespace millrace
