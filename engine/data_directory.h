#pragma once

#include <memory>
#include <string>

#include "engine/base/file_system.h"
#include "engine/base/status.h"

namespace millrace {

// A data directory: `format` (text: "millrace data format N"), `lock`, `log/` (the commit log),
// `state/` (RocksDB). Locked while this lives.
class DataDirectory {
 public:
  static constexpr int kFormat = 1;

  // Creates it when it is absent or empty. Errors: kDirectoryInUse; kUnsupportedFormat for a newer
  // format or a directory of something else.
  static Result<std::unique_ptr<DataDirectory>> Open(FileSystem* file_system,
                                                     const std::string& path);

  std::string log_path() const { return path_ + "/log"; }
  std::string state_path() const { return path_ + "/state"; }

 private:
  DataDirectory(FileSystem* file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}
  Status Claim();
  Status CheckFormat(const std::string& text) const;
  Status WriteFormat();

  FileSystem* file_system_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace millrace
