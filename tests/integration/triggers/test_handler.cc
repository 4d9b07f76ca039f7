// A handler whose behaviour the tests choose with the environment variable MODE. It counts each
// record in the table `effects`, by the item's key; records with the attribute `poison` make it
// misbehave.
#include <millrace/handler.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <zmq.hpp>

#include "engine/model/item.h"
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

// Asked for first while the SDK hasn't taken the variable away.
const std::string& SocketPath() {
  static const std::string path = std::getenv(millrace::kSocketVariable);
  return path;
}

// The connection that the SDK has made; -1: none.
int OwnConnection() {
  for (int fd = 3; fd < 64; ++fd) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        address.sun_family == AF_UNIX && address.sun_path[0] != '\0') {
      return fd;
    }
  }
  return -1;
}

// Says something that is no frame to the server.
void Lie() {
  const std::string message("\0\x10this is no frame", 18);
  if (write(OwnConnection(), message.data(), message.size()) > 0) Hang();
}

// Sends parts of a message without end.
void Flood() {
  const std::string part = std::string("\3\0\0\0\0\0\0\x40\0", 9) + std::string(16'384, 'x');
  const int fd = OwnConnection();
  while (write(fd, part.data(), part.size()) > 0) {
  }
  Hang();
}

// A second connection to the server.
void ConnectAgain() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SocketPath().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int made = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  std::printf("a second connection is %s\n", made == 0 ? "made" : std::strerror(errno));
  close(fd);
}

// A handler that isn't built on the SDK: libzmq's own DEALER.
class ZmqHandler {
 public:
  ZmqHandler() {
    socket_.connect("ipc://" + SocketPath());
    millrace::ReadyFrame ready;
    ready.sdk_version = "none";
    ready.token = std::getenv(millrace::kTokenVariable);
    Send(ready);
  }
  template <typename Frame>
  void Send(const Frame& frame) {
    socket_.send(zmq::buffer(millrace::EncodeFrame(frame)), zmq::send_flags::none);
  }
  // The next one; its records are in `payload`.
  millrace::InvokeFrame AwaitInvocation(zmq::message_t* payload) {
    zmq::message_t envelope;
    if (!socket_.recv(envelope) || !socket_.recv(*payload)) _exit(4);
    auto frame = millrace::DecodeServerFrame(envelope.to_string_view());
    if (!frame.ok() || !std::holds_alternative<millrace::InvokeFrame>(*frame)) _exit(5);
    return std::get<millrace::InvokeFrame>(std::move(*frame));
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_{context_, zmq::socket_type::dealer};
};

// Says Ready, and dies of the first batch before any function is called.
[[noreturn]] void DieOfTheFirstMessage() {
  ZmqHandler handler;
  zmq::message_t payload;
  handler.AwaitInvocation(&payload);
  _exit(3);
}

// Counts all records in one item.
[[noreturn]] void ServeWithLibzmq() {
  ZmqHandler handler;
  int64_t count = 0;
  while (true) {
    zmq::message_t payload;
    const millrace::InvokeFrame invoke = handler.AwaitInvocation(&payload);
    const auto records = millrace::RecordsView::Decode(payload.to_string_view());
    if (!records.ok()) _exit(6);
    handler.Send(millrace::StartedFrame{invoke.invocation_id});
    millrace::ReplyFrame reply;
    reply.invocation_id = invoke.invocation_id;
    count += static_cast<int64_t>(records->size());
    millrace::TableWrite write;
    write.table_name = "effects";
    write.item = millrace::EncodeItem(
        millrace::ItemBuilder().Set("pk", "libzmq").Set("records", count).value());
    reply.writes.push_back(std::move(write));
    handler.Send(reply);
  }
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

// Says that it was called, and then what the table has of k0.
Status Look(const RecordBatch& batch, Invocation& invocation) {
  std::string called;
  for (const Record record : batch) {
    called += "called for " + std::to_string(record.new_image().GetInt("n").value_or(-1));
  }
  std::printf("%s\n", called.c_str());
  std::fflush(stdout);
  const auto item = invocation.Get("source", millrace::ItemBuilder().Set("pk", "k0"));
  if (!item.ok()) return item.status();
  std::printf("%s, k0 is %ld\n", called.c_str(), static_cast<long>(item->GetInt("n").value_or(-1)));
  return Status::Ok();
}

// Each record causes the next one.
Status WriteBack(const RecordBatch& batch, Invocation& invocation) {
  const int64_t n = batch[batch.size() - 1].new_image().GetInt("n").value_or(0);
  invocation.Put("source", millrace::ItemBuilder().Set("pk", "loop").Set("n", n + 1));
  return Status::Ok();
}

// Counts records by who made them.
Status CountIdentities(const RecordBatch& batch, Invocation& invocation) {
  std::map<std::string, int64_t> counts;
  for (const Record record : batch) {
    const auto identity = record.user_identity();
    const std::string who =
        identity ? std::string(identity->type) + " " + std::string(identity->principal_id)
                 : "a user";
    ++counts[std::string(millrace::WireName(record.event_name())) + " by " + who];
  }
  for (const auto& [what, count] : counts) {
    invocation.Update("effects", millrace::ItemBuilder().Set("pk", what),
                      millrace::Expression("ADD records :c").Value(":c", count));
  }
  return Status::Ok();
}

Status Handle(const RecordBatch& batch, Invocation& invocation) {
  const std::string mode = Mode();
  if (mode == "identity") return CountIdentities(batch, invocation);
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
  if (mode == "again") ConnectAgain();
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
  if (mode == "look") return Look(batch, invocation);
  if (mode == "noop") return Status::Ok();
  if (mode == "partial") return CountUpToPoison(batch, invocation);
  if (mode == "loop") return WriteBack(batch, invocation);
  return Count(batch, batch.size(), invocation);
}

}  // namespace

int main(int argc, char** argv) {
  SocketPath();
  if (Mode() == "die") DieOfTheFirstMessage();
  if (Mode() == "libzmq") ServeWithLibzmq();
  return millrace::RunHandler(argc, argv, Handle);
}
