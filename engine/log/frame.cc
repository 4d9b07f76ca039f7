#include "engine/log/frame.h"

#include "engine/base/check.h"
#include "engine/base/checksum.h"
#include "engine/base/coding.h"

namespace millrace {

void AppendLogEntry(uint8_t kind, uint64_t partition, std::string_view bytes,
                    std::string* entries) {
  PutLittle(entries, static_cast<uint32_t>(bytes.size()));
  PutLittle(entries, kind);
  PutLittle(entries, partition);
  entries->append(bytes);
}

bool TakeLogEntry(std::string_view* entries, LogEntry* entry) {
  uint32_t length = 0;
  return TakeLittle(entries, &length) && TakeLittle(entries, &entry->kind) &&
         TakeLittle(entries, &entry->partition) && TakeBytes(entries, length, &entry->bytes);
}

namespace log_internal {
namespace {

constexpr size_t kCrcOffset = 4;
constexpr size_t kLsnOffset = 8;
constexpr size_t kDurableBeforeOffset = 16;
constexpr size_t kTimeOffset = 24;
constexpr size_t kCountOffset = 32;
constexpr size_t kEntriesCrcOffset = 36;

uint32_t HeaderCrc(const char* p, uint32_t salt) {
  const uint32_t crc = Crc32c({p, kCrcOffset}, salt);
  return Crc32c({p + kLsnOffset, kFrameHeaderSize - kLsnOffset}, crc);
}

uint32_t CountEntries(std::string_view entries) {
  uint32_t count = 0;
  LogEntry entry;
  while (!entries.empty()) {
    MILLRACE_CHECK(TakeLogEntry(&entries, &entry), "malformed log entries");
    ++count;
  }
  return count;
}

}  // namespace

void AppendFrame(const LogFrame& frame, Lsn lsn, Lsn durable_before, uint32_t salt,
                 std::string* out) {
  MILLRACE_CHECK(CountEntries(frame.entries) == frame.entry_count);
  char header[kFrameHeaderSize];
  StoreLittle(header, static_cast<uint32_t>(FrameSize(frame)));
  StoreLittle(header + kLsnOffset, lsn.value());
  StoreLittle(header + kDurableBeforeOffset, durable_before.value());
  StoreLittle(header + kTimeOffset, frame.commit_time_micros);
  StoreLittle(header + kCountOffset, frame.entry_count);
  StoreLittle(header + kEntriesCrcOffset, Crc32c(frame.entries));
  StoreLittle(header + kCrcOffset, HeaderCrc(header, salt));
  out->append(header, sizeof header);
  out->append(frame.entries);
}

FrameHeader LoadFrameHeader(const char* p) {
  FrameHeader header;
  header.length = LoadLittle<uint32_t>(p);
  header.crc = LoadLittle<uint32_t>(p + kCrcOffset);
  header.lsn = Lsn(LoadLittle<uint64_t>(p + kLsnOffset));
  header.durable_before = Lsn(LoadLittle<uint64_t>(p + kDurableBeforeOffset));
  header.commit_time_micros = LoadLittle<int64_t>(p + kTimeOffset);
  header.entry_count = LoadLittle<uint32_t>(p + kCountOffset);
  header.entries_crc = LoadLittle<uint32_t>(p + kEntriesCrcOffset);
  return header;
}

std::optional<FrameHeader> CheckedFrameHeader(std::string_view bytes, uint32_t salt) {
  if (bytes.size() < kFrameHeaderSize) return std::nullopt;
  const FrameHeader header = LoadFrameHeader(bytes.data());
  if (header.length < kFrameHeaderSize || header.length > bytes.size()) return std::nullopt;
  if (header.crc != HeaderCrc(bytes.data(), salt)) return std::nullopt;
  return header;
}

std::string_view EntriesOf(const FrameHeader& header, const char* frame) {
  return {frame + kFrameHeaderSize, header.length - kFrameHeaderSize};
}

bool EntriesAreWhole(const FrameHeader& header, const char* frame) {
  return Crc32c(EntriesOf(header, frame)) == header.entries_crc;
}

}  // namespace log_internal
}  // namespace millrace
