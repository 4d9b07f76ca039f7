#include "triggers/durable_tail.h"

#include <algorithm>

#include "engine/log_entries.h"
#include "engine/table_codec.h"

namespace millrace {
namespace {

// A cursor that is further behind the state is made anew.
constexpr uint64_t kBehindMax = 4096;  // commits

}  // namespace

Lsn DurableTail::Readable() {
  const Lsn applied = database_->applied_lsn();
  if (blocked_at_.value() != UINT64_MAX) {
    if (blocked_at_ > applied) return Lsn(blocked_at_.value() - 1);
    blocked_at_ = Lsn(UINT64_MAX);
  }
  const Lsn durable = database_->log()->durable_lsn();
  if (cursor_ == nullptr || cursor_->position().value() + kBehindMax <= applied.value()) {
    cursor_ = database_->log()->NewCursor(Lsn(applied.value() + 1));
  }
  while (cursor_->position() <= durable) {
    const Result<std::optional<FrameView>> frame = cursor_->Next(durable);
    if (!frame.ok() || !frame->has_value()) break;  // whoever reads the records meets it too
    if ((*frame)->lsn > applied && ChangesTable(**frame)) {
      blocked_at_ = (*frame)->lsn;
      return Lsn(blocked_at_.value() - 1);
    }
  }
  return std::max(applied, Lsn(cursor_->position().value() - 1));
}

bool DurableTail::ChangesTable(const FrameView& frame) {
  std::string_view rest = frame.entries;
  LogEntry entry;
  while (TakeLogEntry(&rest, &entry)) {
    if (entry.kind != static_cast<uint8_t>(EntryKind::kCell)) continue;
    const std::optional<CellEntry> cell = DecodeCellEntry(entry.bytes);
    if (!cell || cell->key.substr(0, kTableCellPrefix.size()) == kTableCellPrefix) return true;
  }
  return false;
}

void DurableTail::Rest() {
  cursor_.reset();
  blocked_at_ = Lsn(UINT64_MAX);
}

}  // namespace millrace
