#include "triggers/checkpoint.h"

#include <algorithm>
#include <utility>

#include "engine/base/coding.h"
#include "triggers/trigger_cell_coding.h"

namespace millrace {
namespace {

// 1 had neither earlier marks nor a count of discarded records; 1 and 2 had, instead of the gaps,
// the number of their commits.
constexpr uint8_t kVersion = 3;
constexpr uint16_t kLanesMax = 1024;
constexpr uint8_t kEarlierMax = 32;

void PutMarks(const std::vector<Position>& marks, std::string* out) {
  PutLittle(out, static_cast<uint16_t>(marks.size()));
  for (const Position& mark : marks) AppendPosition(mark, out);
}

bool TakeMarks(std::string_view* in, std::vector<Position>* marks) {
  uint16_t lanes = 0;
  if (!TakeLittle(in, &lanes) || lanes == 0 || lanes > kLanesMax) return false;
  for (uint16_t i = 0; i < lanes; ++i) {
    marks->emplace_back();
    if (!TakePosition(in, &marks->back())) return false;
  }
  return true;
}

bool TakeEarlier(std::string_view* in, Checkpoint* checkpoint) {
  uint8_t count = 0;
  if (!TakeLittle(in, &count) || count > kEarlierMax) return false;
  for (uint8_t i = 0; i < count; ++i) {
    checkpoint->earlier.emplace_back();
    if (!TakeMarks(in, &checkpoint->earlier.back())) return false;
  }
  return true;
}

// The number of commits says neither how many gaps nor where: it is read as one, somewhere.
bool TakeCheckpointGaps(std::string_view* in, uint8_t version, LogGaps* gaps) {
  if (version > 2) return TakeGaps(in, gaps);
  uint64_t commits = 0;
  if (!TakeLittle(in, &commits)) return false;
  gaps->count = commits > 0 ? 1 : 0;
  return true;
}

}  // namespace

Checkpoint DealAgain(Checkpoint checkpoint, size_t lanes) {
  if (checkpoint.marks.size() == lanes) return checkpoint;
  std::vector<Position> former = std::exchange(checkpoint.marks, std::vector<Position>(lanes));
  const auto same =
      std::find_if(checkpoint.earlier.begin(), checkpoint.earlier.end(),
                   [lanes](const std::vector<Position>& marks) { return marks.size() == lanes; });
  if (same != checkpoint.earlier.end()) {
    checkpoint.marks = std::move(*same);
    checkpoint.earlier.erase(same);
  }
  const bool says_something = std::any_of(former.begin(), former.end(),
                                          [](const Position& mark) { return mark != Position(); });
  if (says_something) checkpoint.earlier.push_back(std::move(former));
  return checkpoint;
}

std::string EncodeCheckpoint(const Checkpoint& checkpoint) {
  std::string out(1, kVersion);
  PutLittle(&out, checkpoint.epoch);
  AppendPosition(checkpoint.low, &out);
  PutMarks(checkpoint.marks, &out);
  PutLittle(&out, static_cast<uint8_t>(checkpoint.earlier.size()));
  for (const std::vector<Position>& marks : checkpoint.earlier) PutMarks(marks, &out);
  PutLittle(&out, checkpoint.records_finished);
  PutLittle(&out, checkpoint.dead_letters);
  PutLittle(&out, checkpoint.discarded);
  PutGaps(checkpoint.gaps, &out);
  return out;
}

Result<Checkpoint> DecodeCheckpoint(std::string_view in) {
  ASSIGN_OR_RETURN(const uint8_t version, TakeCellVersion(&in, kVersion, "checkpoint"));
  Checkpoint checkpoint;
  bool ok = TakeLittle(&in, &checkpoint.epoch) && TakePosition(&in, &checkpoint.low) &&
            TakeMarks(&in, &checkpoint.marks);
  if (version >= 2) ok = ok && TakeEarlier(&in, &checkpoint);
  ok = ok && TakeLittle(&in, &checkpoint.records_finished) &&
       TakeLittle(&in, &checkpoint.dead_letters);
  if (version >= 2) ok = ok && TakeLittle(&in, &checkpoint.discarded);
  ok = ok && TakeCheckpointGaps(&in, version, &checkpoint.gaps) && in.empty();
  if (!ok) return BrokenCell("checkpoint");
  return checkpoint;
}

}  // namespace millrace
