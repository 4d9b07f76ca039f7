#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/status.h"

// What travels between a client and the server (grammar in FORMAT.md, section Native protocol): one
// envelope a ZeroMQ message (zmtp.h), the client a DEALER, the server a ROUTER.
//
// Conversation: the client says Hello, the server Welcome or a Failure with id 0. Then the client
// sends any number of requests, each with an id of its own, and gets one reply for each, in any
// order.
//
// Neither side trusts the other. Decoding checks every length, count, item and text and returns
// kValidation for anything else than the grammar; whoever sent it loses the connection. What was
// decoded are views into the envelope: nothing is copied before it was checked.
namespace millrace::native {

// Raised when a frame changes its meaning.
constexpr uint32_t kProtocolVersion = 1;

// Canonical bytes take up to three times AWS's size (one byte a value, offsets of two); 25 puts of
// 400 KB, their placeholders, and the FlatBuffers around them.
constexpr size_t kRequestSizeMax = 32 * 1024 * 1024;
constexpr size_t kReplySizeMax = 64 * 1024 * 1024;  // 16 MB of AWS's size
constexpr size_t kPlaceholdersMax = 1024;           // names, and values, of one request
constexpr size_t kTextSizeMax = 256;                // bytes of versions, principals, error codes
constexpr size_t kMessageSizeMax = 8 * 1024;        // bytes of an error's text; cut by the encoder
// One past the API's limits, so that the API's own error says what is wrong.
constexpr size_t kTableNameSizeMax = 1025;
constexpr size_t kExpressionTextSizeMax = kExpressionSizeMax + 1;
constexpr size_t kBatchEntriesMax = kBatchGetKeysMax + 1;
constexpr size_t kIndexesMax = 64;  // of a table; the API allows 25

// --- client to server ---

using Text = std::optional<std::string_view>;                // absent: no such parameter
using Pair = std::pair<std::string_view, std::string_view>;  // placeholder; name or value bytes
using Pairs = std::vector<Pair>;

struct Hello {
  uint32_t protocol_version = kProtocolVersion;
  std::string_view sdk_version;
  std::string_view principal;  // a claimed access key id, recorded as unverified; may be empty
};
struct Get {
  std::string_view table_name;
  std::string_view key;  // item bytes of the key attributes
  bool consistent = false;
  Text projection;
  Pairs names;
  bool return_capacity = false;
};
enum class Kind : uint8_t { kPut = 0, kUpdate = 1, kDelete = 2 };
enum class Returns : uint8_t {
  kNone = 0,
  kAllOld = 1,
  kUpdatedOld = 2,
  kAllNew = 3,
  kUpdatedNew = 4
};
struct Write {
  Kind kind = Kind::kPut;
  std::string_view table_name;
  std::string_view item;  // kPut: the item's bytes; others: item bytes of the key
  Text condition;
  Text update;  // kUpdate alone
  Pairs names;
  Pairs values;
  Returns returns = Returns::kNone;
  bool old_on_failure = false;
  bool return_capacity = false;
};
struct Query {
  std::string_view table_name;
  Text key_condition;
  Text filter;
  Text projection;
  Pairs names;
  Pairs values;
  std::string_view start_key;  // item bytes; empty: from the start
  uint32_t limit = 0;          // 0: none
  bool backward = false;
  bool count_only = false;
  bool consistent = false;
  bool return_capacity = false;
};
struct IndexQuery {
  Query query;
  std::string_view index_name;
  bool all_attributes = false;  // of a local index: what it doesn't hold comes from the table
};
struct Scan {
  std::string_view table_name;
  std::string_view index_name;  // empty: the table
  Text filter;
  Text projection;
  Pairs names;
  Pairs values;
  std::string_view start_key;   // item bytes; empty: from the start
  uint32_t limit = 0;           // 0: none
  uint32_t segment = 0;         // of a parallel scan
  uint32_t total_segments = 0;  // 0: no parallel scan
  bool count_only = false;
  bool all_attributes = false;
  bool consistent = false;
  bool return_capacity = false;
};
struct BatchGet {
  std::vector<Pair> keys;  // table name, item bytes of the key
  bool consistent = false;
  bool return_capacity = false;
};
struct BatchWrite {
  std::vector<Write> writes;  // puts and deletes that ask for nothing
  bool return_capacity = false;
};

using RequestBody = std::variant<Hello, Get, Write, Query, BatchGet, BatchWrite, IndexQuery, Scan>;
struct Request {
  uint64_t id = 0;  // chosen by the client
  // How long the client still waits: a request that is older when its turn comes is not begun. 0:
  // for ever.
  uint32_t timeout_millis = 0;
  RequestBody body;
};

// --- server to client ---

struct Welcome {
  uint32_t protocol_version = kProtocolVersion;
  std::string_view server_version;
  uint32_t in_flight_max = 0;  // beyond it the server stops reading
};
struct Failure {
  std::string_view code;  // name column of errors.def
  std::string_view message;
  std::string_view item;  // of a failed condition, when it was asked for
};
struct Capacity {  // read capacity units
  double of_table = 0;
  double of_index = 0;
};
struct Found {
  std::string_view item{};  // item bytes; empty: there is none
  std::optional<Capacity> capacity{};
};
// Write capacity units of one table.
struct IndexCapacity {
  std::string_view index_name;
  bool local = false;
  double units = 0;
};
struct WriteCapacity {
  std::string_view table_name;
  double of_table = 0;
  std::vector<IndexCapacity> indexes;  // those that were changed
};
struct Written {
  std::string_view attributes{};  // item bytes; empty: none
  std::optional<WriteCapacity> capacity{};
};
// Items one after another; ends are counted from the start of `items`. An empty item: none.
struct Items {
  std::string_view items;
  std::vector<uint32_t> ends;
  std::string_view item(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return items.substr(begin, ends[i] - begin);
  }
};
struct Page : Items {
  uint32_t count = 0;
  uint32_t scanned_count = 0;
  std::string_view last_key;  // item bytes; empty: there is no more
  std::optional<Capacity> capacity;
};
// Of a BatchGet: an item, or none, for each key. Of a BatchWrite: no items.
struct Batch : Items {
  std::vector<uint32_t> unprocessed;   // indexes into the request, ascending
  std::optional<Capacity> capacity;    // of a BatchGet, all its tables together
  std::vector<WriteCapacity> written;  // of a BatchWrite, each of its tables; empty: not asked for
};

using ReplyBody = std::variant<Welcome, Failure, Found, Written, Page, Batch>;
struct Reply {
  uint64_t id = 0;
  ReplyBody body;
};

// Encodes envelopes, reusing its memory. One thread.
class FrameEncoder {
 public:
  FrameEncoder();
  ~FrameEncoder();
  FrameEncoder(const FrameEncoder&) = delete;
  FrameEncoder& operator=(const FrameEncoder&) = delete;

  // Valid until the next call. Nothing is checked.
  std::string_view Encode(const Request& request);
  std::string_view Encode(const Reply& reply);

 private:
  struct Builder;
  std::unique_ptr<Builder> builder_;
};

// Decodes envelopes at any alignment. One thread. What it returns refers to the envelope, or to a
// copy inside the decoder: valid until the envelope goes and until the next call.
class FrameDecoder {
 public:
  Result<Request> DecodeRequest(std::string_view envelope);
  Result<Reply> DecodeReply(std::string_view envelope);

 private:
  const char* Aligned(std::string_view envelope);
  std::vector<uint64_t> copy_;
};

}  // namespace millrace::native
