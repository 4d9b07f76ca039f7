#include "triggers/mapping_run.h"

#include <algorithm>

namespace millrace {
namespace {

// Of one Read: bounds how long the broker's thread is away in the log of other tables.
constexpr uint64_t kReadCommitsMax = 20'000;

}  // namespace

ShardRun::ShardRun(Database* database, TableId table, ShardIndex shard, const DeliveryRules& rules,
                   Checkpoint checkpoint, uint64_t version)
    : machine(rules, std::move(checkpoint)),
      outcomes(machine.lane_count()),
      cell_version(version),
      database_(database),
      table_(table),
      shard_(shard),
      feed_(database->log(), table, shard, machine.checkpoint().low.lsn) {}

bool ShardRun::read_more(Lsn applied) const {
  return problem.ok() && !stalled_ && !feed_.ended() && feed_.position() <= applied;
}

// False: its lane is full.
bool ShardRun::Offer(const FeedRecord& record, int64_t now_nanos) {
  return machine.OnRecord(record.record, now_nanos) != ShardMachine::Taken::kFull;
}

void ShardRun::Read(Lsn applied, int64_t now_nanos) {
  if (!problem.ok()) return;
  if (stalled_ && !Offer(*stalled_, now_nanos)) return;
  stalled_.reset();
  const Lsn limit(std::min(applied.value(), feed_.position().value() + kReadCommitsMax));
  for (;;) {
    Result<std::optional<FeedRecord>> next = feed_.Next(limit);
    if (!next.ok()) {
      problem = next.status().Is(ErrorCode::kTrimmedDataAccess)
                    ? StartFrom(database_->log()->first_lsn())
                    : next.status();
      return;
    }
    if (!next->has_value()) {
      machine.OnReadThrough(feed_.position());
      return;
    }
    if (!Offer(**next, now_nanos)) {
      stalled_ = **next;
      return;
    }
  }
}

std::optional<int64_t> ShardRun::OldestTime(Lsn applied) const {
  if (const std::optional<RecordView> oldest = machine.oldest()) {
    return oldest->commit_time_micros();
  }
  if (ended() || feed_.position() > applied) return std::nullopt;
  TableFeed feed(database_->log(), table_, shard_, feed_.position());
  if (end_) feed.EndBefore(*end_);
  const Lsn limit(std::min(applied.value(), feed_.position().value() + kReadCommitsMax));
  const Result<std::optional<FeedRecord>> next = feed.Next(limit);
  if (!next.ok() || !next->has_value()) return std::nullopt;
  return (*next)->record.commit_time_micros();
}

void ShardRun::EndBefore(Lsn end) {
  end_ = end;
  feed_.EndBefore(end);
}

// After a gap. What was trimmed past the stream's end is none of its records.
Status ShardRun::StartFrom(Lsn from) {
  const Lsn at = feed_.position();
  if (from <= at) return Status(ErrorCode::kCorruption, "the log is shorter than it says");
  const Lsn to = end_ ? std::min(from, *end_) : from;
  LogGap gap = GapBefore(*database_->log(), at, from);
  gap.through = Lsn(to.value() - 1);
  machine.OnGap(gap);
  feed_ = TableFeed(database_->log(), table_, shard_, to);
  if (end_) feed_.EndBefore(*end_);
  return Status::Ok();
}

bool MappingRun::quiet() const {
  return std::all_of(shards.begin(), shards.end(), [](const ShardRun& shard) {
    return !shard.problem.ok() || (shard.machine.quiet() && !shard.idle_commit);
  });
}

MappingState MappingRun::state() const {
  const bool enabled = cell.spec.enabled;
  if (!next) return enabled ? MappingState::kEnabled : MappingState::kDisabled;
  if (next->spec.enabled == enabled) return MappingState::kUpdating;
  return enabled ? MappingState::kDisabling : MappingState::kEnabling;
}

bool MappingRun::working() const {
  return std::any_of(shards.begin(), shards.end(),
                     [](const ShardRun& shard) { return shard.problem.ok() && !shard.ended(); });
}

}  // namespace millrace
