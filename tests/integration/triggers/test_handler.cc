// A handler whose behaviour the tests choose with the environment variable MODE. It counts each
// record in the table `effects`, by the item's key; records with the attribute `poison` make it
// misbehave.
#include <fcntl.h>
#include <millrace/handler.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "sdk/environment.h"
#include "sdk/frames.h"

namespace {

using millrace::Invocation;
using millrace::Record;
using millrace::RecordBatch;
using millrace::Status;

std::string Mode() {
  const char* mode = std::getenv("MODE");
  return mode == nullptr ? "" : mode;
}

bool Poisoned(const RecordBatch& batch) {
  for (const Record record : batch) {
    if (record.new_image().Has("poison")) return true;
  }
  return false;
}

[[noreturn]] void Hang() {
  for (;;) pause();
}

// Until somebody opens the gate.
Status AwaitGate(Invocation& invocation) {
  for (;;) {
    const auto item = invocation.Get("gates", millrace::ItemBuilder().Set("pk", "gate"));
    if (!item.ok()) return item.status();
    if (!item->empty()) return Status::Ok();
  }
}

// Says something that is no frame to the server, from a socket of its own.
void Lie() {
  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_DEALER);
  const std::string address = std::string("ipc://") + std::getenv(millrace::kSocketVariable);
  zmq_connect(socket, address.c_str());
  zmq_send(socket, "this is no frame", 16, 0);
  Hang();
}

// Takes the connection that the SDK has made, and sends parts of a message without end.
void Flood() {
  sockaddr_un address{};
  const std::string part = std::string("\3\0\0\0\0\0\0\x40\0", 9) + std::string(16'384, 'x');
  for (int fd = 3; fd < 64; ++fd) {
    socklen_t size = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        address.sun_family != AF_UNIX || address.sun_path[0] == '\0') {
      continue;
    }
    fcntl(fd, F_SETFL, 0);  // blocking
    while (write(fd, part.data(), part.size()) > 0) {
    }
  }
  Hang();
}

// Says Ready, and dies of the first batch before any function is called.
[[noreturn]] void DieOfTheFirstMessage() {
  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_DEALER);
  const std::string address = std::string("ipc://") + std::getenv(millrace::kSocketVariable);
  zmq_connect(socket, address.c_str());
  millrace::ReadyFrame ready;
  ready.sdk_version = "none";
  ready.token = std::getenv(millrace::kTokenVariable);
  const std::string bytes = millrace::EncodeFrame(ready);
  zmq_send(socket, bytes.data(), bytes.size(), 0);
  char byte = 0;
  zmq_recv(socket, &byte, 1, 0);
  _exit(3);
}

// Every record of a key must be newer than all of it that were counted. Of the records before
// `end`.
Status Count(const RecordBatch& batch, size_t end, Invocation& invocation) {
  struct Seen {
    int64_t count = 0;
    int64_t first = 0;
    int64_t last = 0;
  };
  std::map<std::string, Seen> keys;
  for (size_t i = 0; i < end; ++i) {
    const Record record = batch[i];
    Seen& seen = keys[std::string(record.keys().GetString("pk").value_or(""))];
    const int64_t n = record.new_image().GetInt("n").value_or(-1);
    if (seen.count++ == 0) seen.first = n;
    if (n < seen.last) return millrace::Failure("out of order");
    seen.last = n;
  }
  if (keys.size() > 100) return millrace::Failure("too many keys for the test");
  for (const auto& [key, seen] : keys) {
    invocation.Update("effects", millrace::ItemBuilder().Set("pk", key),
                      millrace::Expression("ADD records :c SET latest = :l")
                          .Value(":c", seen.count)
                          .Value(":l", seen.last),
                      millrace::Expression("attribute_not_exists(latest) OR latest < :f")
                          .Value(":f", seen.first));
  }
  return Status::Ok();
}

// Reports the first poisoned record, and counts what is before it.
Status CountUpToPoison(const RecordBatch& batch, Invocation& invocation) {
  size_t end = 0;
  while (end < batch.size() && !batch[end].new_image().Has("poison")) ++end;
  if (end < batch.size()) invocation.Fail(batch[end]);
  return Count(batch, end, invocation);
}

// Each record causes the next one.
Status WriteBack(const RecordBatch& batch, Invocation& invocation) {
  const int64_t n = batch[batch.size() - 1].new_image().GetInt("n").value_or(0);
  invocation.Put("source", millrace::ItemBuilder().Set("pk", "loop").Set("n", n + 1));
  return Status::Ok();
}

Status Handle(const RecordBatch& batch, Invocation& invocation) {
  const std::string mode = Mode();
  const bool poisoned = Poisoned(batch);
  if (poisoned && mode == "fail") return millrace::Failure("poison");
  if (poisoned && invocation.attempt() == 1) {
    std::printf("attempt 1 of %s\n", mode.c_str());
    std::fflush(stdout);
    if (mode == "crash") std::abort();
    if (mode == "hang") Hang();
    if (mode == "lie") Lie();
    if (mode == "flood") Flood();
  }
  if (mode == "get") {
    const auto item = invocation.Get("source", millrace::ItemBuilder().Set("pk", "k0"));
    if (!item.ok() || item->empty()) return millrace::Failure("Get found nothing");
  }
  if (mode == "get-effects") {
    const auto item = invocation.Get("effects", millrace::ItemBuilder().Set("pk", "k0"));
    if (!item.ok()) return item.status();
  }
  if (mode == "gate") {
    if (const Status status = AwaitGate(invocation); !status.ok()) return status;
  }
  if (mode == "noop") return Status::Ok();
  if (mode == "partial") return CountUpToPoison(batch, invocation);
  if (mode == "loop") return WriteBack(batch, invocation);
  return Count(batch, batch.size(), invocation);
}

}  // namespace

int main(int argc, char** argv) {
  if (Mode() == "die") DieOfTheFirstMessage();
  return millrace::RunHandler(argc, argv, Handle);
}
