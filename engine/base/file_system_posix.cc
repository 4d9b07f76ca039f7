#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/file_system.h"

namespace millrace {
namespace {

constexpr mode_t kFileMode = 0644;

Status IoError(std::string_view action, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status(full ? ErrorCode::kDiskFull : ErrorCode::kIo,
                std::string(action) + " " + path + ": " + std::system_category().message(error));
}

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> Open(const std::string& path, int flags) {
  int fd;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return IoError("open", path, errno);
  return Descriptor(fd);
}

Result<uint64_t> SizeOf(const Descriptor& file, const std::string& path) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return IoError("stat", path, errno);
  return static_cast<uint64_t>(info.st_size);
}

// posix_fallocate, which writes the blocks itself where the file system cannot reserve them.
Status Reserve(const Descriptor& file, const std::string& path, uint64_t size) {
  int error;
  do {
    error = posix_fallocate(file.get(), 0, static_cast<off_t>(size));
  } while (error == EINTR);
  return error == 0 ? Status::Ok() : IoError("reserve space for", path, error);
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return IoError("write", path_, errno);
      if (n == 0) return IoError("write", path_, EIO);
      offset += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return Status::Ok();
  }

  // Never retried: after a failure the kernel may have dropped the dirty pages and say yes the
  // second time.
  Status Sync() override {
    return fdatasync(file_.get()) == 0 ? Status::Ok() : IoError("fdatasync", path_, errno);
  }

  Status Preallocate(uint64_t size) override { return Reserve(file_, path_, size); }

  Status Truncate(uint64_t size) override {
    return ftruncate(file_.get(), static_cast<off_t>(size)) == 0
               ? Status::Ok()
               : IoError("truncate", path_, errno);
  }

 private:
  const std::string path_;
  const Descriptor file_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(std::string path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<uint64_t> Size() const override { return SizeOf(file_, path_); }

  Result<std::string> ReadAt(uint64_t offset, size_t size) const override {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t n =
          pread(file_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return IoError("read", path_, errno);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  const std::string path_;
  const Descriptor file_;
};

// A mapping of `size` bytes from the front of a file; an empty one is no mapping, which mmap
// refuses.
class Mapping {
 public:
  static Result<Mapping> Make(const Descriptor& file, const std::string& path, size_t size,
                              int protection) {
    if (size == 0) return Mapping(nullptr, 0);
    void* data = mmap(nullptr, size, protection, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) return IoError("map", path, errno);
    return Mapping(static_cast<char*>(data), size);
  }
  ~Mapping() {
    if (data_ != nullptr) munmap(data_, size_);
  }
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&&) = delete;
  char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  Mapping(char* data, size_t size) : data_(data), size_(size) {}
  char* data_;
  size_t size_;
};

class PosixMappedFile final : public MappedFile {
 public:
  explicit PosixMappedFile(Mapping mapping) : mapping_(std::move(mapping)) {}
  std::string_view bytes() const override { return {mapping_.data(), mapping_.size()}; }

  // Whole pages within the range alone: a file's pages stay in the page cache and come back at the
  // next touch.
  void Release(uint64_t offset, uint64_t size) const override {
    const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    const uint64_t from = (offset + page - 1) / page * page;
    const uint64_t to = std::min<uint64_t>(offset + size, mapping_.size()) / page * page;
    if (from < to) madvise(mapping_.data() + from, to - from, MADV_DONTNEED);
  }

 private:
  const Mapping mapping_;
};

class PosixSharedPage final : public SharedPage {
 public:
  explicit PosixSharedPage(Mapping mapping) : mapping_(std::move(mapping)) {}
  char* data() override { return mapping_.data(); }
  size_t size() const override { return mapping_.size(); }

 private:
  const Mapping mapping_;
};

// flock belongs to the open file, so that a second Lock in this process is refused as another
// process's is.
class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor file) : file_(std::move(file)) {}

