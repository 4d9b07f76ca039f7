// The floor under the front door: what Beast can do on this machine with our layout and no
// database.
//
//   bench_floor --port PORT --threads N --reply-bytes SIZE
//
// One io_context and one SO_REUSEPORT acceptor a thread, nothing shared; buffers live as long as
// their connection; TCP_NODELAY; requests are parsed and their bodies read in full; the reply is
// the same SIZE bytes every time, head included. Prints `listening` when ready and runs until it is
// killed.

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

struct Options {
  uint16_t port = 0;
  size_t threads = 1;
  size_t reply_bytes = 1400;
};

// A reply of exactly `size` bytes, with a head of the fields that DynamoDB's have.
std::string MakeReply(size_t size) {
  auto head_for = [](size_t body) {
    return "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
           "Content-Type: application/x-amz-json-1.0\r\nContent-Length: " +
           std::to_string(body) +
           "\r\nConnection: keep-alive\r\n"
           "x-amzn-RequestId: 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEF\r\n"
           "x-amz-crc32: 4294967295\r\n\r\n";
  };
  size_t body = size > head_for(0).size() ? size - head_for(0).size() : 0;
  while (body > 0 && head_for(body).size() + body > size) --body;
  return head_for(body) + std::string(body, 'x');
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const std::string* reply)
      : socket_(std::move(socket)), reply_(reply) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  void Read() {
    parser_.emplace();
    parser_->body_limit(size_t{16} * 1024 * 1024);
    parser_->get().body().data = body_.data();
    parser_->get().body().size = body_.size();
    ReadMore();
  }

 private:
  void ReadMore() {
    http::async_read(socket_, input_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (error == http::error::need_buffer) return self->DropBody();
                       if (error) return;
                       self->Reply();
                     });
  }

  // The body is larger than its buffer: read on, over what was read.
  void DropBody() {
    parser_->get().body().data = body_.data();
    parser_->get().body().size = body_.size();
    ReadMore();
  }

  void Reply() {
    asio::async_write(socket_, asio::buffer(*reply_),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (!error) self->Read();
                      });
  }

  tcp::socket socket_;
  const std::string* reply_;
  boost::beast::flat_static_buffer<8 * 1024> input_;
  std::array<char, 64 * 1024> body_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
};

void Accept(tcp::acceptor* acceptor, const std::string* reply) {
  acceptor->async_accept([acceptor, reply](error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Connection>(std::move(socket), reply)->Read();
    Accept(acceptor, reply);
  });
}

void Serve(const Options& options, const std::string* reply, asio::io_context* context) {
  tcp::acceptor acceptor(*context);
  const tcp::endpoint endpoint(asio::ip::make_address("127.0.0.1"), options.port);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  Accept(&acceptor, reply);
  context->run();
}

Options ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto value = std::strtoul(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--port") == 0) options.port = static_cast<uint16_t>(value);
    if (std::strcmp(argv[i], "--threads") == 0) options.threads = value;
    if (std::strcmp(argv[i], "--reply-bytes") == 0) options.reply_bytes = value;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  const std::string reply = MakeReply(options.reply_bytes);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < options.threads; ++i) {
    threads.emplace_back([&options, &reply] {
      asio::io_context context(1);
      Serve(options, &reply, &context);
    });
  }
  std::puts("listening");
  std::fflush(stdout);
  for (std::thread& thread : threads) thread.join();
}
