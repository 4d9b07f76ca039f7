#pragma once

#include <string>

namespace millrace {

// A real `millrace serve` with a native socket.
class ServerProcess {
 public:
  // `data` is its directory. Listens for HTTP on any port.
  explicit ServerProcess(const std::string& data) : data_(data) {}
  ~ServerProcess() { Kill(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Until it says that it speaks the native protocol.
  void Start();
  void Kill();  // -9
  std::string endpoint() const { return "ipc://" + data_ + "/native.sock"; }
  // Makes a table with the key pk (S), through HTTP, and waits for nothing.
  void CreateTable(const std::string& name);

 private:
  const std::string data_;
  int pid_ = -1;
  int output_ = -1;
  int port_ = 0;
};

}  // namespace millrace
