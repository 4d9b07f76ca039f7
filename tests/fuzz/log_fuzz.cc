// A damaged commit log: it is refused as damaged, or it opens, and then it reads, takes more frames
// and opens again with all of them.
//
// The input is a program of edits of the golden log (three segments, the durable page, the mark of
// a clean close). Edits that put the checksums right again reach what lies behind them. An input of
// the other kind is taken for an encoded index, a segment's header and trailer, a frame as it is.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/checksum.h"
#include "engine/base/coding.h"
#include "engine/log/close_mark.h"
#include "engine/log/commit_log.h"
#include "engine/log/frame.h"
#include "engine/log/segment_format.h"
#include "engine/log/segment_index.h"
#include "tests/fuzz/memory_file_system.h"

namespace millrace {
namespace {

using namespace log_internal;  // NOLINT: of this file

constexpr size_t kFiles = 5;
constexpr const char* kNames[kFiles] = {"00000000000000000001.seg", "00000000000000000021.seg",
                                        "00000000000000000046.seg", "close.mark", "durable.page"};
constexpr int kEditsMax = 32;
constexpr size_t kFileSizeMax = 64 * 1024;

const std::map<std::string, std::string>& GoldenFiles() {
  static const std::map<std::string, std::string> files = [] {
    std::map<std::string, std::string> read;
    for (const char* name : kNames) {
      std::ifstream in(std::string(MILLRACE_SOURCE_DIR "/tests/golden/log/v1/") + name,
                       std::ios::binary);
      read[name] = std::string((std::istreambuf_iterator<char>(in)), {});
      MILLRACE_CHECK(!read[name].empty(), "no golden log");
    }
    return read;
  }();
  return files;
}

// The program; zeros behind its end.
class Program {
 public:
  explicit Program(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  uint8_t Byte() { return static_cast<uint8_t>(Take(1)[0]); }
  uint16_t Short() { return LoadLittle<uint16_t>(Take(2).data()); }
  std::string Take(size_t size) {
    std::string bytes(rest_.substr(0, size));
    rest_.remove_prefix(bytes.size());
    bytes.resize(size);
    return bytes;
  }

 private:
  std::string_view rest_;
};

uint32_t SaltOf(const std::string& file) {
  return file.size() < 36 ? 0 : LoadLittle<uint32_t>(file.data() + 28);
}

// Makes whatever stands at `offset` a frame with right checksums, when its length allows it.
void FixFrame(std::string* file, size_t offset) {
  if (file->size() < kFrameHeaderSize || offset > file->size() - kFrameHeaderSize) return;
  char* const p = file->data() + offset;
  const auto length = LoadLittle<uint32_t>(p);
  if (length >= kFrameHeaderSize && length <= file->size() - offset) {
    StoreLittle(p + 36, Crc32c({p + kFrameHeaderSize, length - kFrameHeaderSize}));
  }
  StoreLittle(p + 4, Crc32c({p + 8, kFrameHeaderSize - 8}, Crc32c({p, 4}, SaltOf(*file))));
}

void FixHeader(std::string* file) {
  if (file->size() >= kSegmentHeaderSize) StoreLittle(&(*file)[56], Crc32c({file->data(), 56}));
}

// Another index, and a trailer that says it is right.
void ReplaceIndex(std::string* file, std::string_view index) {
  auto trailer = DecodeSegmentTrailer(*file, SaltOf(*file));
  if (!trailer) return;
  trailer->index_length = static_cast<uint32_t>(index.size());
  trailer->index_crc = Crc32c(index);
  file->resize(trailer->end);
  file->append(index).append(EncodeSegmentTrailer(*trailer, SaltOf(*file)));
}

std::map<std::string, std::string> EditedFiles(Program* program) {
  std::map<std::string, std::string> files = GoldenFiles();
  for (int i = 0; i < kEditsMax && !program->done(); ++i) {
    const uint8_t code = program->Byte();
    const std::string name = kNames[program->Byte() % kFiles];
    std::string& file = files[name];
    const size_t offset = program->Short();
    switch (code % 7) {
      case 0: {
        const std::string bytes = program->Take(program->Byte());
        for (size_t k = 0; k < bytes.size() && offset + k < file.size(); ++k) {
          file[offset + k] = bytes[k];
        }
        break;
      }
      case 1:
        file.resize(offset % kFileSizeMax);
        break;
      case 2:
        files.erase(name);
        break;
      case 3:
        FixFrame(&file, offset);
        break;
      case 4:
        FixHeader(&file);
        break;
      case 5:
        ReplaceIndex(&file, program->Take(offset % 512));
        break;
      default:
        files[SegmentName(Lsn(1 + offset % 64))] = file;
        break;
    }
  }
  return files;
}

bool IsDamage(const Status& status) {
  return status.Is(ErrorCode::kCorruption) || status.Is(ErrorCode::kUnsupportedFormat) ||
         status.Is(ErrorCode::kTrimmedDataAccess);
}

// Any frames until the end or the first damage.
void ReadAll(CommitLog* log, Lsn from) {
  constexpr int kFramesMax = 100'000;
  for (const uint64_t partition : {0, 1, 2}) {
    const auto cursor = log->NewCursor(from);
    for (int i = 0;; ++i) {
      MILLRACE_CHECK(i < kFramesMax, "a log without end");
      const Lsn before = cursor->position();
      const auto frame = partition == 0 ? cursor->Next(Lsn(UINT64_MAX))
                                        : cursor->NextOf(partition, Lsn(UINT64_MAX));
      MILLRACE_CHECK(frame.ok() || IsDamage(frame.status()));
      if (!frame.ok() || !*frame) break;
      MILLRACE_CHECK((*frame)->lsn >= before);
      std::string_view entries = (*frame)->entries;
      LogEntry entry;
      size_t bytes = 0;
      while (!entries.empty() && TakeLogEntry(&entries, &entry)) {
        bytes += std::string(entry.bytes).size();
      }
      MILLRACE_CHECK(bytes <= (*frame)->entries.size());
    }
  }
}

LogOptions Options() {
  LogOptions options;
  options.directory = "/log";
  options.segment_size = 32 * 1024;
  options.disk_reserve = 0;
  options.background = false;
  return options;
}

void UseLog(CommitLog* log) {
  ReadAll(log, log->first_lsn());
  for (const SegmentInfo& segment : log->Segments()) {
    const auto found = log->FindTime(segment.first_time_micros);
    MILLRACE_CHECK(found.ok() || IsDamage(found.status()));
  }
  std::string entries;
  AppendLogEntry(1, 1, "more", &entries);
  const Lsn last = log->last_lsn();
  MILLRACE_CHECK(log->Append({LogFrame{1, 1, entries}}).ok());
  MILLRACE_CHECK(log->Sync().ok());
  MILLRACE_CHECK(log->durable_lsn() == Plus(last, 1));
  const auto cursor = log->NewCursor(log->last_lsn());
  const auto frame = cursor->Next(Lsn(UINT64_MAX));
  // Damage before it in its segment, which the close mark let pass, may bar the way to it.
  MILLRACE_CHECK(frame.ok() ? *frame && (*frame)->entries == entries : IsDamage(frame.status()));
}

void RunEdits(Program program) {
  const Lsn applied(program.Byte() % 80);
  MemoryFileSystem file_system;
  for (const auto& [name, bytes] : EditedFiles(&program)) file_system.Put("/log/" + name, bytes);
  const auto verified = VerifyLog(&file_system, "/log");
  MILLRACE_CHECK(verified.ok() || IsDamage(verified.status()));
  Lsn last;
  {
    const auto log = CommitLog::Open(&file_system, Options(), applied);
    if (!log.ok()) {
      MILLRACE_CHECK(IsDamage(log.status()));
      return;
    }
    MILLRACE_CHECK((*log)->last_lsn() >= applied, "acknowledged frames are gone");
    UseLog(log->get());
    last = (*log)->last_lsn();
    MILLRACE_CHECK((*log)->Close().ok());
  }
  const auto again = CommitLog::Open(&file_system, Options(), last);
  MILLRACE_CHECK(again.ok(), "what was opened doesn't open again");
  MILLRACE_CHECK((*again)->last_lsn() == last);
}

void RunRaw(std::string_view bytes) {
  if (const auto index = EncodedIndex::Parse(bytes)) {
    for (const uint64_t at : {uint64_t{0}, uint64_t{25}, UINT64_MAX}) {
      (void)index->PointBefore(Lsn(at));
      (void)index->PointBeforeTime(static_cast<int64_t>(at));
      std::vector<uint32_t> offsets;
      index->OffsetsOf(at, 0, 100, &offsets);
      MILLRACE_CHECK(offsets.size() <= 100);
    }
    if (const auto grown = SegmentIndex::Decode(bytes, 0, 1)) {
      MILLRACE_CHECK(grown->Encode().size() == grown->EncodedSize());
    }
  }
  (void)DecodeCloseMark(bytes);
  (void)DecodeSegmentHeader(bytes, "raw");
  (void)DecodeSegmentTrailer(bytes, 0);
  (void)CheckedFrameHeader(bytes, 0);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 == 0) {
    millrace::RunRaw(rest);
  } else {
    millrace::RunEdits(millrace::Program(rest));
  }
  return 0;
}
