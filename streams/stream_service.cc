#include "streams/stream_service.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "streams/shard_iterator.h"
#include "streams/shard_scan.h"
#include "streams/stream_window.h"

namespace millrace {

struct StreamService::Located {
  TableRef table;
  const StreamWindow* window;  // in `table`
  std::optional<Lsn> end;
  int64_t now_micros;
};

namespace {

Status StreamNotFound(std::string_view arn) {
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Stream: " + std::string(arn) + " not found");
}

Status ShardNotFound() {
  return Status(ErrorCode::kResourceNotFound, "Requested resource not found: Shard does not exist");
}

Status InvalidIterator() {
  return Status::Validation("Invalid ShardIterator");
}

Status Trimmed() {
  return Status(ErrorCode::kTrimmedDataAccess,
                "The data you are trying to access has been trimmed");
}

Status InvalidSequenceNumber(std::string_view text) {
  return Status::Validation("Invalid SequenceNumber: " + std::string(text));
}

Position StartOf(Lsn lsn) {
  return {0, lsn, 0};
}

}  // namespace

StreamService::StreamService(Database* database, const Clock* clock, ArnScope scope)
    : database_(database), clock_(clock), scope_(std::move(scope)) {}

std::string StreamService::ArnOf(const Table& table, const StreamWindow& window) const {
  return StreamArn(scope_, table.spec.name, window.label);
}

// The first lsn whose record is younger than 24 h.
Result<Lsn> StreamService::TrimHorizon(int64_t now_micros) const {
  CommitLog* log = database_->log();
  const int64_t youngest_hidden = now_micros - kStreamRetentionMicros;
  // All of a young log is visible: that is known without a look into its files.
  const std::vector<SegmentInfo> segments = log->Segments();
  if (!segments.empty() && segments.front().first_time_micros > youngest_hidden) {
    return segments.front().first;
  }
  return log->FindTime(youngest_hidden + 1);
}

Result<StreamList> StreamService::ListStreams(std::optional<std::string_view> table_name,
                                              std::optional<std::string_view> exclusive_start_arn,
                                              size_t limit) const {
  std::optional<ParsedStreamArn> after;
  if (exclusive_start_arn.has_value()) {
    after = ParseStreamArn(*exclusive_start_arn);
    if (!after.has_value()) return Status::Validation("Invalid StreamArn");
  }
  const int64_t now = clock_->WallMicros();
  const std::vector<TableRef> tables = database_->TablesWithDeleted();
  std::vector<std::pair<std::string_view, std::string_view>> names;  // table, label
  for (const TableRef& table : tables) {
    if (table_name.has_value() && table->spec.name != *table_name) continue;
    for (const StreamWindow& window : table->streams) {
      if (ReadableAt(*table, window, now)) names.emplace_back(table->spec.name, window.label);
    }
  }
  std::sort(names.begin(), names.end());
  // A table made within a millisecond of the deletion of its namesake may share a label with it.
  names.erase(std::unique(names.begin(), names.end()), names.end());
  auto next = names.begin();
  if (after.has_value()) {
    next = std::upper_bound(names.begin(), names.end(), std::pair(after->table_name, after->label));
  }
  limit = std::clamp<size_t>(limit, 1, kStreamPageMax);
  StreamList list;
  for (; next != names.end() && list.streams.size() < limit; ++next) {
    list.streams.push_back({StreamArn(scope_, next->first, next->second), std::string(next->second),
                            std::string(next->first)});
  }
  if (next != names.end()) list.last_evaluated_arn = list.streams.back().arn;
  return list;
}

Result<StreamService::Located> StreamService::Locate(std::string_view arn) const {
  const auto parsed = ParseStreamArn(arn);
  if (!parsed.has_value()) return Status::Validation("Invalid StreamArn");
  if (parsed->region != scope_.region || parsed->account != scope_.account) {
    return StreamNotFound(arn);
  }
  const int64_t now = clock_->WallMicros();
  std::vector<TableRef> tables;
  if (TableRef live = database_->FindTable(parsed->table_name)) tables.push_back(std::move(live));
  for (const TableRef& table : database_->TablesWithDeleted()) {
    if (table->deleted() && table->spec.name == parsed->table_name) tables.push_back(table);
  }
  for (const TableRef& table : tables) {
    const StreamWindow* window = table->FindStream(parsed->label);
    if (window != nullptr && ReadableAt(*table, *window, now)) {
      return Located{table, window, EndOf(*table, *window), now};
    }
  }
  return StreamNotFound(arn);
}

Result<StreamDescription> StreamService::DescribeStream(
    std::string_view arn, std::optional<std::string_view> exclusive_start_shard,
    size_t limit) const {
  ASSIGN_OR_RETURN(const Located located, Locate(arn));
  ASSIGN_OR_RETURN(const Lsn horizon, TrimHorizon(located.now_micros));
  const StreamWindow& window = *located.window;
  StreamDescription description;
  description.arn = std::string(arn);
  description.label = window.label;
  description.status = located.end ? StreamStatus::kDisabled : StreamStatus::kEnabled;
  description.view = window.view;
  description.created_micros = window.created_micros;
  description.table_name = located.table->spec.name;
  description.key_schema = located.table->spec.schema;

  uint32_t next = 0;
  if (exclusive_start_shard.has_value()) {
    // A shard of another stream comes after all of this one's: the list is empty then, as AWS's is.
    const auto shard = FindShard(*located.table, window, *exclusive_start_shard);
    next = shard.has_value() ? shard->value() + 1 : kShardCount;
  }
  Lsn begin = std::max(BeginOf(window), horizon);
  if (located.end.has_value()) begin = std::min(begin, *located.end);
  limit = std::clamp<size_t>(limit, 1, kStreamPageMax);
  for (; next < kShardCount && description.shards.size() < limit; ++next) {
    ShardDescription shard;
    shard.shard_id = ShardIdOf(*located.table, window, ShardIndex(next));
    shard.starting_sequence_number = SequenceNumberOf(StartOf(begin));
    if (located.end) shard.ending_sequence_number = SequenceNumberOf(StartOf(*located.end));
    description.shards.push_back(std::move(shard));
  }
  if (next < kShardCount) description.last_evaluated_shard = description.shards.back().shard_id;
  return description;
}

// Where AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER begins.
Result<Position> StreamService::PositionOf(const Located& located, ShardIteratorType type,
                                           std::string_view sequence_number, Lsn applied) const {
  const auto position = ParseSequenceNumber(sequence_number);
  if (!position.has_value() || position->generation != 0 ||
      position->lsn < BeginOf(*located.window) ||
      position->lsn > located.end.value_or(Lsn(applied.value() + 1))) {
    return InvalidSequenceNumber(sequence_number);
  }
  ASSIGN_OR_RETURN(const Lsn horizon, TrimHorizon(located.now_micros));
  if (position->lsn < horizon && position->lsn != located.end) return Trimmed();
  return type == ShardIteratorType::kAfterSequenceNumber ? PositionAfter(*position) : *position;
}

Result<std::string> StreamService::GetShardIterator(
    std::string_view arn, std::string_view shard_id, ShardIteratorType type,
    std::optional<std::string_view> sequence_number) const {
  const bool needs_number = type == ShardIteratorType::kAtSequenceNumber ||
                            type == ShardIteratorType::kAfterSequenceNumber;
  if (needs_number && !sequence_number.has_value()) {
    return Status::Validation("SequenceNumber is required for ShardIteratorType " +
                              std::string(WireName(type)));
  }
  if (!needs_number && sequence_number.has_value()) {
    return Status::Validation("SequenceNumber is not allowed for ShardIteratorType " +
                              std::string(WireName(type)));
  }
  const Lsn applied = database_->applied_lsn();  // before the catalog is looked at: see GetRecords
  ASSIGN_OR_RETURN(const Located located, Locate(arn));
  const auto shard = FindShard(*located.table, *located.window, shard_id);
  if (!shard.has_value()) return ShardNotFound();

  ShardIterator iterator;
  iterator.table = located.table->id;
  iterator.window = located.window->first;
  iterator.shard = *shard;
  iterator.issued_micros = located.now_micros;
  if (type == ShardIteratorType::kTrimHorizon) {
    iterator.from_horizon = true;
  } else if (type == ShardIteratorType::kLatest) {
    const Lsn latest(applied.value() + 1);
    iterator.position = StartOf(std::min(latest, located.end.value_or(latest)));
  } else {
    ASSIGN_OR_RETURN(iterator.position, PositionOf(located, type, *sequence_number, applied));
  }
  return EncodeShardIterator(iterator, arn, *located.table);
}

// The stream that an iterator belongs to, once the iterator has been found to be good.
Result<StreamService::Located> StreamService::LocateIterator(
    const ParsedShardIterator& parsed) const {
  const TableRef table = database_->FindTable(parsed.iterator.table);
  if (table == nullptr || !Authentic(parsed, *table)) return InvalidIterator();
  const int64_t now = clock_->WallMicros();
  if (now - parsed.iterator.issued_micros >= kIteratorLifetimeMicros) {
    return Status(ErrorCode::kExpiredIterator, "Shard iterator has expired");
  }
  for (const StreamWindow& window : table->streams) {
    if (window.first == parsed.iterator.window && ReadableAt(*table, window, now)) {
      return Located{table, &window, EndOf(*table, window), now};
    }
  }
  return StreamNotFound(parsed.arn);
}

// Where to read from: the iterator's position, unless a record from there on has become invisible.
Result<Position> StreamService::Begin(const Located& located, const ShardIterator& iterator) const {
  ASSIGN_OR_RETURN(const Lsn horizon, TrimHorizon(located.now_micros));
  const Position oldest = StartOf(std::max(BeginOf(*located.window), horizon));
  if (iterator.from_horizon) return oldest;
  if (iterator.position >= oldest) return iterator.position;
  ShardScan::Bounds bounds;
  bounds.limit = Lsn(oldest.lsn.value() - 1);
  bounds.end = located.end;
  bounds.bytes_max = kScanBytesMax;
  ShardScan lost(database_->log(), iterator.table, iterator.shard, iterator.position, bounds);
  auto record = lost.Next();
  if (!record.ok() && !record.status().Is(ErrorCode::kTrimmedDataAccess)) return record.status();
  if (!record.ok() || record->has_value() || lost.stopped_early()) return Trimmed();
  return oldest;
}

Result<RecordPage> StreamService::GetRecords(std::string_view text, size_t limit) const {
  const auto parsed = ParseShardIterator(text);
  if (!parsed.has_value()) return InvalidIterator();
  // The applied lsn before the catalog: a commit that closed the stream and is below it is then
  // seen in the table, and no record behind the stream's end is taken for one of its own.
  const Lsn applied = database_->applied_lsn();
  ASSIGN_OR_RETURN(const Located located, LocateIterator(*parsed));
  ASSIGN_OR_RETURN(const Position begin, Begin(located, parsed->iterator));

  ShardScan::Bounds bounds;
  bounds.limit = applied;
  bounds.end = located.end;
  bounds.bytes_max = kScanBytesMax;
  ShardScan scan(database_->log(), parsed->iterator.table, parsed->iterator.shard, begin, bounds);
  RecordPage page;
  ASSIGN_OR_RETURN(const auto next, FillPage(&scan, located.window->view, limit, &page.records));
  if (!next.has_value()) return page;
  ShardIterator iterator = parsed->iterator;
  iterator.from_horizon = false;
  iterator.position = *next;
  iterator.issued_micros = located.now_micros;
  page.next_iterator = EncodeShardIterator(iterator, parsed->arn, *located.table);
  return page;
}

// Fills a page and looks one record ahead, so that the next position is a record's own. Nullopt:
// the shard has ended.
Result<std::optional<Position>> StreamService::FillPage(ShardScan* scan, StreamViewType view,
                                                        size_t limit,
                                                        std::vector<StreamRecord>* records) const {
  limit = std::clamp<size_t>(limit, 1, kGetRecordsMax);
  uint64_t size = 0;
  for (;;) {
    auto next = scan->Next();
    if (!next.ok())
      return next.status().Is(ErrorCode::kTrimmedDataAccess) ? Trimmed() : next.status();
    if (!next->has_value()) break;
    const RecordView record = (*next)->record;
    size += ShownSize(record, view);
    if (records->size() == limit || (!records->empty() && size > kGetRecordsSizeMax)) {
      return std::optional(record.position());
    }
    records->push_back({std::string(record.bytes()), view, ChainHash(record.header_bytes())});
  }
  if (scan->ended()) return std::optional<Position>();
  return std::optional(scan->position());
}

}  // namespace millrace
