#include "engine/log/durable_page.h"

#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

constexpr size_t kPageSize = 4096;
constexpr size_t kSlotSpacing = 2048;
constexpr uint32_t kSlotMagic = 0x6c72646d;  // "mdrl"
constexpr size_t kSlotFieldsSize = 20;       // magic u32, log id u64, lsn u64; then a crc

}  // namespace

Result<DurablePage> DurablePage::Open(FileSystem* file_system, const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<SharedPage> mapped, file_system->MapPage(path, kPageSize));
  DurablePage page(std::move(mapped));
  // The older slot is overwritten first.
  const std::optional<Value> first = page.LoadSlot(0);
  const std::optional<Value> second = page.LoadSlot(1);
  page.next_slot_ = first && (!second || second->lsn < first->lsn) ? 1 : 0;
  return page;
}

std::optional<DurablePage::Value> DurablePage::LoadSlot(size_t slot) const {
  std::string_view in(page_->data() + slot * kSlotSpacing, kSlotFieldsSize);
  uint32_t magic = 0;
  uint64_t lsn = 0;
  Value value;
  if (Crc32c(in) != LoadLittle<uint32_t>(in.end())) return std::nullopt;
  if (!TakeLittle(&in, &magic) || !TakeLittle(&in, &value.log_id) || !TakeLittle(&in, &lsn)) {
    return std::nullopt;
  }
  if (magic != kSlotMagic) return std::nullopt;
  value.lsn = Lsn(lsn);
  return value;
}

std::optional<DurablePage::Value> DurablePage::Load() const {
  const std::optional<Value> first = LoadSlot(0);
  const std::optional<Value> second = LoadSlot(1);
  if (!first || !second) return first ? first : second;
  return first->lsn < second->lsn ? second : first;
}

void DurablePage::Store(const Value& value) {
  std::string slot;
  PutLittle(&slot, kSlotMagic);
  PutLittle(&slot, value.log_id);
  PutLittle(&slot, value.lsn.value());
  PutLittle(&slot, Crc32c(slot));
  std::memcpy(page_->data() + next_slot_ * kSlotSpacing, slot.data(), slot.size());
  next_slot_ = 1 - next_slot_;
}

}  // namespace millrace::log_internal
