// Any bytes as what the native protocol carries, between a client and the server: as an envelope,
// refused, or decoded into one that, encoded again, says the same; as an answer, which ends each of
// a client's requests once; as what a ZeroMQ peer sends, the same messages, answers and error in
// whatever pieces it comes, within the limits.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/check.h"
#include "engine/model/item.h"
#include "sdk/client_machine.h"
#include "sdk/native_frames.h"
#include "sdk/zmtp.h"

namespace millrace {
namespace {

constexpr size_t kMessageSizeMax = 600;  // of the peers here, so that small inputs exceed it
constexpr size_t kCommandSizeMax = 4096;
constexpr int kPartsMax = 2;

void CheckRefusal(const Status& status) {
  MILLRACE_CHECK(status.Is(ErrorCode::kValidation));
  MILLRACE_CHECK(!status.message().empty());
}

// --- envelopes ---

// Looks at all attributes.
void ReadItem(std::string_view bytes) {
  if (bytes.empty()) return;
  const ItemView item(bytes);
  MILLRACE_CHECK(ValidateItem(EncodeItem(item.value())).ok());
}

void Use(const native::Items& items) {
  for (size_t i = 0; i < items.ends.size(); ++i) ReadItem(items.item(i));
}
void Use(const native::ReplyBody& body) {
  if (const auto* page = std::get_if<native::Page>(&body)) {
    Use(*page);
    ReadItem(page->last_key);
  } else if (const auto* batch = std::get_if<native::Batch>(&body)) {
    Use(*batch);
    MILLRACE_CHECK(batch->unprocessed.size() <= native::kBatchEntriesMax);
    MILLRACE_CHECK(batch->ends.size() <= native::kBatchEntriesMax);
    const size_t entries = batch->ends.empty() ? native::kBatchEntriesMax : batch->ends.size();
    for (const uint32_t index : batch->unprocessed) MILLRACE_CHECK(index < entries);
  } else if (const auto* found = std::get_if<native::Found>(&body)) {
    ReadItem(found->item);
  }
}
void Use(const native::RequestBody& body) {
  if (const auto* get = std::get_if<native::Get>(&body)) {
    ReadItem(get->key);
  } else if (const auto* write = std::get_if<native::Write>(&body)) {
    ReadItem(write->item);
  } else if (const auto* batch = std::get_if<native::BatchWrite>(&body)) {
    MILLRACE_CHECK(batch->writes.size() <= native::kBatchEntriesMax);
  }
}

template <typename Decode>
void CheckEnvelope(std::string_view bytes, Decode decode) {
  native::FrameDecoder decoder;
  const auto envelope = decode(&decoder, bytes);
  if (!envelope.ok()) return CheckRefusal(envelope.status());
  Use(envelope->body);
  native::FrameEncoder encoder;
  const std::string encoded(encoder.Encode(*envelope));
  const auto again = decode(&decoder, encoded);
  MILLRACE_CHECK(again.ok(), "what was decoded is refused");
  MILLRACE_CHECK(encoder.Encode(*again) == encoded, "another envelope after a round");
}

// --- a client ---

// A client that was welcomed, with a request of each kind under way: ids 1 to kRequests.
void CheckClient(std::string_view reply) {
  constexpr uint64_t kRequests = 4;
  using Time = ClientMachine::Time;
  const Time now = Time() + std::chrono::hours(1);
  ClientMachine machine({});
  std::string out;
  machine.OnConnected();
  native::FrameEncoder encoder;
  const native::Welcome welcome{native::kProtocolVersion, "", 1};
  MILLRACE_CHECK(machine.OnMessage(encoder.Encode(native::Reply{0, welcome}), now).ok());
  int ended[kRequests] = {};
  for (uint64_t id = 1; id <= kRequests; ++id) {
    ClientMachine::Request request;
    request.id = id;
    request.envelope = "x";
    request.read = id % 2 == 0;
    request.deadline = now + std::chrono::seconds(1);
    request.done = [&ended, id](const Result<const native::ReplyBody*>& answer) {
      ++ended[id - 1];
      if (answer.ok()) Use(**answer);
    };
    machine.OnSubmit(std::move(request));
  }
  machine.TakeOutput(1024, &out);
  const Status taken = machine.OnMessage(reply, now);
  if (!taken.ok()) {
    CheckRefusal(taken);
    machine.OnLost(taken, now);
  }
  machine.OnTime(now + std::chrono::milliseconds(10));
  machine.OnStop();
  for (const int times : ended) MILLRACE_CHECK(times == 1, "a request that ended otherwise");
}

// --- ZeroMQ's bytes ---

// What a peer made of them.
struct Heard {
  std::vector<std::string> parts;  // each with what follows it: more, or the end of the message
  std::string answers;
  std::string error;
  bool operator==(const Heard& other) const {
    return parts == other.parts && answers == other.answers && error == other.error;
  }
};

class Listening {
 public:
  explicit Listening(ZmtpPeer::Role role) : peer_(role, kMessageSizeMax, kPartsMax) {}

