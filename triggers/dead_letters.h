#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/model/change_record.h"

// Records that ran out of attempts, as items of the dead-letter table: one for each record, which
// carries the log's bytes of it in full. Pure.
//
//   mapping (S, partition key), sequence_number (S, sort key), function, event_source_arn,
//   shard_id, event_name, error_type, error_message (S), attempts (N), keys (M), record (B, all
//   bytes of the record), and new_image and old_image (M) where they fit. A record too large for an
//   item goes on in items whose sort key is `SEQUENCE#0001` and so on, each with the next bytes in
//   `record`; the first says how many in `parts` (N).
namespace millrace {

KeySchema DeadLetterSchema();

struct DeadLetterReason {
  std::string mapping_uuid;
  std::string function;
  std::string event_source_arn;
  std::string shard_id;
  std::string error_type;
  std::string error_message;
  uint32_t attempts = 0;
};

void AppendDeadLetter(const TableRef& table, RecordView record, const DeadLetterReason& reason,
                      std::vector<WriteRequest>* writes);

}  // namespace millrace
