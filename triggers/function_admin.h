#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "triggers/broker.h"
#include "triggers/trigger_service.h"

namespace millrace {

// The functions of a TriggerService: what each call means is said there. Thread-safe.
class FunctionAdmin {
 public:
  // All outlive it. `changes`: one change of the definitions at a time.
  FunctionAdmin(Database* database, Spawner* spawner, const Clock* clock,
                const TriggerOptions* options, Broker* broker, std::mutex* changes);

  Result<FunctionDescription> Create(const FunctionSpec& spec);
  Result<FunctionDescription> UpdateCode(std::string_view name, const std::string& executable);
  Result<FunctionDescription> UpdateConfiguration(std::string_view name,
                                                  const FunctionChange& change);
  Result<FunctionDescription> Get(std::string_view name) const;
  std::vector<FunctionDescription> List() const;
  Status Delete(std::string_view name);
  Result<LogPage> Logs(std::string_view name, uint64_t from, size_t limit) const;
  FunctionLog::WaiterId AwaitLogs(std::string_view name, uint64_t from, std::function<void()> wake);
  void CancelAwaitLogs(std::string_view name, FunctionLog::WaiterId waiter);
  // "Function not found: ARN"
  Status NotFound(std::string_view name) const;

 private:
  Result<FunctionCell> Find(std::string_view name) const;
  Result<FunctionDescription> Update(FunctionCell cell);
  FunctionDescription Describe(const FunctionRun& function) const;
  Status CommitCell(const std::string& name, std::optional<uint64_t> expected_version,
                    std::optional<std::string> value) const;

  Database* database_;
  Spawner* spawner_;
  const Clock* clock_;
  const TriggerOptions* options_;
  Broker* broker_;
  std::mutex* changes_;
};

}  // namespace millrace
