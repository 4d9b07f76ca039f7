#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/status.h"
#include "engine/model/change_record.h"

// What travels between the server and one handler process (grammar in FORMAT.md, section Frames).
//
// Sockets: each process has a socket directory of its own. The server listens on `handler.sock` in
// it before it spawns the process, which connects to it once: one socket for one process, so who
// speaks is known from the socket, and closing it drops all that was in flight. On it both are
// DEALERs of ZeroMQ's protocol (zmtp.h). A message is one part, the envelope; an Invoke has a
// second part, the records.
//
// Conversation: handler Ready; then any number of times server Invoke, handler Started, Get and
// server GetReply as often as it likes, handler Reply. One invocation at a time. Shutdown may come
// at any time; the handler finishes nothing and exits.
//
// The other side is not trusted. Decoding checks every length, count, item and string, never reads
// outside the bytes and returns kValidation for anything else than the grammar; what the server
// cannot decode ends the process. The decoded structs own their bytes: they stay valid whatever
// becomes of the message. Only records are read in place. Everything here is thread-safe (no
// state).
namespace millrace {

// Raised when a frame changes its meaning. A handler built for another version is refused at Ready.
constexpr uint32_t kFrameProtocolVersion = 1;

// Limits. Writes of one reply: those of TransactWriteItems. Source: "TransactWriteItems" in the API
// reference (100 actions, 4 MB).
constexpr size_t kReplyWritesMax = 100;
constexpr size_t kReplyWritesSizeMax = 4 * 1024 * 1024;         // bytes of all items and values
constexpr size_t kInvocationRecordsMax = 10'000;                // Lambda's largest BatchSize
constexpr size_t kInvocationPayloadSizeMax = 64 * 1024 * 1024;  // bytes of a payload part
constexpr size_t kPlaceholdersMax = 1024;                       // names, and values, of one write
constexpr size_t kFrameNameSizeMax = 256;          // bytes: table, function, error type, token
constexpr size_t kFrameArnSizeMax = 2048;          // bytes
constexpr size_t kErrorMessageSizeMax = 8 * 1024;  // bytes; a longer one is cut by the encoder
// What the server lets a handler send at once: the writes, their expressions and
// placeholders' names, and the FlatBuffers around them.
constexpr size_t kHandlerFrameSizeMax = 8 * 1024 * 1024;

// --- server to handler ---

struct InvokeFrame {
  uint64_t invocation_id = 0;  // of this attempt: never reused towards one process
  uint32_t attempt = 1;        // 1 for the first
  // The handler shares the server's CLOCK_MONOTONIC (same host). `remaining_millis` is the same
  // moment for whoever does not.
  int64_t deadline_monotonic_nanos = 0;
  uint32_t remaining_millis = 0;
  std::string idempotency_key;  // equal for all attempts at the same records
  std::string function_name;
  std::string event_source_arn;
  std::string table_name;
  std::string shard_id;
};

// Answers a GetFrame. Exactly one of: an error (`error_code` not empty), no such item, an item.
struct GetReplyFrame {
  uint64_t request_id = 0;
  std::string error_code;  // name column of errors.def, e.g. ResourceNotFoundException
  std::string error_message;
  bool found = false;
  std::string item;  // item bytes
};

struct ShutdownFrame {
  std::string reason;
};

using ServerFrame = std::variant<InvokeFrame, GetReplyFrame, ShutdownFrame>;

// --- handler to server ---

struct ReadyFrame {
  uint32_t protocol_version = kFrameProtocolVersion;
  std::string sdk_version;
  uint32_t pid = 0;   // as the handler sees itself: inside its own pid namespace
  std::string token;  // what the server put into its environment
  // It says Started before it calls the user's function. Without it, every invocation counts.
  bool says_started = true;
};

// The user's function is about to be called: from now on, the end of the process counts as an
// attempt at the records.
struct StartedFrame {
  uint64_t invocation_id = 0;
};

// A consistent read of one item, while an invocation runs.
struct GetFrame {
  uint64_t request_id = 0;  // chosen by the handler
  uint64_t invocation_id = 0;
  std::string table_name;
  std::string
      key;  // item bytes of exactly the key attributes (not checked against the schema here)
};

enum class TableWriteKind : uint8_t { kPut = 0, kUpdate = 1, kDelete = 2 };

// A write that a handler wants committed together with its checkpoint. Expressions and placeholders
// are checked for size only: parsing them is the server's.
struct TableWrite {
  TableWriteKind kind = TableWriteKind::kPut;
  std::string table_name;
  std::string item;               // kPut: the item's bytes; kUpdate, kDelete: item bytes of the key
  std::string update_expression;  // kUpdate; may be empty
  std::string condition_expression;                         // empty: none
  std::vector<std::pair<std::string, std::string>> names;   // "#n", attribute name
  std::vector<std::pair<std::string, std::string>> values;  // ":v", canonical bytes of the value
};

struct ReplyFrame {
  uint64_t invocation_id = 0;
  std::string error_type;  // empty: success
  std::string error_message;
  std::vector<TableWrite> writes;        // of a success only
  std::vector<uint32_t> failed_records;  // indexes into the batch, ascending; empty: none or all

  bool ok() const { return error_type.empty(); }
};

using HandlerFrame = std::variant<ReadyFrame, GetFrame, ReplyFrame, StartedFrame>;

// --- envelopes ---

std::string EncodeFrame(const InvokeFrame& frame);
std::string EncodeFrame(const GetReplyFrame& frame);
std::string EncodeFrame(const ShutdownFrame& frame);
std::string EncodeFrame(const ReadyFrame& frame);
std::string EncodeFrame(const StartedFrame& frame);
std::string EncodeFrame(const GetFrame& frame);
std::string EncodeFrame(const ReplyFrame& frame);

// Any alignment. Error: kValidation, with what is wrong.
Result<ServerFrame> DecodeServerFrame(std::string_view envelope);
Result<HandlerFrame> DecodeHandlerFrame(std::string_view envelope);

// Does the reply keep the limits above? The encoder does not check; the decoder does. The SDK asks
// before it sends, so that a handler that returns too much gets an error instead of its end.
Status CheckReply(const ReplyFrame& reply);

// --- the payload part of an Invoke ---

//   count u32 | end offset u32 of each record, relative to the end of this table | the records
// The records are the log's bytes (change_record.h), never re-encoded and not aligned.
size_t RecordsPayloadSize(std::span<const std::string_view> records);
// Writes exactly RecordsPayloadSize bytes, so that a message can be filled in place. Requires the
// limits (kInvocationRecordsMax, kInvocationPayloadSizeMax).
void WriteRecordsPayload(std::span<const std::string_view> records, char* out);

// Not owned bytes of a payload. Invariant: the table and the length of each record were checked;
// what is inside a record is trusted, since it comes from the server's log.
class RecordsView {
 public:
  RecordsView() = default;  // no records
  // Error: kValidation.
  static Result<RecordsView> Decode(std::string_view payload);
  size_t size() const { return count_; }
  // i < size().
  RecordView record(size_t i) const;

 private:
  uint32_t count_ = 0;
  const char* ends_ = nullptr;
  const char* records_ = nullptr;
};

}  // namespace millrace
