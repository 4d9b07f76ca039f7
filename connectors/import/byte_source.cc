#include "connectors/import/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

Status SystemError(const std::string& path) {
  return Status(ErrorCode::kIo, path + ": " + std::strerror(errno));
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, int descriptor, bool regular)
      : path_(std::move(path)), descriptor_(descriptor), regular_(regular) {}
  ~FileSource() override {
    if (descriptor_ != STDIN_FILENO) close(descriptor_);
  }

  Result<size_t> Read(char* to, size_t size) override {
    const ssize_t taken = read(descriptor_, to, size);
    if (taken < 0) {
      if (errno == EINTR) return Status(ErrorCode::kUnavailable, path_ + ": interrupted");
      return SystemError(path_);
    }
    file_bytes_ += static_cast<uint64_t>(taken);
    return static_cast<size_t>(taken);
  }

  bool WouldWait() const override {
    if (regular_) return false;
    pollfd waited{descriptor_, POLLIN, 0};
    return poll(&waited, 1, 0) == 0;
  }

  uint64_t file_bytes() const override { return file_bytes_; }

 private:
  const std::string path_;
  const int descriptor_;
  const bool regular_;
  uint64_t file_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenSource(const std::string& path) {
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(path);
  struct stat status = {};
  const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (regular) posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return Unpacked(
      std::make_unique<FileSource>(standard_input ? "standard input" : path, descriptor, regular));
}

Result<FileIdentity> IdentityOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return SystemError(path);
  if (S_ISDIR(status.st_mode)) return Status::Validation(path + " is a directory; name its files");
  FileIdentity identity;
  identity.size = static_cast<uint64_t>(status.st_size);
  identity.modified_nanos = status.st_mtim.tv_sec * kNanosPerSecond + status.st_mtim.tv_nsec;
  return identity;
}

}  // namespace millrace
