#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// A socket to a server on 127.0.0.1: sends bytes as they are and reads replies apart. Every read
// has a deadline, so that a test that gets no answer fails rather than hangs.
class RawClient {
 public:
  explicit RawClient(uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::string_view bytes);
  void EndOutput();  // half-closes
  // The next reply: its status, head and body. Status 0: the connection ended, or nothing came.
  struct Reply {
    int status = 0;
    std::string head;
    std::string body;
  };
  Reply Read();
  // The next reply's head alone, for one without a body whatever its fields say; empty: none came.
  std::string ReadHead();
  // The server has closed: everything was read.
  bool AtEnd();
  // The server has closed or reset it; doesn't wait. False while there is something to read.
  bool Gone();
  // Takes at most `size` bytes of what has come; doesn't wait.
  void Sip(size_t size);

 private:
  bool Fill();
  int socket_ = -1;
  std::string buffer_;
};

// A POST as AWS's SDKs send it.
std::string PostRequest(std::string_view body, std::string_view more_fields = "");

}  // namespace millrace
