#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/change_record.h"

namespace millrace {

// The records of one batch, copied once from the log straight into the payload part of an Invoke
// (sdk/frames.h): room for the table of offsets is kept in front of them, and the table is written
// right before the first record when the payload is asked for.
//
// One thread. What Payload() returned stays valid until the next Append or Clear: asked for again,
// for another attempt, it writes nothing.
class RecordsBuffer {
 public:
  explicit RecordsBuffer(size_t records_max);

  // Requires count() < records_max.
  void Append(RecordView record);
  void Clear();

  size_t records_max() const { return records_max_; }
  size_t count() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  size_t bytes() const { return bytes_.size() - room_; }  // of the records
  RecordView record(size_t i) const;
  std::string_view Payload();

 private:
  size_t records_max_;
  size_t room_;
  std::string bytes_;           // room_ bytes, then the records
  std::vector<uint32_t> ends_;  // relative to the first record
  bool table_written_ = false;  // of what is there now
};

}  // namespace millrace
