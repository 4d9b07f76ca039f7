#include "streams/verify.h"

#include <algorithm>

#include "streams/table_feed.h"

namespace millrace {
namespace {

constexpr uint64_t kRecordsBetweenCancelChecks = 4096;

// The first thing wrong with a record as the next one of its shard; advances the shard's chain when
// there is none.
std::optional<ChainBreak::Kind> Check(const FeedRecord& next, bool first_may_be_linked,
                                      ShardChain* chain) {
  if (!ValidateRecord(next.record.bytes()).ok()) return ChainBreak::Kind::kMalformed;
  const RecordHeader header = next.record.header();
  if (header.position.lsn != next.lsn || ShardOf(next.record.key_hash()) != next.shard ||
      (chain->records > 0 && header.position <= chain->last)) {
    return ChainBreak::Kind::kPosition;
  }
  const bool taken_at_its_word = chain->records == 0 && first_may_be_linked;
  if (!taken_at_its_word && header.previous_hash != chain->head) {
    return ChainBreak::Kind::kPreviousHash;
  }
  if (!VerifyRecordDigest(next.record)) return ChainBreak::Kind::kBodyDigest;
  if (chain->records++ == 0) chain->first = header.position;
  chain->last = header.position;
  chain->head = ChainHash(next.record.header_bytes());
  return std::nullopt;
}

}  // namespace

std::string_view WireName(ChainBreak::Kind kind) {
  switch (kind) {
    case ChainBreak::Kind::kMalformed:
      return "MALFORMED";
    case ChainBreak::Kind::kBodyDigest:
      return "BODY_DIGEST";
    case ChainBreak::Kind::kPreviousHash:
      return "PREVIOUS_HASH";
    case ChainBreak::Kind::kPosition:
      return "POSITION";
  }
  return "";
}

Result<VerifyReport> VerifyTable(Database* database, TableId table_id,
                                 const std::function<bool()>& cancelled) {
  const TableRef table = database->FindTable(table_id);
  if (table == nullptr) {
    return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
  }
  const Lsn oldest = database->log()->first_lsn();
  VerifyReport report;
  report.as_of = database->applied_lsn();
  report.beginning_trimmed = table->created_lsn < oldest;
  TableFeed feed(database->log(), table_id, std::max(table->created_lsn, oldest));
  for (uint64_t n = 1;; ++n) {
    ASSIGN_OR_RETURN(const auto next, feed.Next(report.as_of));
    if (!next.has_value()) return report;
    if (n % kRecordsBetweenCancelChecks == 0 && cancelled && cancelled()) {
      return Status(ErrorCode::kUnavailable, "The verification was cancelled");
    }
    if (next->shard.value() >= kShardCount) {
      report.first_break = ChainBreak{ChainBreak::Kind::kPosition, next->shard, next->lsn, {}};
      return report;
    }
    ShardChain* chain = &report.shards[next->shard.value()];
    if (const auto kind = Check(*next, report.beginning_trimmed, chain)) {
      const bool readable = *kind != ChainBreak::Kind::kMalformed;
      report.first_break = ChainBreak{*kind, next->shard, next->lsn,
                                      readable ? next->record.position() : Position{}};
      return report;
    }
  }
}

}  // namespace millrace
