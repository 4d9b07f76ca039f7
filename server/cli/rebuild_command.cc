#include "server/cli/rebuild_command.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/cli/context.h"
#include "server/cli/counted.h"
#include "server/cli/progress.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kPause(200);  // when the server is busy, or makes indexes

struct RebuildLine {
  std::string table;
  std::string into;
  std::string at;
};

Result<std::string> BodyOf(const RebuildLine& line, int64_t now) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", line.table, &writer);
  WriteText("TargetTableName", line.into, &writer);
  if (!line.at.empty()) {
    ASSIGN_OR_RETURN(const LogPlace place, ParseLogPlace(line.at, now));
    if (place.kind == LogPlace::Kind::kTime) {
      writer.Key("AtTime");
      writer.Double(static_cast<double>(place.micros) / 1e6);
      if (line.at[0] == '-') WriteText("AtText", line.at, &writer);
    } else if (place.kind == LogPlace::Kind::kSequenceNumber) {
      WriteText("AtSequenceNumber", place.sequence_number, &writer);
    } else if (place.kind == LogPlace::Kind::kOldest) {
      return Status(ErrorCode::kInvalidParameterValue,
                    "--at is a time or a sequence number; at the start there is nothing");
    }
  }
  writer.EndObject();
  return body;
}

Status Interrupted(const RebuildLine& line) {
  return Status(ErrorCode::kInvalidParameterValue,
                line.into + " is not complete. To go on where it was: millrace rebuild " +
                    line.table + " --into " + line.into);
}

Status Rebuild(const CommandContext& context, const RebuildLine& line) {
  ASSIGN_OR_RETURN(std::string body, BodyOf(line, context.clock->WallMicros()));
  RebuildLine begun = line;  // its time is fixed by the first call
  begun.at.clear();
  context.interrupts->Catch();
  std::unique_ptr<ProgressBar> bar;
  for (;;) {
    const Result<JsonValue> root = context.api->Call("Millrace_20261121.RebuildTable", body);
    if (!root.ok() && !root.status().Is(ErrorCode::kThrottling)) return root.status();
    if (!root.ok()) {
      if (context.interrupts->WaitFor(kPause)) return Interrupted(line);
      continue;
    }
    ASSIGN_OR_RETURN(body, BodyOf(begun, 0));
    const int64_t first = IntegerMember(*root, "FirstLsn");
    const int64_t last = IntegerMember(*root, "AsOfLsn");
    const std::string counts = Counted(IntegerMember(*root, "Records"), "record");
    if (BooleanMember(*root, "Done")) {
      bar.reset();
      Print(context.json ? context.api->reply_text()
                         : line.into + " holds what " + line.table + " was after commit " +
                               std::to_string(last) + ": " + counts + " made it, in " +
                               Counted(IntegerMember(*root, "Writes"), "write") + ".");
      return Status::Ok();
    }
    if (bar == nullptr) {
      bar =
          std::make_unique<ProgressBar>(context.terminal, context.clock, "rebuilding",
                                        static_cast<uint64_t>(std::max<int64_t>(last - first, 1)));
    }
    bar->Set(static_cast<uint64_t>(std::max<int64_t>(IntegerMember(*root, "NextLsn") - first, 0)),
             counts);
    // All is copied, and indexes are being made.
    const bool waits = IntegerMember(*root, "NextLsn") > last;
    if (waits ? context.interrupts->WaitFor(kPause) : context.interrupts->Came()) {
      return Interrupted(line);
    }
  }
}

}  // namespace

void AddRebuildCommand(Command* root) {
  const auto line = std::make_shared<RebuildLine>();
  Command& rebuild = root->Add(
      {"rebuild",
       "A new table with what a table was at some time, from the log",
       "Makes the table of the images that the log holds, now or as of --at, also of a table that "
       "has been deleted since. It needs the table's whole log: records older than 24 hours may be "
       "gone, and then it is refused. Ctrl-C, a lost connection or a restarted server do no harm: "
       "the same command goes on where it was, as of the time that --at meant at first.\n"
       "A table that it makes gets the key, the indexes as they are now, billing mode, units, "
       "class "
       "and tags of the source. It gets no stream (its writes would call functions for what "
       "happened "
       "long ago), no deletion protection (it is yours to look at and delete), no time to live "
       "(what "
       "was over would end again at once) and no resource policy (that names the source): millrace "
       "table update sets the first three. An empty table of your own is left as it is.",
       {"millrace rebuild orders --into orders_copy",
        "millrace rebuild orders --into orders_before --at 2026-11-21T03:30",
        "millrace rebuild orders --into orders_before --at -2h"},
       "millrace verify TABLE compares a table with its own log."});
  rebuild.Argument("table", &line->table, "The table; or one that had the name");
  rebuild
      .Option("--into", &line->into, "TABLE",
              "The table to be made; or one that is empty and has the same key")
      .Required();
  rebuild
      .Option("--at", &line->at, "TIME",
              "The state as of then, a time or a sequence number; now if absent")
      .Check(CheckLogPlace);
  rebuild.Run([line](const CommandContext& context) { return Rebuild(context, *line); });
}

}  // namespace millrace
