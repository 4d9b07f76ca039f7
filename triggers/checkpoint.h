#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/model/position.h"

namespace millrace {

// How far a mapping is in one shard: the value of the cell `checkpoint/UUID/SHARD`.
//
// Invariant: every record of the shard below `low` is finished, and so is every record of lane i up
// to marks[i]; no other record is. A lane delivers in order, so a mark for each lane says all about
// what is finished above the low watermark, in bounded space.
struct Checkpoint {
  uint64_t epoch = 0;           // of the lease: grows with each start, so that a stale commit shows
  Position low;                 // the first position that may be unfinished
  std::vector<Position> marks;  // one for each lane; lsn 0: nothing above low
  uint64_t records_finished = 0;
  uint64_t dead_letters = 0;  // of those
  uint64_t gap_commits = 0;   // trimmed before they were read

  bool operator==(const Checkpoint&) const = default;
};

// FORMAT.md, section Trigger cells. Errors: kUnsupportedFormat, kCorruption.
std::string EncodeCheckpoint(const Checkpoint& checkpoint);
Result<Checkpoint> DecodeCheckpoint(std::string_view bytes);

}  // namespace millrace
