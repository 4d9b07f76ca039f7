#include "server/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "server/http/io_thread.h"
#include "server/http/response_head.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kReadSize = 8 * 1024;
constexpr size_t kLargeReadSize = 64 * 1024;  // while a large body is on its way
// What a refused client may still send before the connection is cut; it needs the chance to read
// why.
constexpr size_t kLingerSizeMax = 64 * 1024 * 1024;
constexpr int64_t kLingerSeconds = 5;
constexpr size_t kKeptBufferSize = 256 * 1024;

int StatusOf(const error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  return 400;
}

}  // namespace

Connection::Connection(IoThread* thread, Socket socket)
    : thread_(thread), socket_(std::move(socket)) {}

Connection::~Connection() = default;

IoExecutor* Connection::io_thread() {
  return thread_;
}

void Connection::Start() {
  Read();
}

void Connection::Drain() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kLingering) Close();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  EnterPhase(Phase::kClosed, INT64_MAX);
  error_code ignored;
  socket_.close(ignored);
  ReleaseBody();
  thread_->OnSocketClosed();
  if (!answering_) {
    unlink();
    thread_->OnGone();
  }
}

void Connection::Abandon() {
  unlink();
  answering_.reset();  // may destroy this
}

void Connection::CheckDeadline(int64_t now) {
  if (now >= deadline_) Close();
}

void Connection::EnterPhase(Phase phase, int64_t deadline) {
  phase_ = phase;
  deadline_ = deadline;
}

void Connection::Read() {
  const HttpServerOptions& options = thread_->options();
  if (!reader_) {
    EnterPhase(Phase::kIdle, thread_->now() + options.idle_timeout.count());
  } else if (phase_ != Phase::kReading || reader_->is_header_done()) {
    // A head has to arrive as a whole in this time; a body only has to move on.
    EnterPhase(Phase::kReading, thread_->now() + options.progress_timeout.count());
  }
  const bool large = reader_ && reader_->is_header_done();
  socket_.async_read_some(
      input_.prepare(large ? kLargeReadSize : kReadSize),
      [self = Ptr(this)](const error_code& error, size_t size) { self->OnRead(error, size); });
}

void Connection::OnRead(const error_code& error, size_t size) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();  // the end, or the client broke off in the middle of a request
  input_.commit(size);
  if (phase_ == Phase::kLingering) {
    lingered_ += size;
    input_.consume(size);
    return lingered_ > kLingerSizeMax ? Close() : Linger();
  }
  Advance();
}

void Connection::Advance() {
  while (ReadRequest()) {
    Answer();
    if (!replied_) return;  // Send comes later and goes on from there
    answering_.reset();
    if (!WriteReply() || !PrepareNext()) return;
  }
}

bool Connection::ReadRequest() {
  if (!reader_ && input_.size() > 0) {
    reader_.emplace(&text_);
    reader_->eager(true);
    reader_->header_limit(static_cast<uint32_t>(thread_->options().head_size_max));
    reader_->body_limit(thread_->options().body_size_max);
  }
  while (input_.size() > 0 && !reader_->is_done()) {
    error_code error;
    input_.consume(reader_->put(input_.data(), error));
    if (error == http::error::need_more) break;
    if (error || !AccountBody()) {
      RefuseRequest(error ? StatusOf(error) : 503);
      return false;
    }
  }
  if (reader_ && reader_->is_done()) return true;
  if (reader_ && reader_->is_header_done() && text_.expects_continue) SendContinue();
  Read();
  return false;
}

void Connection::SendContinue() {
  text_.expects_continue = false;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code ignored;
  // 25 bytes on a connection with nothing to be written: they fit the socket's buffer. Should they
  // not, clients send the body without having seen it.
  socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), ignored);
}

bool Connection::AccountBody() {
  const size_t size = text_.body.size();
  if (size <= kKeptBodySize || size == accounted_) return true;
  const size_t before = thread_->large_bodies()->fetch_add(size - accounted_);
  const bool fits = before + (size - accounted_) <= thread_->options().large_bodies_max;
  accounted_ = size;
  return fits;
}

void Connection::ReleaseBody() {
  if (accounted_ != 0) thread_->large_bodies()->fetch_sub(std::exchange(accounted_, 0));
}

