#include <algorithm>
#include <memory>
#include <utility>

#include "triggers/process/executable_store.h"
#include "triggers/process/launch.h"
#include "triggers/process/runtime_directory.h"
#include "triggers/process/sandbox_options.h"
#include "triggers/process/sandbox_process.h"
#include "triggers/process/spawner.h"

namespace millrace {
namespace {

constexpr char kScheme[] = "ipc://";

std::vector<std::string> Assignments(const Environment& environment) {
  std::vector<std::string> assignments;
  for (const auto& [name, value] : environment) assignments.push_back(name + "=" + value);
  return assignments;
}

class SandboxSpawner final : public Spawner {
 public:
  SandboxSpawner(const SandboxOptions& options, const SandboxUser& user,
                 std::shared_ptr<RuntimeDirectory> runtime)
      : options_(options),
        user_(user),
        runtime_(std::move(runtime)),
        store_(options.store_directory, runtime_->path(), StoreUser()) {}

  Result<std::string> Stage(const std::string& executable) override {
    return store_.Stage(executable);
  }
  bool IsStaged(std::string_view digest) const override { return store_.Has(digest); }
  Result<HandlerEndpoint> MakeEndpoint() override { return runtime_->MakeEndpoint(); }
  void RemoveEndpoint(const HandlerEndpoint& endpoint) override {
    runtime_->RemoveEndpoint(endpoint);
  }

  Result<std::unique_ptr<HandlerProcess>> Spawn(const HandlerSpec& spec) override {
    ASSIGN_OR_RETURN(const std::string executable, store_.ReachablePath(spec.digest));
    RETURN_IF_ERROR(runtime_->HandOver(spec.endpoint));
    ASSIGN_OR_RETURN(Launched launched, options_.unsandboxed_handlers
                                            ? LaunchBare(spec, executable)
                                            : LaunchSandboxed(spec, executable));
    return std::unique_ptr<HandlerProcess>(
        std::make_unique<SandboxProcess>(std::move(launched), spec.endpoint, runtime_));
  }

 private:
  // Whoever runs the executables must reach them.
  SandboxUser StoreUser() const { return options_.unsandboxed_handlers ? SandboxUser{} : user_; }

  LaunchRequest RequestFor(const HandlerSpec& spec, const std::string& program) const {
    LaunchRequest request;
    request.sandboxed = !options_.unsandboxed_handlers;
    request.drop_user = user_.drop;
    request.uid = user_.uid;
    request.gid = user_.gid;
    request.memory_bytes = spec.limits.memory_bytes;
    request.open_files = spec.limits.open_files;
    request.threads = spec.limits.threads;
    request.file_size = spec.limits.file_size;
    request.bwrap = options_.bwrap;
    request.command = {program};
    request.command.insert(request.command.end(), spec.arguments.begin(), spec.arguments.end());
    return request;
  }

  Result<Launched> LaunchSandboxed(const HandlerSpec& spec, const std::string& executable) const {
    ASSIGN_OR_RETURN(const Environment environment, HandlerEnvironment(spec, kSocketInSandbox));
    SandboxMounts mounts;
    mounts.executable = executable;
    mounts.socket_directory = spec.endpoint.directory;
    mounts.tmp_size = spec.limits.tmp_size;
    mounts.mount_proc = options_.mount_proc;
    return Launch(options_.launcher, RequestFor(spec, kHandlerInSandbox),
                  SandboxArguments(mounts, environment));
  }

  Result<Launched> LaunchBare(const HandlerSpec& spec, const std::string& executable) const {
    const std::string socket = spec.endpoint.address.substr(sizeof kScheme - 1);
    ASSIGN_OR_RETURN(const Environment environment, HandlerEnvironment(spec, socket));
    return Launch(options_.launcher, RequestFor(spec, executable), Assignments(environment));
  }

  const SandboxOptions options_;
  const SandboxUser user_;
  // Shared with the processes, which may outlive the spawner.
  const std::shared_ptr<RuntimeDirectory> runtime_;
  ExecutableStore store_;
};

}  // namespace

Result<std::unique_ptr<Spawner>> MakeSandboxSpawner(const SandboxOptions& given) {
  SandboxOptions options = given;
  if (options.launcher.empty()) options.launcher = LauncherBesideProgram();
  const SandboxUser user = ChooseSandboxUser(options.uid, options.gid);
  RETURN_IF_ERROR(ExecutableStore::Prepare(options.store_directory));
  ASSIGN_OR_RETURN(auto runtime, RuntimeDirectory::Make(options.runtime_base, user));
  return std::unique_ptr<Spawner>(
      std::make_unique<SandboxSpawner>(options, user, std::move(runtime)));
}

}  // namespace millrace
