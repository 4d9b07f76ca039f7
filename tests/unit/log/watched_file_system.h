#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/file_system.h"

namespace millrace {

// The real file system, which counts mappings and lets a test do something between a file's opening
// and its reading.
class WatchedFileSystem final : public FileSystem {
 public:
  int maps = 0;
  // Called, once, when a reader knows the size of a file: it was mapped, or asked for its size.
  std::function<void()> after_size;

  Result<std::unique_ptr<ReadableFile>> OpenReadable(const std::string& path) override {
    ASSIGN_OR_RETURN(std::unique_ptr<ReadableFile> file, real_->OpenReadable(path));
    return std::unique_ptr<ReadableFile>(std::make_unique<Readable>(this, std::move(file)));
  }
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override {
    ++maps;
    Result<std::unique_ptr<MappedFile>> mapped = real_->Map(path);
    SizeIsKnown();
    return mapped;
  }

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path) override {
    return real_->OpenWritable(path);
  }
  Result<std::unique_ptr<SharedPage>> MapPage(const std::string& path, size_t size) override {
    return real_->MapPage(path, size);
  }
  Result<std::string> ReadFile(const std::string& path) override { return real_->ReadFile(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return real_->List(directory);
  }
  Status CreateDirectory(const std::string& path) override { return real_->CreateDirectory(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return real_->Rename(from, to);
  }
  Status Remove(const std::string& path) override { return real_->Remove(path); }
  Status SyncDirectory(const std::string& directory) override {
    return real_->SyncDirectory(directory);
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return real_->Lock(path);
  }
  Result<uint64_t> FreeBytes(const std::string& path) override { return real_->FreeBytes(path); }

 private:
  class Readable final : public ReadableFile {
   public:
    Readable(WatchedFileSystem* owner, std::unique_ptr<ReadableFile> file)
        : owner_(owner), file_(std::move(file)) {}
    Result<uint64_t> Size() const override {
      Result<uint64_t> size = file_->Size();
      owner_->SizeIsKnown();
      return size;
    }
    Result<std::string> ReadAt(uint64_t offset, size_t size) const override {
      return file_->ReadAt(offset, size);
    }

   private:
    WatchedFileSystem* const owner_;
    const std::unique_ptr<ReadableFile> file_;
  };

  void SizeIsKnown() {
    if (after_size) std::exchange(after_size, nullptr)();
  }

  FileSystem* const real_ = FileSystem::Posix();
};

}  // namespace millrace
