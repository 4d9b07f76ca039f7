#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/checksum.h"
#include "engine/base/status.h"
#include "engine/model/item.h"
#include "engine/model/position.h"

namespace millrace {

// One mutation in the log: a fixed-width header, written by the committer, and an immutable body,
// built and digested by the planner (grammar in FORMAT.md). These bytes go from the log to a
// handler as they are.
//
//   header: position 14 | the item's previous position 14 (zeros: none) | commit time, microseconds
//   i64 | SHA-256 of the previous
//           header of the shard 32 (zeros for the first) | SHA-256 of the body 32 | flags u8
//   body:   version u8 = 1 | key hash u64 (its top bits are the shard) | AWS size of the item
//   before, u32 (0: there was none) |
//           hop count u16 | origin region u16 | causation position 14 (zeros: none) |
//           five lengths u32: keys, new image, old image, principal, request id | those five
//
// The item's previous position stands in the header since only the committer knows it when that
// record is still being committed.
enum class EventName : uint8_t { kInsert, kModify, kRemove };
std::string_view WireName(EventName name);  // INSERT, MODIFY, REMOVE

// Flags of the header.
constexpr uint8_t kRecordByService = 1;  // principal is an AWS service (TTL), not a user

struct RecordHeader {
  Position position;
  Position item_previous;  // the item's last record before this one; lsn 0: none
  int64_t commit_time_micros = 0;
  Digest previous_hash{};
  Digest body_digest{};
  uint8_t flags = 0;
};
constexpr size_t kRecordHeaderSize = 2 * kPositionSize + 8 + 32 + 32 + 1;
void AppendRecordHeader(const RecordHeader& header, std::string* out);

// What the planner knows; views need to live only through EncodeRecordBody.
struct RecordBody {
  uint64_t key_hash = 0;       // of the partition key, seeded by the table
  uint32_t previous_size = 0;  // AWS's bytes of the item before the write; 0: there was none
  uint16_t hop_count = 0;      // writes by handlers count how far they are from a client's write
  uint16_t origin_region = 0;
  Position causation;          // the record whose handling made this write; lsn 0: none
  std::string_view keys;       // item bytes of the key attributes
  std::string_view new_image;  // item bytes; empty for a removal
  std::string_view old_image;  // item bytes; empty when absent or not asked for
  std::string_view
      principal;  // claimed access key id or service name; unverified until authentication exists
  std::string_view request_id;
};
std::string EncodeRecordBody(const RecordBody& body);

// Header and body, read in place. Invariant: valid (ValidateRecord for bytes from outside the log).
class RecordView {
 public:
  RecordView() = default;
  explicit RecordView(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes() const { return bytes_; }
  std::string_view header_bytes() const { return bytes_.substr(0, kRecordHeaderSize); }
  std::string_view body_bytes() const { return bytes_.substr(kRecordHeaderSize); }

  Position position() const { return LoadPosition(bytes_.data()); }
  int64_t commit_time_micros() const;
  RecordHeader header() const;
  EventName event_name() const;
  uint64_t key_hash() const;
  uint32_t previous_size() const;
  bool existed() const { return previous_size() != 0; }
  bool by_service() const;
  uint16_t hop_count() const;
  uint16_t origin_region() const;
  Position causation() const;
  Position item_previous() const;
  ItemView keys() const;
  ItemView new_image() const;  // empty() for a removal
  ItemView old_image() const;  // empty() when absent or not stored
  std::string_view principal() const;
  std::string_view request_id() const;

 private:
  std::string_view Section(int index) const;
  std::string_view bytes_;
};

// Lengths and images are well formed. Does not recompute digests: VerifyRecordDigest does.
Status ValidateRecord(std::string_view bytes);
bool VerifyRecordDigest(RecordView record);
// What the next record of the shard carries as previous_hash.
Digest ChainHash(std::string_view header_bytes);

}  // namespace millrace
