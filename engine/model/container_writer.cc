#include "engine/model/container_writer.h"

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr size_t kNarrowMax = 0xffff;

}  // namespace

ContainerWriter::ContainerWriter(ValueType type, size_t count, std::string* out)
    : out_(out), table_(out->size() + 1), count_(count), wide_(count > kNarrowMax) {
  out->push_back(static_cast<char>(static_cast<uint8_t>(type) | (wide_ ? kWideOffsets : 0)));
  out->append(EntrySize() * (1 + count), '\0');
  StoreEntry(0, count);
}

void ContainerWriter::StoreEntry(size_t index, size_t value) {
  char* entry = out_->data() + table_ + index * EntrySize();
  if (wide_) {
    StoreLittle(entry, static_cast<uint32_t>(value));
  } else {
    StoreLittle(entry, static_cast<uint16_t>(value));
  }
}

void ContainerWriter::EndElement() {
  MILLRACE_CHECK(next_ < count_);
  const size_t end = out_->size() - ElementsStart();
  if (!wide_ && end > kNarrowMax) Widen();
  StoreEntry(++next_, end);
}

void ContainerWriter::Widen() {
  out_->insert(ElementsStart(), 2 * (1 + count_), '\0');
  char* table = out_->data() + table_;
  // From the back: a wide entry never covers a narrow one that is still to be read.
  for (size_t i = next_ + 1; i-- > 0;) {
    const uint32_t value = LoadLittle<uint16_t>(table + 2 * i);
    StoreLittle(table + 4 * i, value);
  }
  wide_ = true;
  (*out_)[table_ - 1] = static_cast<char>((*out_)[table_ - 1] | kWideOffsets);
}

}  // namespace millrace
