#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

// Reading files that anybody may change meanwhile: in pieces, never mapped.
namespace millrace {

struct FileDigest {
  uint64_t bytes = 0;
  std::string sha256;  // lower-case hex
  bool operator==(const FileDigest&) const = default;
};
// nullopt: there is no such file. Error: kIo.
Result<std::optional<FileDigest>> DigestFile(const std::string& path);

// The bytes from `offset` on, at most `max` of them; nullopt: there is no such file. `size` is the
// file's. Error: kIo.
Result<std::optional<std::string>> ReadTail(const std::string& path, uint64_t offset, uint64_t max,
                                            uint64_t* size);

// Decompresses a gzip file of any number of members and hands on its lines, without their ends.
// The digest is that of the compressed bytes. Errors: kIo; kCorruption for what is not gzip, ends
// early, or has a last line without an end or a line over 16 MB; whatever `line` returns.
Result<FileDigest> ReadGzipLines(const std::string& path,
                                 const std::function<Status(std::string_view line)>& line);

}  // namespace millrace
