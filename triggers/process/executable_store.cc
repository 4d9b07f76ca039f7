#include "triggers/process/executable_store.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/base/file_system.h"
#include "engine/base/hex.h"
#include "triggers/process/system_error.h"
#include "triggers/process/unique_fd.h"

namespace millrace {
namespace {

constexpr char kName[] = "/handler";
constexpr std::string_view kUnfinished = "unfinished-";
constexpr size_t kDigestSize = 64;              // hex digits
constexpr size_t kCopyChunk = size_t{1} << 30;  // bytes a sendfile

Status NotExecutable(const std::string& path, const std::string& why) {
  return Status(ErrorCode::kInvalidParameterValue, path + " is not a function: " + why);
}

bool IsDigest(std::string_view text) {
  return text.size() == kDigestSize && text.find_first_not_of(kHexDigits) == text.npos;
}

// What an ELF file runs on: class, byte order and machine of its header. Empty: it is none.
std::string MachineOf(int fd) {
  char header[20];
  if (pread(fd, header, sizeof header, 0) != sizeof header) return "";
  if (std::string_view(header, 4) !=
      "\x7f"
      "ELF")
    return "";
  return {header[4], header[5], header[18], header[19]};
}

// Also what a sandbox would not tell: its shell would take such a program for a script.
bool IsForAnotherMachine(int fd) {
  const std::string machine = MachineOf(fd);
  const UniqueFd self(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  return !machine.empty() && self.valid() && machine != MachineOf(self.get());
}

Result<UniqueFd> OpenExecutable(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat file {};
  if (!fd.valid() || fstat(fd.get(), &file) != 0) return NotExecutable(path, std::strerror(errno));
  if (!S_ISREG(file.st_mode)) return NotExecutable(path, "not a regular file");
  if (file.st_size == 0) return NotExecutable(path, "empty");
  if ((file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return NotExecutable(path, "not executable (chmod +x)");
  }
  if (IsForAnotherMachine(fd.get())) {
    return NotExecutable(path, "it is built for another kind of machine");
  }
  return fd;
}

// Durable once it returns.
Status CopyTo(int from, const std::string& path) {
  const UniqueFd to(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
  if (!to.valid()) return SystemError("cannot create " + path);
  ssize_t copied = 0;
  while ((copied = sendfile(to.get(), from, nullptr, kCopyChunk)) > 0) {
  }
  if (copied < 0) return SystemError("cannot write " + path);
  // Whatever the umask was.
  if (fchmod(to.get(), 0555) != 0 || fsync(to.get()) != 0)
    return SystemError("cannot write " + path);
  return Status::Ok();
}

Result<std::string> DigestOf(const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, FileSystem::Posix()->Map(path));
  return ToHex(BytesOf(Sha256(file->bytes())));
}

// A directory of its own, removed at the end unless it was renamed away.
class UnfinishedDirectory {
 public:
  static Result<UnfinishedDirectory> In(const std::string& parent) {
    std::string path = parent + "/" + std::string(kUnfinished) + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return SystemError("cannot make " + path);
    return UnfinishedDirectory(path);
  }
  UnfinishedDirectory(UnfinishedDirectory&& other) noexcept
      : path_(std::exchange(other.path_, std::string())) {}
  ~UnfinishedDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  // Becomes `path`, unless there is one already, with the same content by its name.
  Status Publish(const std::string& path) {
    if (chmod(path_.c_str(), 0755) != 0) return SystemError("cannot open up " + path_);
    if (rename(path_.c_str(), path.c_str()) == 0) {
      path_.clear();
      return Status::Ok();
    }
    if (errno == EEXIST || errno == ENOTEMPTY) return Status::Ok();
    return SystemError("cannot create " + path);
  }

 private:
  explicit UnfinishedDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

Status ExecutableStore::Prepare(const std::string& directory) {
  RETURN_IF_ERROR(FileSystem::Posix()->CreateDirectory(directory));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(kUnfinished)) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
  return error ? SystemError("cannot list " + directory, error.value()) : Status::Ok();
}

ExecutableStore::ExecutableStore(std::string directory, std::string reachable_directory,
                                 const SandboxUser& user)
    : directory_(std::move(directory)),
      reachable_directory_(std::move(reachable_directory)),
      user_(user) {}

Result<std::string> ExecutableStore::Stage(const std::string& executable) {
  ASSIGN_OR_RETURN(const UniqueFd from, OpenExecutable(executable));
  ASSIGN_OR_RETURN(UnfinishedDirectory unfinished, UnfinishedDirectory::In(directory_));
  const std::string copy = unfinished.path() + kName;
  RETURN_IF_ERROR(CopyTo(from.get(), copy));
  // Of the copy: the original may be changing.
  ASSIGN_OR_RETURN(const std::string digest, DigestOf(copy));
  RETURN_IF_ERROR(FileSystem::Posix()->SyncDirectory(unfinished.path()));
  RETURN_IF_ERROR(unfinished.Publish(directory_ + "/" + digest));
  RETURN_IF_ERROR(FileSystem::Posix()->SyncDirectory(directory_));
  return digest;
}

bool ExecutableStore::Has(std::string_view digest) const {
  return IsDigest(digest) && access(PathOf(digest).c_str(), X_OK) == 0;
}

Result<std::string> ExecutableStore::ReachablePath(std::string_view digest) {
  if (!Has(digest)) {
    return Status(ErrorCode::kResourceNotFound,
                  "no executable with the digest " + std::string(digest));
  }
  const std::string stored = PathOf(digest);
  if (CanReach(stored, user_, /*execute=*/true)) return stored;
  const std::lock_guard<std::mutex> lock(copying_);
  const std::string directory = reachable_directory_ + "/" + std::string(digest);
  const std::string copy = directory + kName;
  if (access(copy.c_str(), X_OK) == 0) return copy;
  ASSIGN_OR_RETURN(const UniqueFd from, OpenExecutable(stored));
  ASSIGN_OR_RETURN(UnfinishedDirectory unfinished, UnfinishedDirectory::In(reachable_directory_));
  RETURN_IF_ERROR(CopyTo(from.get(), unfinished.path() + kName));
  RETURN_IF_ERROR(unfinished.Publish(directory));
  return copy;
}

std::string ExecutableStore::PathOf(std::string_view digest) const {
  return directory_ + "/" + std::string(digest) + kName;
}

}  // namespace millrace