void Connection::RefuseRequest(int status) {
  text_.Clear();
  ReleaseBody();
  // AWS answers what isn't HTTP, or is too large, by a status without a body.
  status_ = status;
  content_type_ = ContentType::kNone;
  keep_alive_ = false;
  has_request_id_ = false;
  reply_body_.clear();
  if (!WriteReply()) return;
  OnWritten();
}

void Connection::Answer() {
  EnterPhase(Phase::kAnswering, INT64_MAX);
  keep_alive_ = reader_->keep_alive();
  request_ = HttpRequest{text_.method,       text_.target,   text_.amz_target, text_.authorization,
                         text_.content_type, text_.has_date, text_.body};
  thread_->request_ids()->Next(&request_id_);
  has_request_id_ = true;
  answering_ = this;
  replied_ = false;
  in_handle_ = true;
  thread_->handler()->Handle(this);
  in_handle_ = false;
}

void Connection::Send(int status, ContentType type) {
  status_ = status;
  content_type_ = type;
  if (!thread_->RunsHere()) {
    // `answering_` keeps this alive until FinishReply.
    asio::post(thread_->context(), [this] { FinishReply(); });
  } else if (in_handle_) {
    replied_ = true;  // Advance goes on
  } else {
    FinishReply();
  }
}

void Connection::FinishReply() {
  const Ptr self = std::exchange(answering_, nullptr);
  if (phase_ == Phase::kClosed) {
    unlink();
    thread_->OnGone();
    return;
  }
  if (WriteReply() && PrepareNext()) Advance();
}

bool Connection::WriteReply() {
  if (phase_ == Phase::kClosed) return false;
  if (thread_->draining()) keep_alive_ = false;
  ResponseHead head;
  head.status = status_;
  head.content_type = content_type_;
  head.content_length = reply_body_.size();
  if (has_request_id_) {
    head.request_id = request_id();
    head.crc32 = Crc32(reply_body_);
  }
  head.date = thread_->date();
  head.keep_alive = keep_alive_;
  WriteResponseHead(head, &reply_head_);
  // The client takes what follows the head for the next reply.
  if (text_.method == HttpMethod::kHead) reply_body_.clear();

  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(reply_head_),
                                                     asio::buffer(reply_body_)};
  error_code error;
  const size_t written = socket_.write_some(buffers, error);
  if (error && error != asio::error::would_block) {
    Close();
    return false;
  }
  if (written == reply_head_.size() + reply_body_.size()) return true;
  WriteRest(written);
  return false;
}

void Connection::WriteRest(size_t written) {
  EnterPhase(Phase::kWriting, thread_->now() + thread_->options().progress_timeout.count());
  const size_t head_rest = reply_head_.size() - std::min(written, reply_head_.size());
  const size_t body_skip = written - (reply_head_.size() - head_rest);
  const std::array<asio::const_buffer, 2> buffers = {
      asio::buffer(reply_head_) + (reply_head_.size() - head_rest),
      asio::buffer(reply_body_) + body_skip};
  socket_.async_write_some(
      buffers, [self = Ptr(this), written](const error_code& error, size_t size) {
        if (self->phase_ == Phase::kClosed) return;
        if (error) return self->Close();
        const size_t total = written + size;
        const bool all = total == self->reply_head_.size() + self->reply_body_.size();
        all ? self->OnWritten() : self->WriteRest(total);
      });
}

void Connection::OnWritten() {
  if (PrepareNext()) Advance();
}

bool Connection::PrepareNext() {
  if (!keep_alive_) {
    // A client that was refused is still sending: closing now would reset the connection before it
    // has read the reply.
    reader_ && !reader_->is_done() ? Linger() : Close();
    return false;
  }
  reader_.reset();
  text_.Clear();
  ReleaseBody();
  reply_body_.clear();
  if (reply_body_.capacity() > kKeptBufferSize) reply_body_ = std::string();
  if (input_.size() == 0 && input_.capacity() > kLargeReadSize) input_.shrink_to_fit();
  return true;
}

void Connection::Linger() {
  if (phase_ != Phase::kLingering) {
    EnterPhase(Phase::kLingering, thread_->now() + kLingerSeconds);
    input_.consume(input_.size());
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  socket_.async_read_some(
      input_.prepare(kLargeReadSize),
      [self = Ptr(this)](const error_code& error, size_t size) { self->OnRead(error, size); });
}

}  // namespace millrace
