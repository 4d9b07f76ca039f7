#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/model/change_record.h"
#include "engine/model/schema.h"
#include "engine/table.h"
#include "streams/stream_names.h"

// DynamoDB Streams as typed calls: windows on the change log, no JSON. Source of names, limits and
// errors: "Amazon DynamoDB Streams" in the API reference.
//
// A stream is a StreamWindow of a table, its shards the table's shards within the window. A closed
// stream stays readable for 24 h after it was closed, then it is not found. A record is visible
// while it is younger than 24 h, to the microsecond, on the injected clock, whether or not its
// bytes are still on disk: the *trim horizon* is the first lsn that is still visible.
//
// Positions, never times, say what was read: a wall clock that steps back neither hides an unread
// record nor returns one twice.
namespace millrace {

class ShardScan;
struct ShardIterator;
struct ParsedShardIterator;

enum class StreamStatus : uint8_t { kEnabled = 0, kDisabled = 1 };
std::string_view WireName(StreamStatus status);  // ENABLED, DISABLED

struct StreamSummary {
  std::string arn;
  std::string label;
  std::string table_name;
};

struct StreamList {
  std::vector<StreamSummary> streams;
  std::optional<std::string> last_evaluated_arn;  // there may be more after this one
};

struct ShardDescription {
  std::string shard_id;
  // A lower bound of what can be read: it moves on with the trim horizon, so that
  // AT_SEQUENCE_NUMBER of it is valid at the time of the call.
  std::string starting_sequence_number;
  std::optional<std::string>
      ending_sequence_number;  // of a closed shard: greater than its last record's
  // No parent: shards of one stream neither split nor roll over.
};

struct StreamDescription {
  std::string arn;
  std::string label;
  StreamStatus status = StreamStatus::kEnabled;
  StreamViewType view = StreamViewType::kNewAndOldImages;
  int64_t created_micros = 0;
  std::string table_name;
  KeySchema key_schema;
  std::vector<ShardDescription> shards;
  std::optional<std::string> last_evaluated_shard;  // there are more after this one
};

enum class ShardIteratorType : uint8_t {
  kTrimHorizon,
  kLatest,
  kAtSequenceNumber,
  kAfterSequenceNumber
};
std::string_view WireName(ShardIteratorType type);
std::optional<ShardIteratorType> ParseShardIteratorType(std::string_view text);

// One record as the log holds it; `view` says which images a client may see.
struct StreamRecord {
  std::string bytes;  // header and body
  StreamViewType view = StreamViewType::kNewAndOldImages;
  // Of the record's header, chained to the one before it in its shard; the first 16 bytes in hex
  // are the eventID.
  Digest hash{};

  RecordView record() const { return RecordView(bytes); }
  // The images that the view shows; empty() when hidden or not there.
  ItemView new_image() const;
  ItemView old_image() const;
  // AWS's SizeBytes: keys and the images shown, as items are counted. What a page's 1 MB is made
  // of.
  uint64_t aws_size() const;
  std::string event_id() const;
  std::string sequence_number() const;
};

// The same of a record in place.
uint64_t ShownSize(RecordView record, StreamViewType view);

struct RecordPage {
  std::vector<StreamRecord> records;
  std::optional<std::string> next_iterator;  // absent: the shard is closed and read to its end
};

// Thread-safe; holds nothing but what it was made of. Reads the log on the calling thread: not for
// threads that must not wait for the disk. Limits are checked by the caller's validation layer;
// here they are only clamped.
class StreamService {
 public:
  // Both outlive it.
  StreamService(Database* database, const Clock* clock, ArnScope scope);

  const ArnScope& scope() const { return scope_; }
  // Of a stream of a table; what DescribeTable shows as LatestStreamArn.
  std::string ArnOf(const Table& table, const StreamWindow& window) const;

  // Readable streams by table name and label, all or those of one table (none when there is no such
  // table). `exclusive_start_arn` need not exist any more. Error: kValidation ("Invalid
  // StreamArn").
  Result<StreamList> ListStreams(std::optional<std::string_view> table_name,
                                 std::optional<std::string_view> exclusive_start_arn,
                                 size_t limit = kStreamPageMax) const;

  // Errors: kValidation (not an ARN of a stream), kResourceNotFound.
  Result<StreamDescription> DescribeStream(std::string_view arn,
                                           std::optional<std::string_view> exclusive_start_shard,
                                           size_t limit = kStreamPageMax) const;

  // `sequence_number` belongs to the AT_ and AFTER_ types only. The result is good for 15 minutes,
  // over restarts too. Errors: kValidation, kResourceNotFound (stream or shard), kTrimmedDataAccess
  // (sequence number below the trim horizon).
  Result<std::string> GetShardIterator(std::string_view arn, std::string_view shard_id,
                                       ShardIteratorType type,
                                       std::optional<std::string_view> sequence_number) const;

  // At most `limit` records and 1 MB of them (aws_size; a single larger record still comes). May
  // return none although there are more: the log read by one call is bounded, and the next iterator
  // always is further on. Errors: kValidation ("Invalid ShardIterator"), kExpiredIterator,
  // kTrimmedDataAccess (a record that the iterator would have returned has aged out),
  // kResourceNotFound.
  Result<RecordPage> GetRecords(std::string_view iterator, size_t limit = kGetRecordsMax) const;

  static constexpr size_t kStreamPageMax = 100;  // streams or shards of one reply
  // Log that one GetRecords call may read without having a full page.
  static constexpr uint64_t kScanBytesMax = uint64_t{32} << 20;

 private:
  struct Located;  // a stream found in the catalog
  Result<Lsn> TrimHorizon(int64_t now_micros) const;
  Result<Located> Locate(std::string_view arn) const;
  Result<Located> LocateIterator(const ParsedShardIterator& parsed) const;
  Result<Position> PositionOf(const Located& located, ShardIteratorType type,
                              std::string_view sequence_number, Lsn applied) const;
  Result<Position> Begin(const Located& located, const ShardIterator& iterator) const;
  Result<std::optional<Position>> FillPage(ShardScan* scan, StreamViewType view, size_t limit,
                                           std::vector<StreamRecord>* records) const;

  Database* database_;
  const Clock* clock_;
  ArnScope scope_;
};

}  // namespace millrace
