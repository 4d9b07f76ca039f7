#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include <zmq.hpp>

#include "engine/base/checksum.h"
#include "engine/model/change_record.h"
#include "engine/model/item.h"
#include "sdk/frames.h"

namespace millrace {

// The server's end of one handler process, for tests: a DEALER bound to the endpoint.
class HandlerPeer {
 public:
  explicit HandlerPeer(const std::string& address) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind(address);
  }

  void SendBytes(std::string_view envelope) {
    socket_.send(zmq::buffer(envelope.data(), envelope.size()), zmq::send_flags::none);
  }
  template <typename Frame>
  void Send(const Frame& frame) {
    SendBytes(EncodeFrame(frame));
  }
  void SendParts(std::string_view envelope, std::string_view payload) {
    socket_.send(zmq::buffer(envelope.data(), envelope.size()), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(payload.data(), payload.size()), zmq::send_flags::none);
  }
  void Invoke(const InvokeFrame& frame, const std::vector<std::string>& records) {
    const std::vector<std::string_view> views(records.begin(), records.end());
    std::string payload(RecordsPayloadSize(views), '\0');
    WriteRecordsPayload(views, payload.data());
    SendParts(EncodeFrame(frame), payload);
  }

  // Nullopt: nothing came in time.
  std::optional<std::string> ReceiveBytes(
      std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
    zmq::message_t message;
    if (!socket_.recv(message)) return std::nullopt;
    return message.to_string();
  }
  // Nullopt also when another kind of frame came, or none that can be decoded. Started is passed
  // over, unless it is what is wanted.
  template <typename Frame>
  std::optional<Frame> Receive(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto bytes = ReceiveBytes(patience);
    if (!bytes) return std::nullopt;
    auto frame = DecodeHandlerFrame(*bytes);
    if constexpr (!std::is_same_v<Frame, StartedFrame>) {
      if (frame.ok() && std::holds_alternative<StartedFrame>(*frame)) {
        return Receive<Frame>(patience);
      }
    }
    if (!frame.ok() || !std::holds_alternative<Frame>(*frame)) return std::nullopt;
    return std::get<Frame>(std::move(*frame));
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_{context_, zmq::socket_type::dealer};
};

// An invocation with a deadline from now.
inline InvokeFrame InvocationOf(uint64_t id, std::string key = "key",
                                std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  InvokeFrame frame;
  frame.invocation_id = id;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  frame.deadline_monotonic_nanos =
      std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
  frame.remaining_millis = static_cast<uint32_t>(timeout.count());
  frame.idempotency_key = std::move(key);
  frame.function_name = "function";
  frame.event_source_arn = "arn:aws:dynamodb:local:000000000000:table/flights/stream/label";
  frame.table_name = "flights";
  frame.shard_id = "shardId-0";
  return frame;
}

// A record's bytes, as the log has them. Empty images are absent.
inline std::string RecordOf(const Value& keys, const std::optional<Value>& new_image,
                            const std::optional<Value>& old_image = std::nullopt,
                            uint64_t lsn = 1) {
  const std::string key_bytes = EncodeItem(keys);
  const std::string new_bytes = new_image ? EncodeItem(*new_image) : std::string();
  const std::string old_bytes = old_image ? EncodeItem(*old_image) : std::string();
  RecordBody body;
  body.keys = key_bytes;
  body.new_image = new_bytes;
  body.old_image = old_bytes;
  body.previous_size = old_image ? ItemView(old_bytes).aws_size() : 0;
  const std::string body_bytes = EncodeRecordBody(body);
  RecordHeader header;
  header.position.lsn = Lsn(lsn);
  header.commit_time_micros = 1'700'000'000'123'456;
  header.body_digest = Sha256(body_bytes);
  std::string record;
  AppendRecordHeader(header, &record);
  return record + body_bytes;
}

}  // namespace millrace
