#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/cdc/file_digest.h"
#include "connectors/cdc/gzip_member.h"
#include "connectors/cdc/sha256_stream.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"

namespace millrace {

// A gzip file of lines, made of members of about 1 MB each (RFC 1952 allows any number of them;
// every reader of gzip takes them as one). Memory: one member, and what it compresses to.
class GzipWriter {
 public:
  // Of uncompressed lines; a member ends with the line that reaches it.
  static constexpr size_t kMemberSize = size_t{1} << 20;

  // Empties or creates the file.
  static Result<std::unique_ptr<GzipWriter>> Create(FileSystem* file_system,
                                                    const std::string& path, uint32_t level);

  // A whole line, or several, are appended to it; then LinesAdded.
  std::string* text() { return &text_; }
  // After an error nothing may follow: the file is to be thrown away.
  Status LinesAdded();
  // Writes what is left and waits for the disk. The last call.
  Result<FileDigest> Finish();

  uint64_t uncompressed_bytes() const { return uncompressed_ + text_.size(); }
  // What is on the way to the file: compressed as far as it is.
  uint64_t size() const { return written_ + text_.size(); }

 private:
  GzipWriter(std::unique_ptr<WritableFile> file, uint32_t level);
  Status WriteMember();

  const std::unique_ptr<WritableFile> file_;
  GzipMember member_;
  std::string text_;
  uint64_t uncompressed_ = 0;
  uint64_t written_ = 0;
  Sha256Stream sha_;
};

}  // namespace millrace
