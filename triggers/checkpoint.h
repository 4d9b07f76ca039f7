#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/model/position.h"
#include "streams/log_gap.h"

namespace millrace {

// How far a mapping is in one shard: the value of the cell `checkpoint/UUID/SHARD`.
//
// Invariant: every record of the shard below `low` is finished, and so is every record of lane i up
// to marks[i]; no other record is, but those that `earlier` names. A lane delivers in order, so a
// mark for each lane says all about what is finished above the low watermark, in bounded space.
//
// When the number of lanes changes, what the marks of the former lanes say stays true: they move to
// `earlier` until the low watermark has passed them.
struct Checkpoint {
  uint64_t epoch = 0;           // of the lease: grows with each start, so that a stale commit shows
  Position low;                 // the first position that may be unfinished
  std::vector<Position> marks;  // one for each lane; lsn 0: nothing above low
  // Marks of former numbers of lanes, all different and not marks.size().
  std::vector<std::vector<Position>> earlier;
  uint64_t records_finished = 0;
  uint64_t dead_letters = 0;  // of those, the ones written to the dead-letter table
  uint64_t discarded = 0;     // and the ones given up without one
  LogGaps gaps;               // commits that were trimmed before the shard was read through them

  bool operator==(const Checkpoint&) const = default;
};

// The lane of a key among `lanes`: the top bits of the hash choose the shard, so it takes the low
// ones.
inline uint32_t LaneOfHash(uint64_t key_hash, size_t lanes) {
  return static_cast<uint32_t>((key_hash & 0xffffffff) % lanes);
}

// The same records finished, dealt to that many lanes.
Checkpoint DealAgain(Checkpoint checkpoint, size_t lanes);

// FORMAT.md, section Trigger cells. Errors: kUnsupportedFormat, kCorruption.
std::string EncodeCheckpoint(const Checkpoint& checkpoint);
Result<Checkpoint> DecodeCheckpoint(std::string_view bytes);

}  // namespace millrace
