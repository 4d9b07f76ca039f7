#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/database.h"
#include "streams/table_feed.h"
#include "triggers/reply_writes.h"
#include "triggers/shard_machine.h"
#include "triggers/trigger_cells.h"

// A mapping at work: its shards' machines and feeds. Used by the broker's thread.
namespace millrace {

// What came of a lane's last delivery, until it is committed.
struct LaneOutcome {
  HandlerWrites writes;
  std::string error_type;
  std::string error_message;
};

class ShardRun {
 public:
  ShardRun(Database* database, TableId table, ShardIndex shard, const DeliveryRules& rules,
           Checkpoint checkpoint, uint64_t cell_version);

  // Gives the machine what the log has up to `applied`, as far as it takes it, and reads a bounded
  // part of the log at most: read_more() says whether a further call would read on. A trimmed log
  // is a gap, kept in the machine's checkpoint; an error ends reading for good.
  void Read(Lsn applied, int64_t now_nanos);
  bool read_more(Lsn applied) const;
  // The stream was closed: nothing of `end` or greater belongs to it.
  void EndBefore(Lsn end);
  bool ended() const { return feed_.ended() && !stalled_ && machine.idle() && !machine.folding(); }
  // Ended, and its committed checkpoint says so: a restart reads nothing of the log.
  bool settled() const { return ended() && machine.checkpoint().low.lsn >= feed_.position(); }
  Lsn position() const { return feed_.position(); }
  // When the oldest record that isn't finished was committed, as far as a bounded look into the log
  // tells; nullopt: none is known.
  std::optional<int64_t> OldestTime(Lsn applied) const;

  ShardMachine machine;
  std::vector<LaneOutcome> outcomes;  // by lane
  std::string shard_id;
  std::string cell_key;
  uint64_t cell_version;
  bool idle_commit = false;  // under way
  Status problem;            // not OK: this shard has stopped

 private:
  bool Offer(const FeedRecord& record, int64_t now_nanos);
  Status StartFrom(Lsn from);

  Database* database_;
  TableId table_;
  ShardIndex shard_;
  TableFeed feed_;
  std::optional<Lsn> end_;
  std::optional<FeedRecord> stalled_;  // read, but its lane is full; the feed rests on it
};

struct MappingRun {
  MappingCell cell;
  TableRef table;  // as of the start: names and ids only
  std::vector<ShardRun> shards;
  std::string last_result = "No records processed";
  std::string state_reason = "User action";
  bool detached = false;  // deleted: what is still under way is of no interest
  bool paused = false;    // being deleted: what is under way goes on, nothing new starts
  bool closed = false;    // its stream is; the shards know where
  // Asked for by an update: in force when the deliveries under way have ended. Nothing new starts
  // until then, so that no record is with two processes.
  std::optional<MappingCell> next;
  size_t turn = 0;  // shards take turns

  bool quiet() const;  // nothing is under way in any shard
  // As it is, or is about to be.
  const MappingCell& definition() const { return next ? *next : cell; }
  MappingState state() const;
  bool working() const;  // some shard may still have something to deliver
};

}  // namespace millrace
