#include <cstring>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

constexpr size_t kOffsetSize = sizeof(uint32_t);

size_t TableSize(size_t count) {
  return kOffsetSize * (1 + count);
}

Status Malformed(std::string_view what) {
  return Status::Validation("malformed records: " + std::string(what));
}

}  // namespace

size_t RecordsPayloadSize(std::span<const std::string_view> records) {
  size_t size = TableSize(records.size());
  for (const std::string_view record : records) size += record.size();
  return size;
}

void WriteRecordsPayload(std::span<const std::string_view> records, char* out) {
  MILLRACE_CHECK(records.size() <= kInvocationRecordsMax);
  StoreLittle(out, static_cast<uint32_t>(records.size()));
  char* const data = out + TableSize(records.size());
  size_t end = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    MILLRACE_CHECK(end + records[i].size() <= kInvocationPayloadSizeMax);
    std::memcpy(data + end, records[i].data(), records[i].size());
    end += records[i].size();
    StoreLittle(out + TableSize(i), static_cast<uint32_t>(end));
  }
}

Result<RecordsView> RecordsView::Decode(std::string_view payload) {
  RecordsView view;
  std::string_view rest = payload;
  if (!TakeLittle(&rest, &view.count_)) return Malformed("no count");
  if (view.count_ > kInvocationRecordsMax) return Malformed("too many");
  if (rest.size() < view.count_ * kOffsetSize) return Malformed("no offsets");
  view.ends_ = rest.data();
  rest.remove_prefix(view.count_ * kOffsetSize);
  view.records_ = rest.data();
  uint32_t previous = 0;
  for (uint32_t i = 0; i < view.count_; ++i) {
    const auto end = LoadLittle<uint32_t>(view.ends_ + i * kOffsetSize);
    if (end < previous || end - previous <= kRecordHeaderSize || end > rest.size()) {
      return Malformed("offsets out of order or range");
    }
    previous = end;
  }
  if (previous != rest.size()) return Malformed("bytes left over");
  return view;
}

RecordView RecordsView::record(size_t i) const {
  const uint32_t begin = i == 0 ? 0 : LoadLittle<uint32_t>(ends_ + (i - 1) * kOffsetSize);
  const auto end = LoadLittle<uint32_t>(ends_ + i * kOffsetSize);
  return RecordView(std::string_view(records_ + begin, end - begin));
}

}  // namespace millrace
