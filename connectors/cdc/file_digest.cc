#include "connectors/cdc/file_digest.h"

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "connectors/cdc/sha256_stream.h"

namespace millrace {
namespace {

constexpr size_t kPiece = 256 * 1024;
constexpr size_t kLineMax = 16 * 1024 * 1024;  // two images of 400 KB, escaped sixfold, fit

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

Status IoError(const std::string& path) {
  return Status(ErrorCode::kIo, "read " + path + ": " + std::system_category().message(errno));
}

// Null when there is no such file.
Result<OpenFile> Open(const std::string& path) {
  OpenFile file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr && errno != ENOENT) return IoError(path);
  return file;
}

Result<size_t> ReadPiece(const std::string& path, std::FILE* file, std::string* piece) {
  piece->resize(kPiece);
  const size_t n = std::fread(piece->data(), 1, piece->size(), file);
  if (n == 0 && std::ferror(file) != 0) return IoError(path);
  piece->resize(n);
  return n;
}

// Inflates members one after another and cuts what comes out into lines.
class LineInflater {
 public:
  LineInflater(const std::string& path, const std::function<Status(std::string_view)>& line)
      : path_(path), line_(line), out_(kPiece, '\0') {
    constexpr int kGzip = 15 + 16;  // the largest window, and a gzip header
    ready_ = inflateInit2(&stream_, kGzip) == Z_OK;
  }
  ~LineInflater() { inflateEnd(&stream_); }
  LineInflater(const LineInflater&) = delete;
  LineInflater& operator=(const LineInflater&) = delete;

  Status Feed(std::string_view piece) {
    if (!ready_) return Broken("cannot be decompressed");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    bool full = false;
    while (stream_.avail_in > 0 || full) {
      if (ended_ && stream_.avail_in > 0) {
        inflateReset(&stream_);
        ended_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int outcome = inflate(&stream_, Z_NO_FLUSH);
      if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
        return Broken("is not gzip, or damaged");
      }
      ended_ = outcome == Z_STREAM_END;
      full = stream_.avail_out == 0 && !ended_;
      RETURN_IF_ERROR(Lines(std::string_view(out_).substr(0, out_.size() - stream_.avail_out)));
    }
    return Status::Ok();
  }

  Status End() const {
    if (!ended_) return Broken("ends in the middle of a gzip member");
    return rest_.empty() ? Status::Ok() : Broken("ends in the middle of a line");
  }

 private:
  Status Broken(std::string_view how) const {
    return Status(ErrorCode::kCorruption, path_ + " " + std::string(how));
  }
  Status Lines(std::string_view text) {
    for (size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
      if (rest_.empty()) {
        RETURN_IF_ERROR(line_(text.substr(0, end)));
        continue;
      }
      rest_.append(text.substr(0, end));
      RETURN_IF_ERROR(line_(rest_));
      rest_.clear();
    }
    rest_.append(text);
    return rest_.size() <= kLineMax ? Status::Ok() : Broken("has a line that is too long");
  }

  const std::string& path_;
  const std::function<Status(std::string_view)>& line_;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  std::string out_;
  std::string rest_;
};

}  // namespace

Result<std::optional<FileDigest>> DigestFile(const std::string& path) {
  ASSIGN_OR_RETURN(const OpenFile file, Open(path));
  if (file == nullptr) return std::optional<FileDigest>();
  Sha256Stream sha;
  FileDigest digest;
  std::string piece;
  for (;;) {
    ASSIGN_OR_RETURN(const size_t n, ReadPiece(path, file.get(), &piece));
    if (n == 0) break;
    sha.Update(piece);
    digest.bytes += n;
  }
  digest.sha256 = sha.Finish();
  return std::optional(std::move(digest));
}

Result<std::optional<std::string>> ReadTail(const std::string& path, uint64_t offset, uint64_t max,
                                            uint64_t* size) {
  ASSIGN_OR_RETURN(const OpenFile file, Open(path));
  if (file == nullptr) return std::optional<std::string>();
  if (std::fseek(file.get(), 0, SEEK_END) != 0) return IoError(path);
  const long end = std::ftell(file.get());
  if (end < 0) return IoError(path);
  *size = static_cast<uint64_t>(end);
  std::string tail;
  if (*size <= offset) return std::optional(std::move(tail));
  tail.resize(std::min<uint64_t>(max, *size - offset));
  if (std::fseek(file.get(), static_cast<long>(offset), SEEK_SET) != 0) return IoError(path);
  tail.resize(std::fread(tail.data(), 1, tail.size(), file.get()));
  if (std::ferror(file.get()) != 0) return IoError(path);
  return std::optional(std::move(tail));
}

Result<FileDigest> ReadGzipLines(const std::string& path,
                                 const std::function<Status(std::string_view line)>& line) {
  ASSIGN_OR_RETURN(const OpenFile file, Open(path));
  if (file == nullptr) {
    errno = ENOENT;
    return IoError(path);
  }
  LineInflater inflater(path, line);
  Sha256Stream sha;
  FileDigest digest;
  std::string piece;
  for (;;) {
    ASSIGN_OR_RETURN(const size_t n, ReadPiece(path, file.get(), &piece));
    if (n == 0) break;
    sha.Update(piece);
    digest.bytes += n;
    RETURN_IF_ERROR(inflater.Feed(piece));
  }
  RETURN_IF_ERROR(inflater.End());
  digest.sha256 = sha.Finish();
  return digest;
}

}  // namespace millrace
