#include "tests/unit/server/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace millrace {

RawClient::RawClient(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval deadline{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server closed: the reply will tell
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void RawClient::EndOutput() {
  shutdown(socket_, SHUT_WR);
}

bool RawClient::Fill() {
  char bytes[65536];
  const ssize_t size = recv(socket_, bytes, sizeof(bytes), 0);
  if (size <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(size));
  return true;
}

RawClient::Reply RawClient::Read() {
  Reply reply;
  reply.head = ReadHead();
  if (reply.head.empty()) return reply;
  const size_t field = reply.head.find("Content-Length: ");
  const size_t length =
      field == reply.head.npos ? 0 : std::strtoul(reply.head.c_str() + field + 16, nullptr, 10);
  while (buffer_.size() < length) {
    if (!Fill()) return Reply();
  }
  reply.status = std::atoi(reply.head.c_str() + 9);
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

std::string RawClient::ReadHead() {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
    if (!Fill()) return "";
  }
  std::string head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return head;
}

bool RawClient::Gone() {
  char byte;
  const ssize_t size = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void RawClient::Sip(size_t size) {
  std::string bytes(size, '\0');
  const ssize_t taken = recv(socket_, bytes.data(), size, MSG_DONTWAIT);
  static_cast<void>(taken);
}

bool RawClient::AtEnd() {
  if (!buffer_.empty()) return false;
  char byte;
  return recv(socket_, &byte, 1, 0) == 0;
}

std::string PostRequest(std::string_view body, std::string_view more_fields) {
  return "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
         "X-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more_fields) + "\r\n" +
         std::string(body);
}

}  // namespace millrace
