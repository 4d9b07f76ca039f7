#include "triggers/process/sandbox_options.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "sdk/environment.h"

namespace millrace {
namespace {

constexpr char kSocketDirectoryInSandbox[] = "/run/millrace";
// What programs take for granted. Each mount costs almost half a millisecond of a start.
constexpr std::string_view kDevices[] = {"/dev/null", "/dev/urandom"};
constexpr std::string_view kSystemFolders[] = {"/bin",   "/sbin",  "/lib",
                                               "/lib32", "/lib64", "/libx32"};

using Arguments = std::vector<std::string>;

void Add(Arguments* to, std::initializer_list<std::string> arguments) {
  to->insert(to->end(), arguments);
}

// Links into /usr on every current system; folders of their own on older ones.
void AddSystem(Arguments* to) {
  Add(to, {"--ro-bind", "/usr", "/usr"});
  for (const std::string_view folder : kSystemFolders) {
    const std::string path(folder);
    std::error_code error;
    const auto link = std::filesystem::read_symlink(path, error);
    if (!error) {
      Add(to, {"--symlink", link.string(), path});
    } else if (std::filesystem::is_directory(path, error)) {
      Add(to, {"--ro-bind", path, path});
    }
  }
  // Without it the loader looks in the default folders alone.
  Add(to, {"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
}

void AddNamespaces(Arguments* to) {
  Add(to, {"--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent",
           "--new-session", "--hostname", "millrace"});
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

Arguments SandboxArguments(const SandboxMounts& mounts, const Environment& environment) {
  Arguments arguments;
  AddNamespaces(&arguments);
  AddSystem(&arguments);
  for (const std::string_view device : kDevices) {
    Add(&arguments, {"--dev-bind", std::string(device), std::string(device)});
  }
  if (mounts.tmp_size != 0) Add(&arguments, {"--size", std::to_string(mounts.tmp_size)});
  Add(&arguments, {"--perms", "0700", "--tmpfs", "/tmp"});
  if (mounts.mount_proc) Add(&arguments, {"--proc", "/proc"});
  if (!mounts.executable.empty()) {
    Add(&arguments, {"--ro-bind", mounts.executable, kHandlerInSandbox});
  }
  if (!mounts.socket_directory.empty()) {
    Add(&arguments, {"--ro-bind", mounts.socket_directory, kSocketDirectoryInSandbox});
  }
  // Last: the mount points above had to be made.
  Add(&arguments, {"--remount-ro", "/", "--chdir", "/tmp", "--clearenv"});
  for (const auto& [name, value] : environment) Add(&arguments, {"--setenv", name, value});
  return arguments;
}

Result<Environment> HandlerEnvironment(const HandlerSpec& spec, const std::string& socket_path) {
  Environment environment = {
      {"PATH", "/usr/bin:/bin"}, {"HOME", "/tmp"}, {"TMPDIR", "/tmp"}, {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : spec.environment) {
    if (!IsVariableName(name) || value.find('\0') != std::string::npos) {
      return Status(ErrorCode::kInvalidParameterValue, "not an environment variable: " + name);
    }
    if (name.starts_with(kEnvironmentPrefix)) {
      return Status(ErrorCode::kInvalidParameterValue,
                    "environment variables that begin with MILLRACE_ are the server's: " + name);
    }
    environment.emplace_back(name, value);
  }
  environment.emplace_back(kSocketVariable, socket_path);
  environment.emplace_back(kTokenVariable, spec.token);
  return environment;
}

}  // namespace millrace
