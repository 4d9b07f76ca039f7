#include "server/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "server/http/gzip.h"
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
constexpr size_t kKeptBufferSize = 64 * 1024;
// Smaller bodies and replies are not counted: 16,384 connections with one each are 256 MB.
constexpr size_t kCountedSize = 16 * 1024;
constexpr int64_t kIdleBuffersSeconds = 2;
// Smaller replies go as they are. From when on AWS compresses is not confirmed.
constexpr size_t kGzipSizeMin = 1024;

}  // namespace

Connection::Connection(IoThread* thread, Socket socket, bool admitted)
    : thread_(thread), socket_(std::move(socket)), admitted_(admitted) {}

Connection::~Connection() = default;

IoExecutor* Connection::io_thread() {
  return thread_;
}

void Connection::Start() {
  EnterPhase(Phase::kIdle, thread_->now() + thread_->options().idle_timeout.count());
  Park();
}

void Connection::Refuse() {
  MakeBusyReply();
  status_ = 503;
  keep_alive_ = false;
  if (WriteReply()) Linger();
}

void Connection::Drain() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kLingering) Close();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  EnterPhase(Phase::kClosed, INT64_MAX);
  error_code ignored;
  socket_.close(ignored);
  Account(0);
  thread_->OnSocketClosed(admitted_);
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
  if (now >= deadline_) return Close();
  if (phase_ != Phase::kIdle || parking_ || !has_buffers()) return;
  if (now - phase_began_ < kIdleBuffersSeconds) return;
  parking_ = true;
  error_code ignored;
  socket_.cancel(ignored);  // the read
}

void Connection::EnterPhase(Phase phase, int64_t deadline) {
  phase_ = phase;
  phase_began_ = thread_->now();
  deadline_ = deadline;
}

void Connection::EnterTransfer(Phase phase, size_t moved) {
  const HttpServerOptions& options = thread_->options();
  const int64_t patience = options.progress_timeout.count();
  if (phase_ != phase) EnterPhase(phase, INT64_MAX);
  const int64_t whole =
      phase_began_ + patience + static_cast<int64_t>(moved / options.transfer_rate_min);
  deadline_ = std::min(thread_->now() + patience, whole);
}

void Connection::Park() {
  thread_->OnParked(input_.capacity() + text_.body.capacity() + reply_body_.capacity());
  input_ = boost::beast::flat_buffer();
  text_ = RequestText();
  reply_head_ = std::string();
  reply_body_ = std::string();
  socket_.async_wait(Socket::wait_read, [self = Ptr(this)](const error_code& error) {
    if (self->phase_ == Phase::kClosed) return;
    error ? self->Close() : self->Read();
  });
}

void Connection::Read() {
  const HttpServerOptions& options = thread_->options();
  const bool in_body = reader_ && reader_->is_header_done();
  if (!reader_) {
    EnterPhase(Phase::kIdle, thread_->now() + options.idle_timeout.count());
  } else if (in_body) {
    EnterTransfer(Phase::kReadingBody, text_.body.size());
  } else if (phase_ != Phase::kReadingHead) {  // it has to arrive as a whole in this time
    EnterPhase(Phase::kReadingHead, thread_->now() + options.progress_timeout.count());
  }
  const bool large = in_body && text_.body.size() > kCountedSize;
  socket_.async_read_some(
      input_.prepare(large ? kLargeReadSize : kReadSize),
      [self = Ptr(this)](const error_code& error, size_t size) { self->OnRead(error, size); });
}

void Connection::OnRead(const error_code& error, size_t size) {
  if (phase_ == Phase::kClosed) return;
  if (std::exchange(parking_, false) && error == asio::error::operation_aborted) return Park();
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
    reader_.emplace(&text_, thread_->options().head_size_max, thread_->options().body_size_max);
  }
  if (reader_) {
    const asio::const_buffer bytes = input_.data();
    int refusal = 0;
    input_.consume(reader_->Take({static_cast<const char*>(bytes.data()), bytes.size()}, &refusal));
    const bool fits = Account(text_.body.size());
    if (refusal != 0 || !fits) {
      RefuseRequest(refusal);
      return false;
    }
    if (reader_->is_done()) return true;
  }
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

bool Connection::Account(size_t size) {
  const size_t counted = size > kCountedSize ? size : 0;
  if (counted == accounted_) return true;
  const size_t change = counted - std::exchange(accounted_, counted);  // modulo 2^64
  const size_t total = thread_->bytes_in_flight()->fetch_add(change) + change;
  return counted == 0 || total <= thread_->options().bytes_in_flight_max;
}

void Connection::MakeBusyReply() {
  const BusyReply busy = thread_->handler()->Busy();
  status_ = busy.status;
  content_type_ = busy.content_type;
  reply_body_ = busy.body;
  thread_->request_ids()->Next(&request_id_);
  has_request_id_ = true;
}

void Connection::RefuseRequest(int status) {
  text_.Clear();
  Account(0);
  if (status == 0) {
    MakeBusyReply();
  } else {
    // AWS answers what isn't HTTP, or is too large, by a status without a body.
    status_ = status;
    content_type_ = ContentType::kNone;
    has_request_id_ = false;
    reply_body_.clear();
  }
  keep_alive_ = false;
  if (!WriteReply()) return;
  OnWritten();
}

void Connection::Answer() {
  EnterPhase(Phase::kAnswering, INT64_MAX);
  keep_alive_ = reader_->keep_alive();
  // Replies that clients are slow to take fill the same room as bodies: no more are made until
  // some have gone.
  if (thread_->bytes_in_flight()->load() > thread_->options().bytes_in_flight_max) {
    MakeBusyReply();
    answering_ = this;
    replied_ = true;
    return;
  }
  request_ = HttpRequest{text_.method,        text_.target,       text_.amz_target,
                         text_.authorization, text_.content_type, text_.has_date,
                         text_.body,          text_.host,         text_.body_coding};
  thread_->request_ids()->Next(&request_id_);
  has_request_id_ = true;
  answering_ = this;
  replied_ = false;
  if (text_.method == HttpMethod::kOptions && text_.has_origin) {  // a preflight
    status_ = 200;
    content_type_ = ContentType::kNone;
    replied_ = true;
    return;
  }
  in_handle_ = true;
  thread_->handler()->Handle(this);
  in_handle_ = false;
}

void Connection::Send(int status, ContentType type) {
  status_ = status;
  content_type_ = type;
  // On the caller's thread, which for all that is large is not the connections'.
  gzip_ = text_.accepts_gzip && reply_body_.size() >= kGzipSizeMin && Gzip(&reply_body_);
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
  head.gzip = std::exchange(gzip_, false);
  head.allow_origin = text_.has_origin;
  head.is_preflight = text_.method == HttpMethod::kOptions;
  head.allow_headers = text_.cors_headers;
  head.allow_methods = text_.cors_method;
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
  if (phase_ != Phase::kWriting) {
    text_.Clear();
    Account(reply_body_.size());
  }
  EnterTransfer(Phase::kWriting, written);
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
  Account(0);
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
