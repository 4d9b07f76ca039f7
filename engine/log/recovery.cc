#include "engine/log/recovery.h"

#include <algorithm>

#include "engine/base/random.h"
#include "engine/log/close_mark.h"
#include "engine/log/recovery_scan.h"
#include "engine/log/segment_files.h"

namespace millrace::log_internal {
namespace {

Status Corruption(std::string text) {
  return Status(ErrorCode::kCorruption, std::move(text));
}
std::string Text(Lsn lsn) {
  return std::to_string(lsn.value());
}

// A segment file as it was found.
struct Found {
  std::string path;
  uint64_t size = 0;
  SegmentHeader header;
  std::optional<SegmentTrailer> trailer;
  // Of an unsealed one:
  std::shared_ptr<const MappedFile> file;
  SegmentScan scan;
  bool scanned = false;  // its frames were checked

  Lsn last() const { return trailer ? trailer->last : scan.tail.last; }
  uint32_t last_crc() const {
    if (trailer) return trailer->last_crc;
    return scan.tail.last < header.first ? header.previous_crc : scan.tail.last_crc;
  }
};

class Recovery {
 public:
  Recovery(FileSystem* file_system, const LogOptions& options,
           const std::optional<DurablePage::Value>& durable, Lsn applied)
      : file_system_(file_system), options_(options), durable_(durable), applied_(applied) {}

  Result<RecoveredLog> Run() {
    RETURN_IF_ERROR(FindSegments());
    RETURN_IF_ERROR(CheckIdentity());
    RETURN_IF_ERROR(FindEnd());
    RETURN_IF_ERROR(CheckChain());
    RETURN_IF_ERROR(CheckNothingLost());
    RETURN_IF_ERROR(DropTornSegments());
    RETURN_IF_ERROR(SyncNewestSealed());
    ASSIGN_OR_RETURN(RecoveredLog log, Repair());
    RETURN_IF_ERROR(RemoveLeftovers());
    return log;
  }

 private:
  Status FindSegments();
  Result<Found> Load(const std::string& name, Lsn first);
  Status CheckIdentity() const;
  Status FindEnd();
  Status Scan(Found* found);
  bool UseCloseMark(Found* found);
  Status CheckUnproven(size_t torn) const;
  Status CheckChain() const;
  Status CheckNothingLost() const;
  Status DropTornSegments();
  Status SyncNewestSealed();
  Result<RecoveredLog> Repair();
  Result<std::unique_ptr<SegmentWriter>> Reopen(Found* found);
  Status RemoveLeftovers();
  std::string PathOf(std::string_view name) const {
    return options_.directory + "/" + std::string(name);
  }

