#include "tests/integration/native/server_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/check.h"

extern char** environ;

namespace millrace {

void ServerProcess::Start() {
  int ends[2];
  MILLRACE_CHECK(pipe(ends) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  const std::string binary = MILLRACE_BINARY_DIR "/millrace";
  const char* arguments[] = {binary.c_str(), "serve",       "--data", data_.c_str(),
                             "--listen",     "127.0.0.1:0", nullptr};
  MILLRACE_CHECK(posix_spawn(&pid_, binary.c_str(), &actions, nullptr,
                             const_cast<char**>(arguments), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  output_ = ends[0];
  std::string said;
  char byte = 0;
  while (said.find("native.sock\n") == said.npos) {
    MILLRACE_CHECK(read(output_, &byte, 1) == 1, "it ended: " + said);
    said.push_back(byte);
  }
  port_ = std::stoi(said.substr(said.find("127.0.0.1:") + 10));
}

void ServerProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(output_);
  pid_ = output_ = -1;
}

void ServerProcess::CreateTable(const std::string& name) {
  const std::string body =
      R"({"TableName":")" + name +
      R"(","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk",)"
      R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]})";
  const std::string request =
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: "
      "DynamoDB_20120810.CreateTable\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: "
      "20261121T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
      "Credential=t/20261121/us-east-1/dynamodb/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" +
      std::string(64, '0') + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MILLRACE_CHECK(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  MILLRACE_CHECK(send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
                 static_cast<ssize_t>(request.size()));
  std::string reply;
  char buffer[4096];
  for (ssize_t size = 0; (size = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    reply.append(buffer, static_cast<size_t>(size));
  }
  close(fd);
  MILLRACE_CHECK(reply.find(" 200 ") != reply.npos, reply);
}

}  // namespace millrace
