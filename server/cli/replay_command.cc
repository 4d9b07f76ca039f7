#include "server/cli/replay_command.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/cli/context.h"
#include "server/cli/counted.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"
#include "server/cli/watch_job.h"

namespace millrace {
namespace {

struct ReplayLine {
  std::string table;
  std::string function;
  std::string from = "oldest";
  std::string to;
  bool print = false;
  bool compare = false;
  std::vector<std::string> into;  // one PREFIX, or NAME=OTHER
  std::vector<std::string> divert;
  bool without_old_images = false;
  std::optional<int64_t> batch_size;
};

Status Invalid(std::string message) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(message));
}

Status WriteInto(const ReplayLine& line, JsonWriter* writer) {
  std::string prefix;
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string& into : line.into) {
    const size_t equals = into.find('=');
    if (equals == into.npos) {
      if (!prefix.empty()) return Invalid("--into takes one prefix, or NAME=OTHER for each table");
      prefix = into;
    } else {
      names.emplace_back(into.substr(0, equals), into.substr(equals + 1));
    }
  }
  WriteText("Prefix", prefix, writer);
  if (names.empty()) return Status::Ok();
  writer->Key("Tables");
  writer->BeginObject();
  for (const auto& [name, other] : names) {
    writer->Key(name);
    writer->String(other);
  }
  writer->EndObject();
  return Status::Ok();
}

Result<std::string> ReplayBody(const CommandContext& context, const ReplayLine& line) {
  if (line.print + line.compare + !line.into.empty() > 1) {
    return Invalid("--print, --into and --compare exclude each other");
  }
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", line.table, &writer);
  WriteText("FunctionName", line.function, &writer);
  const int64_t now = context.clock->WallMicros();
  RETURN_IF_ERROR(WriteRangeBound(RangeSide::kFrom, line.from, now, &writer));
  RETURN_IF_ERROR(WriteRangeBound(RangeSide::kTo, line.to, now, &writer));
  WriteText("Mode", line.compare ? "COMPARE" : line.into.empty() ? "PRINT" : "INTO", &writer);
  RETURN_IF_ERROR(WriteInto(line, &writer));
  if (!line.divert.empty()) {
    writer.Key("Divert");
    writer.BeginArray();
    for (const std::string& name : line.divert) writer.String(name);
    writer.EndArray();
  }
  writer.Key("WithoutOldImages");
  writer.Bool(line.without_old_images);
  WriteOptional("BatchSize", line.batch_size, &writer);
  writer.EndObject();
  return body;
}

void PrintDifference(JsonValue line) {
  Print(StringMember(line, "TableName") + ": " + StringMember(line, "Message"));
  for (const char* side : {"Replayed", "Live"}) {
    if (const auto item = line.Find(side)) {
      Print("    " + std::string(side) + ": " + Printable(AttributesText(*item)));
    }
  }
}

// What #names and :values of a write's expressions stand for.
std::string PlaceholdersText(JsonValue write) {
  std::string text;
  if (const auto names = write.Find("ExpressionAttributeNames")) {
    const Status done = names->ForEachMember([&text](std::string_view name, JsonValue attribute) {
      text += " " + Printable(name) + "=" + Printable(attribute.string());
      return Status::Ok();
    });
    MILLRACE_CHECK(done.ok());
  }
  if (const auto values = write.Find("ExpressionAttributeValues")) {
    text += " " + Printable(AttributesText(*values));
  }
  return text.empty() ? "" : "  with" + text;
}

void PrintWrite(JsonValue line) {
  for (const char* kind : {"Put", "Update", "Delete"}) {
    const auto write = line.Find(kind);
    if (!write) continue;
    std::string text = StringMember(line, "SequenceNumber") + "  " + kind + " " +
                       StringMember(*write, "TableName");
    for (const char* member : {"Item", "Key"}) {
      if (const auto item = write->Find(member)) text += " " + Printable(AttributesText(*item));
    }
    for (const char* member : {"UpdateExpression", "ConditionExpression"}) {
      const std::string expression = StringMember(*write, member);
      if (!expression.empty()) {
        text += (member[0] == 'C' ? " if " : ": ") + Printable(expression);
      }
    }
    Print(text + PlaceholdersText(*write));
  }
}

void PrintLine(JsonValue line) {
  const std::string kind = StringMember(line, "Kind");
  if (kind == "WRITE") return PrintWrite(line);
  if (kind == "DIFFERENCE") return PrintDifference(line);
  Print(StringMember(line, "SequenceNumber") + "  FAILED " +
        Printable(StringMember(line, "Message")));
}

