#pragma once

#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/model/change_record.h"
#include "engine/model/item.h"
#include "engine/model/position.h"
#include "engine/model/schema.h"

// A record as one line of JSON: AWS's stream record, and what the log knows beyond it. Members and
// their order are part of the format (FORMAT.md, "CDC files"): the same record always makes the
// same bytes, so files can be compared with the log byte for byte.
namespace millrace {

class CdcEnvelope {
 public:
  CdcEnvelope(std::string_view region, std::string_view table_name, TableId table,
              StreamViewType view);

  // Appends the line, with its end. False when the record has not the image before the write that
  // the view asks for (nothing asked for it when it was written): then the line's own
  // StreamViewType says what it shows.
  bool AppendRecord(RecordView record, ShardIndex shard, std::string* out) const;

  // An item as a snapshot found it after commit `as_of`: op "r". Its SequenceNumber stands behind
  // all records of that commit, so that whatever changes the item later is greater.
  struct SnapshotItem {
    ItemView item;
    std::string_view keys;  // item bytes of the key attributes
    ShardIndex shard;
    Lsn as_of;
    int64_t read_micros = 0;
  };
  void AppendSnapshotItem(const SnapshotItem& item, std::string* out) const;

  // The sequence number of such a line.
  static Position SnapshotPosition(Lsn as_of);

 private:
  const StreamViewType view_;
  std::string source_;  // ,"eventVersion":...,"awsRegion":...
  std::string table_;   // ,"tableName":...,"tableId":...
};

}  // namespace millrace
