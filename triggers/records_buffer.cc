#include "triggers/records_buffer.h"

#include <cstring>

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace millrace {

RecordsBuffer::RecordsBuffer(size_t records_max)
    : records_max_(records_max), room_(4 + 4 * records_max), bytes_(room_, '\0') {}

void RecordsBuffer::Append(RecordView record) {
  MILLRACE_CHECK(count() < records_max_);
  table_written_ = false;
  bytes_.append(record.bytes());
  ends_.push_back(static_cast<uint32_t>(bytes()));
}

void RecordsBuffer::Clear() {
  table_written_ = false;
  bytes_.resize(room_);
  ends_.clear();
}

RecordView RecordsBuffer::record(size_t i) const {
  const uint32_t begin = i == 0 ? 0 : ends_[i - 1];
  return RecordView(std::string_view(bytes_).substr(room_ + begin, ends_[i] - begin));
}

std::string_view RecordsBuffer::Payload() {
  char* start = bytes_.data() + room_ - 4 - 4 * count();
  if (!table_written_) {
    StoreLittle(start, static_cast<uint32_t>(count()));
    std::memcpy(start + 4, ends_.data(), 4 * count());
    table_written_ = true;
  }
  return {start, 4 + 4 * count() + bytes()};
}

}  // namespace millrace
