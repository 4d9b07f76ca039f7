#include "triggers/process/reach.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace millrace {
namespace {

bool MayEnter(const struct stat& file, const SandboxUser& user) {
  if (file.st_uid == user.uid) return (file.st_mode & S_IXUSR) != 0;
  if (file.st_gid == user.gid) return (file.st_mode & S_IXGRP) != 0;
  return (file.st_mode & S_IXOTH) != 0;
}

bool MayRun(const std::string& path, const SandboxUser& user) {
  struct stat file {};
  struct statvfs mount {};
  if (stat(path.c_str(), &file) != 0 || statvfs(path.c_str(), &mount) != 0) return false;
  return MayEnter(file, user) && (mount.f_flag & ST_NOEXEC) == 0;
}

}  // namespace

SandboxUser ChooseSandboxUser(uint32_t uid, uint32_t gid) {
  if (geteuid() == 0) return {uid, gid, true};
  return {geteuid(), getegid(), false};
}

bool CanReach(const std::string& path, const SandboxUser& user, bool execute) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  if (!real) return false;
  const std::string resolved = real.get();
  if (execute && !MayRun(resolved, user)) return false;
  if (!user.drop) return true;
  for (size_t slash = resolved.find('/', 1); slash != std::string::npos;
       slash = resolved.find('/', slash + 1)) {
    struct stat directory {};
    if (stat(resolved.substr(0, slash).c_str(), &directory) != 0) return false;
    if (!MayEnter(directory, user)) return false;
  }
  return true;
}

}  // namespace millrace
