#include "tests/fuzz/memory_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace {

using Buffer = std::shared_ptr<std::vector<char>>;

// The last buffer is the file; those before it are what older mappings still look at.
class MemoryFileSystem::File {
 public:
  File() { buffers_.push_back(std::make_shared<std::vector<char>>()); }

  const Buffer& bytes() const { return buffers_.back(); }

  void Resize(size_t size) {
    auto next = std::make_shared<std::vector<char>>(size);
    const std::vector<char>& old = *bytes();
    std::copy_n(old.begin(), std::min(size, old.size()), next->begin());
    std::erase_if(buffers_, [](const Buffer& buffer) { return buffer.use_count() == 1; });
    buffers_.push_back(std::move(next));
  }

  void Write(size_t offset, std::string_view written) {
    if (offset + written.size() > bytes()->size()) Resize(offset + written.size());
    for (const Buffer& buffer : buffers_) {
      if (offset >= buffer->size()) continue;
      std::copy_n(written.begin(), std::min(written.size(), buffer->size() - offset),
                  buffer->begin() + static_cast<ptrdiff_t>(offset));
    }
  }

 private:
  std::vector<Buffer> buffers_;
};

namespace {

using File = MemoryFileSystem::File;

class MemoryWritableFile final : public WritableFile {
 public:
  explicit MemoryWritableFile(std::shared_ptr<File> file) : file_(std::move(file)) {}
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    file_->Write(offset, bytes);
    return Status::Ok();
  }
  Status Sync() override { return Status::Ok(); }
  Status Preallocate(uint64_t size) override {
    if (size > file_->bytes()->size()) file_->Resize(size);
    return Status::Ok();
  }
  Status Truncate(uint64_t size) override {
    file_->Resize(size);
    return Status::Ok();
  }

 private:
  const std::shared_ptr<File> file_;
};

class MemoryReadableFile final : public ReadableFile {
 public:
  explicit MemoryReadableFile(std::shared_ptr<File> file) : file_(std::move(file)) {}
  Result<uint64_t> Size() const override { return file_->bytes()->size(); }
  Result<std::string> ReadAt(uint64_t offset, size_t size) const override {
    const std::string_view all(file_->bytes()->data(), file_->bytes()->size());
    return std::string(all.substr(std::min<uint64_t>(offset, all.size()), size));
  }

 private:
  const std::shared_ptr<File> file_;
};

class MemoryMappedFile final : public MappedFile {
 public:
  explicit MemoryMappedFile(Buffer buffer) : buffer_(std::move(buffer)) {}
  std::string_view bytes() const override { return {buffer_->data(), buffer_->size()}; }

 private:
  const Buffer buffer_;
};

class MemoryPage final : public SharedPage {
 public:
  explicit MemoryPage(Buffer buffer) : buffer_(std::move(buffer)) {}
  char* data() override { return buffer_->data(); }
  size_t size() const override { return buffer_->size(); }

 private:
  const Buffer buffer_;
};

}  // namespace

void MemoryFileSystem::Put(const std::string& path, std::string_view bytes) {
  auto file = std::make_shared<File>();
  file->Write(0, bytes);
  files_[path] = std::move(file);
}

const std::vector<char>* MemoryFileSystem::Find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second->bytes().get();
}

Result<std::shared_ptr<File>> MemoryFileSystem::Existing(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return Status(ErrorCode::kIo, "open " + path + ": no such file");
  return found->second;
}

std::shared_ptr<File> MemoryFileSystem::ExistingOrNew(const std::string& path) {
  std::shared_ptr<File>& file = files_[path];
  if (!file) file = std::make_shared<File>();
  return file;
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::OpenWritable(const std::string& path) {
  return std::unique_ptr<WritableFile>(std::make_unique<MemoryWritableFile>(ExistingOrNew(path)));
}

Result<std::unique_ptr<ReadableFile>> MemoryFileSystem::OpenReadable(const std::string& path) {
  ASSIGN_OR_RETURN(std::shared_ptr<File> file, Existing(path));
  return std::unique_ptr<ReadableFile>(std::make_unique<MemoryReadableFile>(std::move(file)));
}

Result<std::unique_ptr<MappedFile>> MemoryFileSystem::Map(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Existing(path));
  return std::unique_ptr<MappedFile>(std::make_unique<MemoryMappedFile>(file->bytes()));
}

Result<std::unique_ptr<SharedPage>> MemoryFileSystem::MapPage(const std::string& path,
                                                              size_t size) {
  const std::shared_ptr<File> file = ExistingOrNew(path);
  if (file->bytes()->size() != size) file->Resize(size);
  return std::unique_ptr<SharedPage>(std::make_unique<MemoryPage>(file->bytes()));
}

Result<std::string> MemoryFileSystem::ReadFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Existing(path));
  return std::string(file->bytes()->begin(), file->bytes()->end());
}

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& [path, file] : files_) {
    if (path.starts_with(directory + "/")) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Status MemoryFileSystem::CreateDirectory(const std::string&) {
  return Status::Ok();
}

Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(std::shared_ptr<File> file, Existing(from));
  files_.erase(from);
  files_[to] = std::move(file);
  return Status::Ok();
}

Status MemoryFileSystem::Remove(const std::string& path) {
  RETURN_IF_ERROR(Existing(path).status());
  files_.erase(path);
  return Status::Ok();
}

Status MemoryFileSystem::SyncDirectory(const std::string&) {
  return Status::Ok();
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::Lock(const std::string&) {
  return std::make_unique<FileLock>();
}

Result<uint64_t> MemoryFileSystem::FreeBytes(const std::string&) {
  return uint64_t{1} << 40;
}

}  // namespace millrace
