#pragma once

#include <cstdint>
#include <string>

namespace millrace {

// Whom a sandbox runs as.
struct SandboxUser {
  uint32_t uid = 0;
  uint32_t gid = 0;
  bool drop = false;  // the server is root and must become this user
};
// The server's own user, unless that is root: then the given one.
SandboxUser ChooseSandboxUser(uint32_t uid, uint32_t gid);

// May `user` walk down to `path` and, with `execute`, run it? Looks at the modes of every directory
// on the way and at the mount: a sandbox can only bind what its user can reach, and a data
// directory often lies below a directory of mode 0700. True for the server's own user. Access lists
// are ignored.
bool CanReach(const std::string& path, const SandboxUser& user, bool execute);

}  // namespace millrace