void PrintEnd(JsonValue job) {
  std::string text = Counted(IntegerMember(job, "Done"), "record") + ", " +
                     Counted(IntegerMember(job, "Writes"), "write");
  if (const int64_t failed = IntegerMember(job, "Failed"); failed > 0) {
    text += ", " + Counted(failed, "record") + " failed";
  }
  Print(text + (StringMember(job, "State") == "STOPPED" ? ". Stopped before the end." : "."));
  const Status status = job.Find("Items")->ForEachElement([](JsonValue counts) {
    Print(StringMember(counts, "TableName") + ": " + Grouped(IntegerMember(counts, "Equal")) +
          " items equal, " + Grouped(IntegerMember(counts, "Different")) + " different, " +
          Grouped(IntegerMember(counts, "OnlyReplayed")) + " only in the replay, " +
          Grouped(IntegerMember(counts, "OnlyLive")) + " only in the table.");
    return Status::Ok();
  });
  if (!status.ok()) Print(status.message());
  const int64_t differences = IntegerMember(job, "Differences");
  const int64_t shown = IntegerMember(job, "DifferencesShown");
  if (differences == 0) return;
  Print(
      Counted(differences, "difference") + " in all" +
      (shown < differences ? ", of which only the first " + Grouped(shown) + " are shown." : "."));
}

// A comparison is as it should be when nothing differs.
Status JudgeReplay(JsonValue job) {
  if (IntegerMember(job, "Failed") == 0 && IntegerMember(job, "Differences") == 0) {
    return Status::Ok();
  }
  return Status(ErrorCode::kInvalidParameterValue, "records failed, or what they made differs");
}

Status RunReplay(const CommandContext& context, const ReplayLine& line) {
  JobWatch watch;
  watch.target = "Millrace_20261121.StartReplay";
  ASSIGN_OR_RETURN(watch.body, ReplayBody(context, line));
  watch.what = "replaying";
  watch.line = PrintLine;
  watch.end = PrintEnd;
  watch.judge = JudgeReplay;
  return WatchJob(context, watch);
}

}  // namespace

void AddReplayCommand(Command* root) {
  const auto line = std::make_shared<ReplayLine>();
  Command& replay = root->Add(
      {"replay",
       "Give old records of a table to a function, and see what it would write",
       "Records come from the log, in order, as a mapping would deliver them. The writes go "
       "nowhere "
       "unless you say where: --into makes them into other tables, which are made like those they "
       "stand for (with indexes, billing mode, units, class and "
       "tags; without stream, deletion protection, time to live and resource policies) and must be "
       "empty; --compare makes them into temporary ones, and says how these "
       "differ from the live tables: how many items do, and the first 20 of them.\n"
       "What the function reads is answered by the live tables as they are now, but for diverted "
       "tables: those it has written to, and those that --into and --divert name.\n"
       "While it runs, the log is kept for it, up to seven days or 64 GB. When the log is trimmed "
       "before it has read it, it ends, and says what it missed.",
       {"millrace replay flights --function airport_delays --from -1h",
        "millrace replay flights --function airport_delays --from oldest --compare",
        "millrace replay flights --function mended --from 2026-11-21T03:30 --into try-",
        "millrace replay flights --function mended --into airports=airports2"},
       "millrace function update NAME --code PATH makes it the code that runs."});
  replay.Argument("table", &line->table, "The table whose records").Kind(ValueKind::kTable);
  replay.Option("--function", &line->function, "NAME", "The function")
      .Kind(ValueKind::kFunction)
      .Required();
  replay.Option("--from", &line->from, "TIME", "A time, -15m, a sequence number, or oldest")
      .Default("oldest")
      .Check(CheckLogPlace);
  replay.Option("--to", &line->to, "TIME", "The last one, included; as --from")
      .Default("now")
      .Check(CheckLogPlace);
  replay.Flag("--print", &line->print, "Print the writes; what is done unless you say otherwise");
  replay.Option("--into", &line->into, "PREFIX|NAME=OTHER",
                "Make the writes into tables with this prefix, or into these");
  replay.Flag("--compare", &line->compare, "Compare what comes out with the live tables");
  replay
      .Option("--divert", &line->divert, "TABLE",
              "A table that the function reads before it writes to it")
      .Kind(ValueKind::kTable);
  replay.Flag("--without-old-images", &line->without_old_images,
              "Replay records whose old image wasn't stored, too");
  replay.Option("--batch-size", &line->batch_size, "N", "Records of one call; 100");
  replay.Run([line](const CommandContext& context) { return RunReplay(context, *line); });
}

}  // namespace millrace
