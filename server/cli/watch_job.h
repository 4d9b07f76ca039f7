#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/json/json.h"
#include "server/cli/context.h"

namespace millrace {

// Starts a job on the server and stays with it until it ends: a progress bar meanwhile, `line` for
// what it has to say, and after Ctrl-C the job is stopped. With --json, lines and the job's end are
// printed as they are. Errors: kInvalidParameterValue when the job failed, and the judge's.
struct JobWatch {
  std::string target;  // Millrace_20261121.StartReplay
  std::string body;
  std::string what;  // "replaying"
  std::function<void(JsonValue line)> line;
  std::function<void(JsonValue job)> end;      // its last state, for people
  std::function<Status(JsonValue job)> judge;  // of a job that ended well: is it as it should be?
};
Status WatchJob(const CommandContext& context, const JobWatch& watch);

}  // namespace millrace