  void Feed(std::string_view piece) {
    if (!heard_.error.empty()) return;
    input_.append(piece);
    std::string_view in = input_;
    while (Step(&in)) {
    }
    input_ = std::string(in);
  }
  const Heard& heard() const { return heard_; }

 private:
  bool Step(std::string_view* in) {
    std::string_view part;
    const auto event = peer_.Next(in, &part, &heard_.answers);
    if (!event.ok()) {
      CheckRefusal(event.status());
      heard_.error = event.status().message();
      return false;
    }
    if (*event == ZmtpPeer::Event::kNeedMore) {
      MILLRACE_CHECK(peer_.missing() <= std::max(kMessageSizeMax, kCommandSizeMax));
      MILLRACE_CHECK(in->size() <= ZmtpPeer::kHeaderSizeMax + kCommandSizeMax);
      return false;
    }
    MILLRACE_CHECK(peer_.ready(), "a message before READY");
    const bool more = *event == ZmtpPeer::Event::kPart;
    heard_.parts.push_back((more ? "+" : ".") + std::string(part));
    parts_ = more ? parts_ + 1 : 0;
    size_ = part.size() + (first_ ? 0 : size_);
    first_ = !more;
    MILLRACE_CHECK(parts_ < kPartsMax && size_ <= kMessageSizeMax);
    return true;
  }

  ZmtpPeer peer_;
  std::string input_;
  Heard heard_;
  int parts_ = 0;
  size_t size_ = 0;    // of the message under way
  bool first_ = true;  // part of a message
};

std::string Resent(ZmtpPeer::Role to, const std::vector<std::string>& parts) {
  std::string bytes;
  const auto from =
      to == ZmtpPeer::Role::kDealer ? ZmtpPeer::Role::kRouter : ZmtpPeer::Role::kDealer;
  ZmtpPeer(from, kMessageSizeMax).Start(&bytes);
  for (const std::string& part : parts) {
    ZmtpPeer::AppendHeader(part.size() - 1, &bytes, part[0] == '+');
    bytes.append(part, 1);
  }
  return bytes;
}

// The first byte says who listens, and how the rest is cut up.
void CheckStream(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto how = static_cast<uint8_t>(bytes[0]);
  const auto role = static_cast<ZmtpPeer::Role>(how % 3);
  const size_t piece = 1 + how / 3;
  bytes.remove_prefix(1);
  Listening whole(role);
  whole.Feed(bytes);
  Listening cut(role);
  for (size_t at = 0; at < bytes.size(); at += piece) cut.Feed(bytes.substr(at, piece));
  MILLRACE_CHECK(whole.heard() == cut.heard(), "the pieces make a difference");
  Listening again(role);
  again.Feed(Resent(role, whole.heard().parts));
  MILLRACE_CHECK(again.heard().parts == whole.heard().parts, "other parts when sent again");
  MILLRACE_CHECK(again.heard().error.empty() && again.heard().answers.empty());
}

void Run(std::string_view bytes) {
  CheckEnvelope(bytes, [](native::FrameDecoder* decoder, std::string_view envelope) {
    return decoder->DecodeRequest(envelope);
  });
  CheckEnvelope(bytes, [](native::FrameDecoder* decoder, std::string_view envelope) {
    return decoder->DecodeReply(envelope);
  });
  CheckClient(bytes);
  CheckStream(bytes);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
