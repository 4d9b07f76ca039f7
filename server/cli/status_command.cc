#include "server/cli/status_command.h"

#include "server/cli/context.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

Status ShowStatus(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("Millrace_20261121.Status", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  const std::optional<JsonValue> log = root.Find("Log");
  std::vector<std::vector<std::string>> rows = {
      {"version", StringMember(root, "Version")},
      {"region", StringMember(root, "Region")},
      {"durability", StringMember(root, "Durability")},
      {"uptime", Grouped(IntegerMember(root, "UptimeSeconds")) + " s"},
      {"tables", Grouped(IntegerMember(root, "TableCount"))},
      {"commits", Grouped(IntegerMember(root, "AppliedLsn"))},
  };
  if (log) {
    rows.push_back({"log", SizeText(IntegerMember(*log, "SizeBytes")) + " in " +
                               Grouped(IntegerMember(*log, "SegmentCount")) + " segments"});
  }
  if (const std::optional<JsonValue> triggers = root.Find("Triggers")) {
    rows.push_back({"functions", Grouped(IntegerMember(*triggers, "Functions"))});
    rows.push_back({"mappings", Grouped(IntegerMember(*triggers, "Mappings"))});
    const std::string problem = StringMember(*triggers, "SandboxProblem");
    rows.push_back({"sandbox", !problem.empty()                        ? "NONE: " + problem
                               : BooleanMember(*triggers, "Sandboxed") ? "yes"
                                                                       : "SWITCHED OFF"});
  }
  Print(Aligned(rows));
  return Status::Ok();
}

}  // namespace

void AddStatusCommand(Command* root) {
  root->Add({"status",
             "What the server is and has",
             "",
             {"millrace status", "millrace status --endpoint http://127.0.0.1:8001 --json"},
             "millrace table list and millrace mapping list have more."})
      .Run(ShowStatus);
}

}  // namespace millrace