 private:
  const Descriptor file_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor file, Open(path, O_RDWR | O_CREAT));
    return std::unique_ptr<WritableFile>(
        std::make_unique<PosixWritableFile>(path, std::move(file)));
  }

  Result<std::unique_ptr<ReadableFile>> OpenReadable(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor file, Open(path, O_RDONLY));
    return std::unique_ptr<ReadableFile>(
        std::make_unique<PosixReadableFile>(path, std::move(file)));
  }

  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override {
    ASSIGN_OR_RETURN(const Descriptor file, Open(path, O_RDONLY));
    ASSIGN_OR_RETURN(const uint64_t size, SizeOf(file, path));
    ASSIGN_OR_RETURN(Mapping mapping, Mapping::Make(file, path, size, PROT_READ));
    return std::unique_ptr<MappedFile>(std::make_unique<PosixMappedFile>(std::move(mapping)));
  }

  // The blocks are reserved: a store into a hole of a full disk would be SIGBUS.
  Result<std::unique_ptr<SharedPage>> MapPage(const std::string& path, size_t size) override {
    ASSIGN_OR_RETURN(const Descriptor file, Open(path, O_RDWR | O_CREAT));
    RETURN_IF_ERROR(Reserve(file, path, size));
    ASSIGN_OR_RETURN(Mapping mapping, Mapping::Make(file, path, size, PROT_READ | PROT_WRITE));
    return std::unique_ptr<SharedPage>(std::make_unique<PosixSharedPage>(std::move(mapping)));
  }

  Result<std::string> ReadFile(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, OpenReadable(path));
    ASSIGN_OR_RETURN(const uint64_t size, file->Size());
    return file->ReadAt(0, size);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
    if (stream == nullptr) return IoError("list", directory, errno);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return IoError("list", directory, errno);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status CreateDirectory(const std::string& path) override {
    std::vector<std::filesystem::path> missing;
    std::error_code error;
    for (std::filesystem::path at = path; !at.empty(); at = at.parent_path()) {
      if (std::filesystem::is_directory(at, error)) break;
      missing.push_back(at);
    }
    for (; !missing.empty(); missing.pop_back()) {
      std::filesystem::create_directory(missing.back(), error);
      if (error) return IoError("create directory", missing.back(), error.value());
      if (missing.size() == 1) break;
      RETURN_IF_ERROR(SyncDirectory(ParentDirectory(missing.back())));
    }
    return Status::Ok();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    return rename(from.c_str(), to.c_str()) == 0
               ? Status::Ok()
               : IoError("rename to " + to + " the file", from, errno);
  }

  Status Remove(const std::string& path) override {
    return unlink(path.c_str()) == 0 ? Status::Ok() : IoError("remove", path, errno);
  }

  Status SyncDirectory(const std::string& directory) override {
    ASSIGN_OR_RETURN(const Descriptor file, Open(directory, O_RDONLY | O_DIRECTORY));
    return fsync(file.get()) == 0 ? Status::Ok() : IoError("fsync", directory, errno);
  }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor file, Open(path, O_RDWR | O_CREAT));
    int outcome;
    do {
      outcome = flock(file.get(), LOCK_EX | LOCK_NB);
    } while (outcome != 0 && errno == EINTR);
    if (outcome != 0 && errno == EWOULDBLOCK) {
      return Status(ErrorCode::kDirectoryInUse, path + " is held: the directory is already in use");
    }
    if (outcome != 0) return IoError("lock", path, errno);
    return std::unique_ptr<FileLock>(std::make_unique<PosixFileLock>(std::move(file)));
  }

  Result<uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs info {};
    if (statvfs(path.c_str(), &info) != 0) return IoError("ask for free space at", path, errno);
    return uint64_t{info.f_bavail} * info.f_frsize;
  }
};

}  // namespace

std::string ParentDirectory(const std::string& path) {
  const size_t last = path.find_last_not_of('/');
  if (last == std::string::npos) return path.empty() ? "." : "/";
  const std::string parent = std::filesystem::path(path.substr(0, last + 1)).parent_path();
  return parent.empty() ? "." : parent;
}

Status CreateDurableDirectory(FileSystem* file_system, const std::string& path) {
  RETURN_IF_ERROR(file_system->CreateDirectory(path));
  return file_system->SyncDirectory(ParentDirectory(path));
}

FileSystem* FileSystem::Posix() {
  static PosixFileSystem file_system;
  return &file_system;
}

}  // namespace millrace