  FileSystem* const file_system_;
  const LogOptions& options_;
  const std::optional<DurablePage::Value> durable_;
  const Lsn applied_;
  std::vector<std::string> names_;
  std::vector<Found> found_;
  size_t kept_ = 0;  // leading segments that are part of the log; a torn end loses the rest
};

Status Recovery::FindSegments() {
  ASSIGN_OR_RETURN(names_, file_system_->List(options_.directory));
  for (const std::string& name : names_) {
    if (!name.ends_with(".seg")) continue;
    const std::optional<Lsn> first = ParseSegmentName(name);
    if (!first) return Corruption(PathOf(name) + ": no segment of this log has such a name");
    ASSIGN_OR_RETURN(Found found, Load(name, *first));
    found_.push_back(std::move(found));
  }
  kept_ = found_.size();
  return Status::Ok();
}

Result<Found> Recovery::Load(const std::string& name, Lsn first) {
  Found found;
  found.path = PathOf(name);
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, file_system_->Map(found.path));
  found.size = file->bytes().size();
  ASSIGN_OR_RETURN(found.header, DecodeSegmentHeader(file->bytes(), found.path));
  if (found.header.first != first) {
    return Corruption(found.path + ": the file begins with lsn " + Text(found.header.first) +
                      ", not with the one it is named after");
  }
  found.trailer = DecodeSegmentTrailer(file->bytes(), found.header.salt);
  if (!found.trailer) found.file = std::move(file);
  return found;
}

Status Recovery::CheckIdentity() const {
  for (size_t i = 0; i < found_.size(); ++i) {
    const Found& found = found_[i];
    if (found.header.group != options_.group) {
      return Corruption(found.path + ": belongs to group " + std::to_string(found.header.group) +
                        ", not to group " + std::to_string(options_.group));
    }
    if (found.header.log_id != found_.front().header.log_id) {
      return Corruption(found.path + ": belongs to another log than " + found_.front().path);
    }
    if (i > 0 && found.trailer && !found_[i - 1].trailer) {
      return Corruption(found_[i - 1].path + ": the end of this segment is damaged or lost; " +
                        found.path + ", which follows it, is whole");
    }
  }
  if (durable_ && !found_.empty() && durable_->log_id != found_.front().header.log_id) {
    return Corruption(PathOf("durable.page") + ": belongs to another log than " +
                      found_.front().path);
  }
  return Status::Ok();
}

// Reads the unsealed segments up to where the log ends, which is in the last of them, unless bytes
// are missing before.
Status Recovery::FindEnd() {
  for (size_t i = 0; i < found_.size(); ++i) {
    if (found_[i].trailer) continue;
    const bool last = i + 1 == found_.size();
    const bool only = i == 0 || found_[i - 1].trailer;
    if (last && only && UseCloseMark(&found_[i])) break;
    found_[i].scan = ScanFrames(found_[i].file->bytes(), found_[i].header);
    found_[i].scanned = true;
    if (!last && Plus(found_[i].last(), 1) >= found_[i + 1].header.first) continue;
    RETURN_IF_ERROR(CheckUnproven(i));
    kept_ = i + 1;
    break;
  }
  return Status::Ok();
}

bool Recovery::UseCloseMark(Found* found) {
  if (!std::binary_search(names_.begin(), names_.end(), kCloseMarkName)) return false;
  const Result<std::string> bytes = file_system_->ReadFile(PathOf(kCloseMarkName));
  if (!bytes.ok()) return false;
  std::optional<CloseMark> mark = DecodeCloseMark(*bytes);
  if (!mark || !CloseMarkFits(*mark, found->header, found->file->bytes())) return false;
  if (durable_ && durable_->lsn > mark->tail.last) return false;
  found->scan = {std::move(mark->index), mark->tail};
  return true;
}

// What lies after the end of segment `torn` may be the remains of a group that was never
// acknowledged, and nothing else.
Status Recovery::CheckUnproven(size_t torn) const {
  const Found& found = found_[torn];
  const Lsn lost = Plus(found.last(), 1);
  const std::string damage = found.path + ": the frame of lsn " + Text(lost) + ", at offset " +
                             std::to_string(found.scan.tail.end) +
                             ", is damaged or missing, but had been on disk: ";
  for (size_t i = torn; i < found_.size(); ++i) {
    const Found& later = found_[i];
    if (later.header.durable_before >= lost) return Corruption(damage + later.path + " says so");
    const uint64_t from = i == torn ? found.scan.tail.end : kSegmentHeaderSize;
    const auto proof = FindProof(later.file->bytes(), from, later.header.salt, lost);
    if (!proof) continue;
    return Corruption(damage + "the frame of lsn " + Text(proof->lsn) + ", at offset " +
                      std::to_string(proof->offset) + " of " + later.path + ", says so");
  }
  return Status::Ok();
}

Status Recovery::CheckChain() const {
  for (size_t i = 1; i < kept_; ++i) {
    const Found& before = found_[i - 1];
    const Found& after = found_[i];
    if (Plus(before.last(), 1) != after.header.first) {
      return Corruption("between " + before.path + ", which ends with lsn " + Text(before.last()) +
                        ", and " + after.path + ", a segment is missing or foreign");
    }
    if (before.last_crc() != after.header.previous_crc) {
      return Corruption(after.path + ": doesn't continue " + before.path);
    }
  }
  return Status::Ok();
}

Status Recovery::CheckNothingLost() const {
  const Lsn stored = durable_ ? durable_->lsn : Lsn();
  const Lsn needed = std::max(stored, applied_);
  const Lsn last = kept_ == 0 ? Lsn() : found_[kept_ - 1].last();
  if (last >= needed) return Status::Ok();
  const std::string witness = stored >= applied_ ? PathOf("durable.page") : "the stored state";
  if (kept_ == 0) {
    return Corruption(options_.directory + ": holds no log segment, but " + witness +
                      " shows that lsn " + Text(needed) + " had been on disk");
  }
  const Found& end = found_[kept_ - 1];
  const uint64_t offset = end.trailer ? end.size : end.scan.tail.end;
  return Corruption(end.path + ": the log ends at offset " + std::to_string(offset) + " with lsn " +
                    Text(last) + ", but " + witness + " shows that lsn " + Text(needed) +
                    " had been on disk: the frames after it are lost");
}

Status Recovery::DropTornSegments() {
  while (found_.size() > kept_) {
    RETURN_IF_ERROR(file_system_->Remove(found_.back().path));
    RETURN_IF_ERROR(file_system_->SyncDirectory(options_.directory));
    found_.pop_back();
  }
  return Status::Ok();
}

// A killed process may have sealed it without having synced that. Those before it were synced
// before its sealing began.
Status Recovery::SyncNewestSealed() {
  const auto newest = std::find_if(found_.rbegin(), found_.rend(),
                                   [](const Found& found) { return found.trailer.has_value(); });
  if (newest == found_.rend()) return Status::Ok();
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file,
                   file_system_->OpenWritable(newest->path));
  return file->Sync();
}

