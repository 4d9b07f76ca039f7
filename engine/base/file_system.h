#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace millrace {

// The seam between the commit log and the disk, so that tests can forget unsynced bytes, tear
// writes, fill the disk and fail fdatasync. Errors are kIo, kDiskFull (ENOSPC, EDQUOT) or
// kDirectoryInUse; texts name the path and the system's reason.

// A file written at explicit offsets. Bytes are durable only after Sync. Not thread-safe, but for
// Sync: any thread may call it while another writes.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  // fdatasync.
  virtual Status Sync() = 0;
  // Reserves disk blocks so that later writes below `size` cannot fail for lack of space; new bytes
  // read as zeros.
  virtual Status Preallocate(uint64_t size) = 0;
  virtual Status Truncate(uint64_t size) = 0;
};

// A file read at explicit offsets. Thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual Result<uint64_t> Size() const = 0;
  // Fewer bytes than `size` only where the file ends.
  virtual Result<std::string> ReadAt(uint64_t offset, size_t size) const = 0;
};

// A read-only shared mapping; bytes written through a WritableFile of the same file show up in it.
// A file that is cut short meanwhile kills who reads behind its new end (SIGBUS). Thread-safe.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::string_view bytes() const = 0;
  // A hint that [offset, offset + size) won't be read again soon: its pages need not count as this
  // process's memory. The bytes stay valid.
  virtual void Release(uint64_t offset, uint64_t size) const {
    static_cast<void>(offset);
    static_cast<void>(size);
  }
};

// A writable shared mapping of a small fixed-size file, created full of zeros.
class SharedPage {
 public:
  virtual ~SharedPage() = default;
  virtual char* data() = 0;
  virtual size_t size() const = 0;
};

// Held until destroyed; dies with the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Opens for writing, creating the file when there is none; the content of an existing file is
  // kept.
  virtual Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> OpenReadable(const std::string& path) = 0;
  virtual Result<std::unique_ptr<MappedFile>> Map(const std::string& path) = 0;
  virtual Result<std::unique_ptr<SharedPage>> MapPage(const std::string& path, size_t size) = 0;
  virtual Result<std::string> ReadFile(const std::string& path) = 0;
  // Names, sorted, without . and ..
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // And what is missing above it; OK when it is there. Durable, with all above it that was made,
  // once the directory that it stands in is synced.
  virtual Status CreateDirectory(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Makes creations, renames and removals in `directory` durable.
  virtual Status SyncDirectory(const std::string& directory) = 0;
  // kDirectoryInUse when another process, or this one, holds it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  virtual Result<uint64_t> FreeBytes(const std::string& path) = 0;

  // The operating system's; lives for ever.
  static FileSystem* Posix();
};

// The directory that `path` stands in, whether or not it ends with a slash.
std::string ParentDirectory(const std::string& path);

// CreateDirectory, and a power cut can no longer take it away.
Status CreateDurableDirectory(FileSystem* file_system, const std::string& path);

}  // namespace millrace
