#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "streams/reader_pins.h"
#include "streams/table_feed.h"
#include "triggers/handler_session.h"
#include "triggers/job.h"
#include "triggers/replay_tables.h"

namespace millrace {

enum class ReplayMode : uint8_t { kPrint, kInto, kCompare };

struct ReplaySpec {
  TableRef table;
  ReplayMode mode = ReplayMode::kPrint;
  ReplayTablesSpec tables;  // of kInto and kCompare
  Lsn from;                 // of the first commit
  Lsn to;                   // of the last
  // Within those: records of these times and positions only.
  int64_t from_micros = INT64_MIN;
  int64_t to_micros = INT64_MAX;
  Position from_position;
  Position to_position{UINT32_MAX, Lsn(UINT64_MAX), UINT32_MAX};
  bool without_old_images = false;  // records that have none are delivered as they are
  uint32_t batch_size = 100;
  std::string event_source_arn;
};

// Gives old records of a table to a function, in order, as a mapping would; but its writes are
// printed, made into other tables, or compared with what the live tables hold. Nothing of the
// function's own tables changes. Memory is bounded by a batch for each shard. A batch that fails is
// tried once more record by record; what fails then is counted and told. Runs on the job's thread.
//
// The log is kept for it from what it has not read yet on, or from its first commit as long as it
// may begin again. When that is trimmed all the same, since the bounds of all pins are reached,
// what was read is delivered and the replay fails; the error names the commits that it missed.
class Replay {
 public:
  // All outlive it. `tables` answers the session's Gets; `kept` keeps the log for it.
  Replay(Database* database, HandlerSession* session, ReplayTables* tables, ReplaySpec spec,
         ReaderPins::Hold* kept, Job* job);
  Status Run();

  // kInvalidParameterValue, with what to do, when a record of these hasn't the old image that the
  // function would be given now.
  static Status CheckOldImage(const Table& table, RecordView record);

 private:
  struct Shard {
    std::shared_ptr<RecordsBuffer> records;
  };
  Status ReadAll(TableFeed* feed);
  void NotePosition(Lsn position);
  // The error of one that wants to read on there, when that is gone.
  Status Overtaken(Lsn position) const;
  Status Take(const FeedRecord& record);
  Status RunBatch(uint32_t shard);
  // OK or not, the batch is done with; `failed`: it may be tried record by record.
  Status Deliver(const std::shared_ptr<RecordsBuffer>& records, uint32_t shard, bool* failed,
                 bool last_attempt);
  Status Divert(std::vector<TableWrite> writes, RecordView last, std::string* error);
  Status Print(const std::vector<TableWrite>& writes, RecordView last);
  void NoteFailure(const RecordsBuffer& records, std::string message);

  Database* database_;
  HandlerSession* session_;
  ReplayTables* tables_;
  const ReplaySpec spec_;
  ReaderPins::Hold* kept_;
  Job* job_;
  std::vector<Shard> shards_;
};

}  // namespace millrace