Result<RecoveredLog> Recovery::Repair() {
  RecoveredLog log;
  log.log_id = durable_ ? durable_->log_id : SystemRandom();
  for (Found& found : found_) {
    log.log_id = found.header.log_id;
    log.last = found.last();
    log.last_crc = found.last_crc();
    log.last_file_size = found.size;
    if (found.trailer) {
      log.segments.push_back(std::make_shared<Segment>(file_system_, found.path, found.header,
                                                       *found.trailer, found.size));
      continue;
    }
    ASSIGN_OR_RETURN(std::unique_ptr<SegmentWriter> writer, Reopen(&found));
    log.segments.push_back(writer->segment());
    if (&found == &found_.back()) {
      log.active = std::move(writer);
    } else {
      RETURN_IF_ERROR(writer->Seal());
    }
  }
  return log;
}

// Makes what was found the truth: zeros after the end, so that no remains are ever taken for
// frames, and all of it on disk.
Result<std::unique_ptr<SegmentWriter>> Recovery::Reopen(Found* found) {
  constexpr uint64_t kZerosAtOnce = uint64_t{1} << 20;
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system_->OpenWritable(found->path));
  if (found->scanned) {
    uint64_t offset = found->scan.tail.end;
    const uint64_t end = EndOfNonZeros(found->file->bytes(), offset);
    while (offset < end) {
      const std::string zeros(std::min(kZerosAtOnce, end - offset), '\0');
      RETURN_IF_ERROR(file->WriteAt(offset, zeros));
      offset += zeros.size();
    }
    RETURN_IF_ERROR(file->Sync());
  }
  const uint64_t unverified_end = found->scanned ? 0 : found->scan.tail.end;
  auto segment =
      std::make_shared<Segment>(file_system_, found->path, found->header,
                                std::move(found->scan.index), found->scan.tail, unverified_end);
  return std::make_unique<SegmentWriter>(std::move(segment), std::move(file), found->size);
}

Status Recovery::RemoveLeftovers() {
  for (const std::string_view name : {kCloseMarkName, kCloseMarkTemporaryName, kPreparedName}) {
    if (!std::binary_search(names_.begin(), names_.end(), name)) continue;
    RETURN_IF_ERROR(file_system_->Remove(PathOf(name)));
  }
  // Also for a segment whose rename a killed process had not synced.
  return file_system_->SyncDirectory(options_.directory);
}

}  // namespace

Result<RecoveredLog> RecoverLog(FileSystem* file_system, const LogOptions& options,
                                const std::optional<DurablePage::Value>& durable, Lsn applied) {
  return Recovery(file_system, options, durable, applied).Run();
}

}  // namespace millrace::log_internal
