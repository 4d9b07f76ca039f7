#include "server/cli/status_command.h"

#include <cstdio>

#include "server/cli/context.h"
#include "server/cli/status_view.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

struct StatusLine {
  bool watch = false;
  int64_t interval_seconds = 2;
};

constexpr const char* kHomeAndClearBelow = "\x1b[H\x1b[J";

Status ShowOnce(const CommandContext& context, const char* before) {
  ASSIGN_OR_RETURN(const ServerView view, AskForView(context.api));
  std::fputs(before, stdout);
  Print(context.json ? view.json : TextOf(view, context.terminal));
  std::fflush(stdout);
  return Status::Ok();
}

// On a terminal each overview replaces the one before; else they follow each other. A server that
// is there at first and then goes away is waited for.
Status Watch(const CommandContext& context, int64_t interval_seconds) {
  const bool redraw = context.terminal.out && !context.json;
  if (redraw) std::fputs("\x1b[2J", stdout);
  context.interrupts->Catch();
  const char* const before = redraw ? kHomeAndClearBelow : "";
  RETURN_IF_ERROR(ShowOnce(context, before));
  while (!context.interrupts->WaitFor(std::chrono::seconds(interval_seconds))) {
    const Status shown = ShowOnce(context, before);
    if (shown.ok()) continue;
    const bool away = shown.Is(ErrorCode::kUnavailable) || shown.Is(ErrorCode::kServiceUnavailable);
    if (!away) return shown;
    std::fprintf(stderr, "%s\n", shown.message().c_str());
  }
  return Status::Ok();
}

}  // namespace

void AddStatusCommand(Command* root) {
  const auto line = std::make_shared<StatusLine>();
  Command& status = root->Add(
      {"status",
       "What the server is and has, at a glance",
       "Tables with their streams, functions, mappings and pipelines with their lag, the "
       "log. With --json one object: what the operation Status answers, and Tables, Functions and "
       "EventSourceMappings.",
       {"millrace status", "millrace status --watch",
        "millrace status --endpoint http://127.0.0.1:8001 --json"},
       "millrace mapping list and millrace logs FUNCTION when a mapping is behind."});
  status.Flag("--watch,-w", &line->watch, "Again and again, until Ctrl-C");
  status.Option("--interval", &line->interval_seconds, "SECONDS", "Between two looks, with --watch")
      .Within(1, 3600)
      .Default("2");
  status.Run([line](const CommandContext& context) {
    return line->watch ? Watch(context, line->interval_seconds) : ShowOnce(context, "");
  });
}

}  // namespace millrace
