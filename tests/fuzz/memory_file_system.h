#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"

namespace millrace {

// Files in memory, fast enough for thousands of logs a second. A mapping is a buffer of exactly the
// file's size when it was made, so that AddressSanitizer sees every access past the end.
// Directories are not kept track of; nothing fails. Not thread-safe.
class MemoryFileSystem final : public FileSystem {
 public:
  void Put(const std::string& path, std::string_view bytes);
  // Null when there is no such file.
  const std::vector<char>* Find(const std::string& path) const;

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path) override;
  Result<std::unique_ptr<ReadableFile>> OpenReadable(const std::string& path) override;
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override;
  Result<std::unique_ptr<SharedPage>> MapPage(const std::string& path, size_t size) override;
  Result<std::string> ReadFile(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;

  class File;

 private:
  Result<std::shared_ptr<File>> Existing(const std::string& path) const;
  std::shared_ptr<File> ExistingOrNew(const std::string& path);

  std::map<std::string, std::shared_ptr<File>> files_;
};

}  // namespace millrace
