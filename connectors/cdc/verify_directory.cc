#include "connectors/cdc/verify_directory.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "connectors/cdc/file_digest.h"
#include "engine/table.h"

namespace millrace {
namespace {

constexpr uint64_t kLinesBetweenCancelChecks = 4096;
constexpr uint64_t kManifestPiece = 1 << 20;

class DirectoryVerification {
 public:
  DirectoryVerification(const std::string& directory, const CdcVerifyOptions& options)
      : directory_(directory), options_(options) {}

  Result<CdcVerifyReport> Run();

 private:
  Status ReadManifest();
  Status TakeManifestLine(std::string_view text);
  Status Take(const ManifestHeader& header);
  Status Take(const ManifestFile& file);
  Status Take(const ManifestNote& note);
  Status TakeLine(const ManifestFile& file, std::string_view text);
  void Count(const CdcLine& line);
  void Compare(const ManifestFile& file, const FileDigest& digest);
  void CheckRange(std::string_view what, Lsn after, Lsn through);
  Status LookForOthers();
  void Problem(std::string text) { report_.problems.Add(std::move(text)); }

  const std::string& directory_;
  const CdcVerifyOptions& options_;
  CdcVerifyReport report_;
  JsonParser parser_;
  uint64_t manifest_lines_ = 0;
  uint64_t lines_ = 0;
  std::set<std::string, std::less<>> names_;
  std::string last_name_;
  std::array<Position, kShardCount> last_of_shard_{};
  // Of the file at hand.
  std::array<ManifestShard, kShardCount> counted_{};
  uint64_t uncompressed_ = 0;
};

Result<CdcVerifyReport> DirectoryVerification::Run() {
  RETURN_IF_ERROR(ReadManifest());
  if (manifest_lines_ == 0) {
    return Status(ErrorCode::kCorruption,
                  "The manifest in " + directory_ + " does not say whose it is yet.");
  }
  RETURN_IF_ERROR(LookForOthers());
  return std::move(report_);
}

// In pieces, line by line. A last line without its end is not there yet.
Status DirectoryVerification::ReadManifest() {
  const std::string path = directory_ + "/" + std::string(kManifestName);
  const uint64_t limit = options_.manifest_bytes.value_or(UINT64_MAX);
  std::string rest;
  for (uint64_t at = 0; at < limit;) {
    uint64_t size = 0;
    ASSIGN_OR_RETURN(const std::optional<std::string> piece,
                     ReadTail(path, at, std::min(kManifestPiece, limit - at), &size));
    if (!piece.has_value()) {
      return Status(ErrorCode::kResourceNotFound,
                    "There is no " + path + ": this is not the directory of a pipeline.");
    }
    if (piece->empty()) {
      if (options_.manifest_bytes.has_value()) {
        Problem("The manifest has " + std::to_string(size) + " bytes, and " +
                std::to_string(limit) + " were written.");
      }
      break;
    }
    at += piece->size();
    rest += *piece;
    size_t begin = 0;
    for (size_t end; (end = rest.find('\n', begin)) != rest.npos; begin = end + 1) {
      RETURN_IF_ERROR(TakeManifestLine(std::string_view(rest).substr(begin, end - begin)));
    }
    rest.erase(0, begin);
  }
  return Status::Ok();
}

Status DirectoryVerification::TakeManifestLine(std::string_view text) {
  Result<ManifestLine> line = ParseManifestLine(text, &parser_);
  const bool is_header = line.ok() && std::holds_alternative<ManifestHeader>(*line);
  ++manifest_lines_;
  if (!line.ok() || is_header != (manifest_lines_ == 1)) {
    const ErrorCode code = line.ok() ? ErrorCode::kCorruption : line.status().code();
    return Status(code, "Line " + std::to_string(manifest_lines_) + " of the manifest in " +
                            directory_ + ": " +
                            (line.ok() ? "out of place" : line.status().message()));
  }
  return std::visit([this](const auto& one) { return Take(one); }, *line);
}

Status DirectoryVerification::Take(const ManifestHeader& header) {
  if (!options_.id.empty() && header.id != options_.id) {
    return Status(ErrorCode::kCorruption, "The manifest in " + directory_ +
                                              " belongs to another pipeline (" + header.name +
                                              ", id " + header.id + ").");
  }
  report_.header = header;
  report_.through = header.through;
  return options_.log == nullptr ? Status::Ok() : options_.log->Begin(header, &report_);
}

void DirectoryVerification::CheckRange(std::string_view what, Lsn after, Lsn through) {
  if (after != report_.through || through < after) {
    Problem(std::string(what) + " is of the commits after " + std::to_string(after.value()) +
            " through " + std::to_string(through.value()) + ", and what is before it ends at " +
            std::to_string(report_.through.value()) + ".");
  }
  report_.through = std::max(report_.through, through);
}

Status DirectoryVerification::Take(const ManifestNote& note) {
  CheckRange("A line '" + std::string(WireName(note.kind)) + "'", note.after, note.through);
  if (report_.ended) Problem("The manifest goes on after its end.");
  if (note.kind == ManifestNote::Kind::kGap) ++report_.gaps;
  if (note.kind == ManifestNote::Kind::kEnd) report_.ended = true;
  if (note.kind == ManifestNote::Kind::kSnapshotComplete) report_.snapshot_complete = true;
  return options_.log == nullptr ? Status::Ok() : options_.log->OnNote(note);
}

Status DirectoryVerification::Take(const ManifestFile& file) {
  CheckRange("File " + file.name, file.after, file.through);
  if (report_.ended) Problem("The manifest goes on after its end.");
  if (!names_.insert(file.name).second) Problem("File " + file.name + " is listed twice.");
  last_name_ = std::max(last_name_, file.name);
  counted_ = {};
  uncompressed_ = 0;
  ++report_.files;
  report_.bytes += file.digest.bytes;
  const Result<FileDigest> digest =
      ReadGzipLines(directory_ + "/" + file.name,
                    [this, &file](std::string_view text) { return TakeLine(file, text); });
  if (digest.ok()) {
    Compare(file, *digest);
  } else if (digest.status().Is(ErrorCode::kIo) || digest.status().Is(ErrorCode::kCorruption)) {
    Problem("File " + file.name + ": " + digest.status().message() + ".");
  } else {
    return digest.status();
  }
  return options_.log == nullptr ? Status::Ok() : options_.log->OnFileEnd(file);
}

Status DirectoryVerification::TakeLine(const ManifestFile& file, std::string_view text) {
  if (++lines_ % kLinesBetweenCancelChecks == 0 && options_.cancelled && options_.cancelled()) {
    return Status(ErrorCode::kUnavailable, "The verification was cancelled");
  }
  uncompressed_ += text.size() + 1;
  ++report_.records;
  const Result<JsonValue> root = parser_.Parse(text);
  CdcLine line;
  line.file = &file;
  line.text = text;
  const auto bad = [&] {
    Problem("File " + file.name + " has a line that is not a record.");
    return Status::Ok();
  };
  if (!root.ok() || !root->Is(JsonKind::kObject)) return bad();
  line.json = *root;
  const auto op = root->Find("op");
  const auto shard = root->Find("shard");
  const auto change = root->Find("dynamodb");
  if (!op || !op->Is(JsonKind::kString) || !shard || !shard->Is(JsonKind::kInteger) ||
      shard->integer() < 0 || shard->integer() >= int64_t{kShardCount} || !change ||
      !change->Is(JsonKind::kObject)) {
    return bad();
  }
  const auto number = change->Find("SequenceNumber");
  const auto position = number && number->Is(JsonKind::kString)
                            ? ParseSequenceNumber(number->string())
                            : std::nullopt;
  if (!position) return bad();
  line.snapshot = op->string() == "r";
  line.shard = ShardIndex(static_cast<uint32_t>(shard->integer()));
  line.position = *position;
  Count(line);
  return options_.log == nullptr ? Status::Ok() : options_.log->OnLine(line);
}

void DirectoryVerification::Count(const CdcLine& line) {
  const ManifestFile& file = *line.file;
  ManifestShard* part = &counted_[line.shard.value()];
  if (line.snapshot) {
    ++part->snapshot_records;
    ++report_.snapshot_records;
    return;
  }
  Position* last = &last_of_shard_[line.shard.value()];
  if (line.position <= *last) {
    Problem("File " + file.name + ": record " + SequenceNumberOf(line.position) +
            " comes again, or after a later one of shard " + std::to_string(line.shard.value()) +
            ".");
  }
  *last = std::max(*last, line.position);
  if (line.position.lsn <= file.after || line.position.lsn > file.through) {
    Problem("File " + file.name + ": record " + SequenceNumberOf(line.position) +
            " is not of its range.");
  }
  if (part->records++ == 0) part->first = line.position;
  part->last = line.position;
}

void DirectoryVerification::Compare(const ManifestFile& file, const FileDigest& digest) {
  if (digest != file.digest) {
    Problem("File " + file.name + " has " + std::to_string(digest.bytes) + " bytes with SHA-256 " +
            digest.sha256 + ", and the manifest says " + std::to_string(file.digest.bytes) +
            " with " + file.digest.sha256 + ".");
  }
  if (uncompressed_ != file.uncompressed_bytes) {
    Problem("File " + file.name + " has " + std::to_string(uncompressed_) +
            " bytes uncompressed, and the manifest says " +
            std::to_string(file.uncompressed_bytes) + ".");
  }
  std::array<ManifestShard, kShardCount> listed{};
  for (const ManifestShard& shard : file.shards) {
    if (shard.shard.value() < kShardCount) listed[shard.shard.value()] = shard;
  }
  uint64_t records = 0;
  uint64_t snapshot_records = 0;
  for (uint32_t i = 0; i < kShardCount; ++i) {
    const ManifestShard& is = counted_[i];
    const ManifestShard& said = listed[i];
    records += is.records + is.snapshot_records;
    snapshot_records += is.snapshot_records;
    if (is.records != said.records || is.snapshot_records != said.snapshot_records ||
        is.first != said.first || is.last != said.last) {
      Problem("File " + file.name + " differs from the manifest in shard " + std::to_string(i) +
              ": " + std::to_string(is.records) + " records and " +
              std::to_string(is.snapshot_records) + " of the snapshot, not " +
              std::to_string(said.records) + " and " + std::to_string(said.snapshot_records) +
              ", or another range.");
    }
  }
  if (records != file.records || snapshot_records != file.snapshot_records) {
    Problem("File " + file.name + " has " + std::to_string(records) +
            " lines, and the manifest says " + std::to_string(file.records) + ".");
  }
}

// Files that nobody listed. One that sorts behind all others may be about to be.
Status DirectoryVerification::LookForOthers() {
  std::error_code error;
  std::vector<std::string> others;
  for (std::filesystem::directory_iterator it(directory_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool ours = name.size() > 9 && name.compare(name.size() - 9, 9, ".jsonl.gz") == 0;
    if (ours && name[0] != '.' && names_.count(name) == 0) others.push_back(name);
  }
  if (error) return Status(ErrorCode::kIo, "list " + directory_ + ": " + error.message());
  std::sort(others.begin(), others.end());
  report_.unlisted = others.size();
  for (const std::string& name : others) {
    const bool may_be_next = !report_.ended && &name == &others.back() && name > last_name_;
    // With a running pipeline, several may have been finished since its manifest was looked at.
    if (may_be_next || (options_.manifest_bytes.has_value() && name > last_name_)) continue;
    Problem("File " + name + " is there, and the manifest does not name it.");
  }
  return Status::Ok();
}

}  // namespace

Result<CdcVerifyReport> VerifyCdcDirectory(const std::string& directory,
                                           const CdcVerifyOptions& options) {
  return DirectoryVerification(directory, options).Run();
}

}  // namespace millrace
