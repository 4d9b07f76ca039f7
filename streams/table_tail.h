#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/model/change_record.h"
#include "engine/model/position.h"
#include "streams/history.h"

// The changes of a whole table in the order of their commits, over all its shards, with the images
// before and after each. No stream needs to be on: an image that a record doesn't hold is that of
// the item's record before it, as long as the log has it.
namespace millrace {

struct TailRecord {
  LoggedRecord logged;
  std::string old_image;     // item bytes; empty: there was none
  bool old_missing = false;  // there was one, but neither the record nor the log has it
};

struct TailRequest {
  TableRef table;  // a deleted one too, while it is kept
  Position from;   // records at it and behind it
  size_t limit = 100;
  bool old_images = true;                       // false: don't look for them
  uint64_t log_bytes_max = uint64_t{32} << 20;  // to be read by this call; one commit may exceed it
};

struct TailPage {
  std::vector<TailRecord> records;
  Position next;           // where to go on
  bool caught_up = false;  // `next` is behind everything applied at the time of the call
  bool ended = false;      // the table is deleted, and this was the last of it
};

// At most about 1 MB of records, but one. On the calling thread. Errors: kTrimmedDataAccess when
// the log at `from` is gone, kCorruption, kIo.
Result<TailPage> ReadTail(Database* database, const TailRequest& request);

// The image before a record: its own, or of the item's record before it.
Status FindOldImage(const ItemHistory& history, RecordView record, std::string* image,
                    bool* missing);

}  // namespace millrace
