#include "server/cli/run_command.h"

#include <csignal>
#include <cstdio>

#include "server/cli/context.h"
#include "server/cli/exit_code.h"
#include "server/cli/server_names.h"
#include "server/cli/suggest.h"

namespace millrace {
namespace {

struct Complaint {
  int exit_code = kExitFailed;
  std::string text;
};

std::string Advice(const std::string& what, const std::string& wanted,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == wanted) return "";
  }
  if (names.empty()) {
    return "\nThere are no " + what + "s. Make one: millrace " + what + " create --help";
  }
  const std::vector<std::string> close = CloseNames(wanted, names);
  if (!close.empty()) return "\nDid you mean " + OrList(close) + "?";
  return "\nAll " + what + "s: millrace " + what + " list";
}

// For a table, function or mapping of the command line that isn't there: those with a close name,
// or how to see all. (A pipeline's error says that itself.)
std::string CloseNamesFor(const Command& command, ApiClient* api) {
  for (const auto& option : command.options()) {
    const bool table = option->kind() == ValueKind::kTable;
    const std::string wanted = option->assigned_text();
    const bool mapping = option->kind() == ValueKind::kMapping;
    const bool named = table || mapping || option->kind() == ValueKind::kFunction;
    if (!named || wanted.empty()) continue;
    const Result<std::vector<std::string>> names = NamesOf(option->kind(), api);
    if (!names.ok()) continue;
    const std::string advice = Advice(table     ? "table"
                                      : mapping ? "mapping"
                                                : "function",
                                      wanted, *names);
    if (!advice.empty()) return advice;
  }
  return "";
}

Complaint ComplaintOf(const Status& status, const Command& command, ApiClient* api) {
  Complaint complaint{kExitFailed, status.message()};
  if (status.Is(ErrorCode::kUnavailable)) {
    complaint.exit_code = kExitUnreachable;
  } else if (api->refusal() && api->refusal()->code() == status.code()) {
    complaint.exit_code = kExitRefused;
    if (status.Is(ErrorCode::kResourceNotFound)) complaint.text += CloseNamesFor(command, api);
  }
  return complaint;
}

}  // namespace

void Complain(const std::string& text, int exit_code, bool json) {
  std::string line = "millrace: " + text;
  if (json) {
    line.clear();
    JsonWriter writer(&line);
    writer.BeginObject();
    writer.Key("error");
    writer.String(text);
    writer.Key("exitCode");
    writer.Integer(exit_code);
    writer.EndObject();
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

int RunCommand(const Command& command, const CommonOptions& common) {
  if (command.run_here()) return command.run_here()();
  // Who reads our output may stop reading: then we end too, without a word.
  std::signal(SIGPIPE, SIG_DFL);
  const Result<Endpoint> endpoint = ParseEndpoint(common.endpoint);
  if (!endpoint.ok()) {
    Complain(endpoint.status().message(), kExitUsage, common.json);
    return kExitUsage;
  }
  ApiClient api(*endpoint, common.region);
  Interrupts interrupts;
  const SystemClock clock;
  const CommandContext context{&api,   common.json, Terminal::Find(), &interrupts,
                               &clock, *endpoint,   common.region};
  const Status status = command.run()(context);
  std::fflush(stdout);
  const bool interrupted = interrupts.Came();
  if (status.ok()) return interrupted ? kExitInterrupted : kExitOk;
  const Complaint complaint = ComplaintOf(status, command, &api);
  Complain(complaint.text, complaint.exit_code, common.json);
  return interrupted ? static_cast<int>(kExitInterrupted) : complaint.exit_code;
}

}  // namespace millrace
