#include "triggers/process/runtime_directory.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "triggers/process/system_error.h"

namespace millrace {
namespace {

constexpr std::string_view kPrefix = "millrace-run-";
constexpr char kTemplate[] = "/.millrace-run-XXXXXX";  // until it is locked
constexpr char kLockName[] = "/runtime.lock";
constexpr char kSocketName[] = "/handler.sock";
constexpr char kScheme[] = "ipc://";
constexpr size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;
// To walk through, not to list.
constexpr mode_t kDirectoryMode = 0711;

std::vector<std::string> BaseCandidates(const SandboxUser& user) {
  std::vector<std::string> candidates;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (!user.drop && runtime != nullptr && *runtime != '\0') candidates.push_back(runtime);
  candidates.insert(candidates.end(), {"/run", "/tmp", "/var/tmp"});
  return candidates;
}

// Executables are copied into it only where the user is changed.
bool WillDo(const std::string& base, const SandboxUser& user) {
  return access(base.c_str(), W_OK | X_OK) == 0 && CanReach(base, user, /*execute=*/user.drop);
}

void RemoveTree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

bool OwnedByUs(const std::string& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0 && S_ISDIR(file.st_mode) && file.st_uid == geteuid();
}

// Removes directories whose server has died.
void Sweep(const std::string& base) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(base, error)) {
    const std::string path = entry.path();
    if (!entry.path().filename().string().starts_with(kPrefix) || !OwnedByUs(path)) continue;
    if (access((path + kLockName).c_str(), F_OK) != 0) continue;
    if (FileSystem::Posix()->Lock(path + kLockName).ok()) RemoveTree(path);
  }
}

}  // namespace

RuntimeDirectory::RuntimeDirectory(std::string path, const SandboxUser& user,
                                   std::unique_ptr<FileLock> lock)
    : path_(std::move(path)), user_(user), lock_(std::move(lock)) {}

RuntimeDirectory::~RuntimeDirectory() {
  RemoveTree(path_);
}

Result<std::unique_ptr<RuntimeDirectory>> RuntimeDirectory::Make(const std::string& wanted,
                                                                 const SandboxUser& user) {
  std::string base = wanted;
  if (base.empty()) {
    for (const std::string& candidate : BaseCandidates(user)) {
      if (base.empty() && WillDo(candidate, user)) base = candidate;
    }
    if (base.empty()) {
      return Status(
          ErrorCode::kIo,
          "no directory for sockets: neither /run, /tmp nor /var/tmp can be written, walked "
          "through and executed from");
    }
  } else if (!WillDo(base, user)) {
    return Status(ErrorCode::kIo, base + " cannot be used for sockets: user " +
                                      std::to_string(user.uid) + " cannot walk down to it");
  }
  Sweep(base);
  std::string unlocked = base + kTemplate;
  if (mkdtemp(unlocked.data()) == nullptr) return SystemError("cannot make " + unlocked);
  auto lock = FileSystem::Posix()->Lock(unlocked + kLockName);
  if (!lock.ok()) return lock.status();
  const std::string path = base + "/" + unlocked.substr(unlocked.rfind('.') + 1);
  if (chmod(unlocked.c_str(), kDirectoryMode) != 0 || rename(unlocked.c_str(), path.c_str()) != 0) {
    return SystemError("cannot make " + path);
  }
  return std::unique_ptr<RuntimeDirectory>(new RuntimeDirectory(path, user, std::move(*lock)));
}

Result<HandlerEndpoint> RuntimeDirectory::MakeEndpoint() {
  HandlerEndpoint endpoint;
  endpoint.directory = path_ + "/" + std::to_string(next_endpoint_++);
  endpoint.address = kScheme + endpoint.directory + kSocketName;
  if (endpoint.directory.size() + sizeof kSocketName - 1 > kSocketPathMax) {
    return Status(ErrorCode::kIo, path_ + " is too long for the path of a socket");
  }
  if (mkdir(endpoint.directory.c_str(), kDirectoryMode) != 0 ||
      chmod(endpoint.directory.c_str(), kDirectoryMode) != 0) {
    return SystemError("cannot make " + endpoint.directory);
  }
  return endpoint;
}

Status RuntimeDirectory::HandOver(const HandlerEndpoint& endpoint) const {
  const std::string socket = endpoint.directory + kSocketName;
  if (chmod(socket.c_str(), 0600) != 0) return SystemError("nothing is bound to " + socket);
  if (user_.drop && lchown(socket.c_str(), user_.uid, user_.gid) != 0) {
    return SystemError("cannot hand over " + socket);
  }
  return Status::Ok();
}

void RuntimeDirectory::RemoveEndpoint(const HandlerEndpoint& endpoint) const {
  RemoveTree(endpoint.directory);
}

}  // namespace millrace
