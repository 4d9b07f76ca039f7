#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/status.h"

namespace millrace {

// What a file says of itself, so that a resumed import knows it again.
struct FileIdentity {
  uint64_t size = 0;
  int64_t modified_nanos = 0;
  bool operator==(const FileIdentity&) const = default;
};

// A stream of bytes to import. Single-threaded.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` > 0 bytes; 0 at the end. Errors: kIo; kValidation for gzip data that are damaged
  // or end too early; kUnavailable when a signal interrupted the wait: nothing was read, and the
  // call may be made again.
  virtual Result<size_t> Read(char* to, size_t size) = 0;
  // A Read would wait for somebody to write, as on a pipe.
  virtual bool WouldWait() const { return false; }
  // Bytes of the file that were read, before they were unpacked: for progress.
  virtual uint64_t file_bytes() const = 0;
};

// A regular file, or standard input for "-". Gzip is known by its first two bytes, whatever the
// name says, and unpacked, several members one after the other too. Errors: kIo (names the file and
// the reason).
Result<std::unique_ptr<ByteSource>> OpenSource(const std::string& path);

// Unpacks gzip; takes what is not gzip as it is.
std::unique_ptr<ByteSource> Unpacked(std::unique_ptr<ByteSource> packed);

// Of a regular file. Error: kIo; kValidation for a directory.
Result<FileIdentity> IdentityOf(const std::string& path);

}  // namespace millrace
