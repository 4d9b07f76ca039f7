#include "server/cli/cdc_commands.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "connectors/cdc/verify_directory.h"
#include "engine/model/utf8.h"
#include "server/cli/ask.h"
#include "server/cli/counted.h"
#include "server/cli/gap_text.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"
#include "server/protocol/cdc_json.h"

namespace millrace {
namespace {

struct CreateLine {
  std::string name;
  std::string table;
  std::string directory;  // made absolute
  bool snapshot = false;
  std::string starting_position;  // empty: the server's default
  std::string view;
  std::optional<int64_t> roll_bytes;
  std::optional<int64_t> roll_seconds;
  std::optional<int64_t> compression_level;
};

struct UpdateLine {
  std::string name;
  std::optional<int64_t> roll_bytes;
  std::optional<int64_t> roll_seconds;
};

std::string NameBody(const std::string& name) {
  return BodyOf("PipelineName", name);
}

Result<std::string> CreateBody(const CreateLine& command) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(command.directory, error);
  if (error || !IsValidUtf8(path.string())) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "--to is not the path of a directory, in UTF-8");
  }
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  writer.Key("PipelineName");
  writer.String(command.name);
  writer.Key("TableName");
  writer.String(command.table);
  writer.Key("Directory");
  writer.String(path.lexically_normal().string());
  writer.Key("Snapshot");
  writer.Bool(command.snapshot);
  WriteText("StartingPosition", command.starting_position, &writer);
  WriteText("StreamViewType", command.view, &writer);
  WriteOptional("RollBytes", command.roll_bytes, &writer);
  WriteOptional("RollSeconds", command.roll_seconds, &writer);
  WriteOptional("CompressionLevel", command.compression_level, &writer);
  writer.EndObject();
  return body;
}

std::string LagText(JsonValue pipeline) {
  const std::optional<JsonValue> lag = pipeline.Find("Lag");
  if (!lag) return "";
  std::string text = Grouped(IntegerMember(*lag, "Records"));
  if (BooleanMember(*lag, "RecordsAreMore")) text += "+";
  const int64_t millis = IntegerMember(*lag, "Milliseconds");
  if (millis > 0) text += ", " + Grouped(millis) + " ms old";
  return text;
}

std::string TimeMember(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> time = object.Find(name);
  return time ? TimeText(time->number()) : "-";
}

void PrintPipeline(JsonValue pipeline) {
  std::vector<std::vector<std::string>> rows = {
      {"pipeline", StringMember(pipeline, "PipelineName")},
      {"state", StringMember(pipeline, "State")},
      {"table", StringMember(pipeline, "TableName") + " (id " +
                    std::to_string(IntegerMember(pipeline, "TableId")) + "), " +
                    StringMember(pipeline, "StreamViewType")},
      {"directory", Printable(StringMember(pipeline, "Directory"))},
      {"a new file", "every " + SizeText(IntegerMember(pipeline, "RollBytes")) + " or " +
                         Grouped(IntegerMember(pipeline, "RollSeconds")) + " s"},
      {"files", Grouped(IntegerMember(pipeline, "Files")) + ", " +
                    SizeText(IntegerMember(pipeline, "Bytes")) + " (" +
                    SizeText(IntegerMember(pipeline, "UncompressedBytes")) + " uncompressed)"},
      {"last file", TimeMember(pipeline, "LastFileDateTime")},
      {"records", Grouped(IntegerMember(pipeline, "Records"))},
      {"waiting", LagText(pipeline)},
  };
  if (StringMember(pipeline, "SnapshotState") != "NONE") {
    rows.push_back({"snapshot", StringMember(pipeline, "SnapshotState") + ", " +
                                    Counted(IntegerMember(pipeline, "SnapshotRecords"), "item")});
  }
  const std::string lost = GapText(pipeline, "the table's", "all in the manifest");
  if (!lost.empty()) rows.push_back({"LOST", lost});
  if (const int64_t count = IntegerMember(pipeline, "IncompleteRecords"); count > 0) {
    rows.push_back({"no old image", Grouped(count) + " records: the table's stream no longer "
                                                     "stored it"});
  }
  if (const std::string error = StringMember(pipeline, "LastError"); !error.empty()) {
    rows.push_back({"last error", TimeMember(pipeline, "LastErrorDateTime") + "  " + error});
  }
  Print(Aligned(rows));
}

Status Say(const CommandContext& context, std::string_view operation, std::string_view body,
           const std::string& line) {
  return AskAndSay(context, "Millrace_20261121." + std::string(operation), body, line);
}

// Of the server, or of a verification here, in the same form.
Status ShowVerification(JsonValue report, const std::string& what) {
  Print(Counted(IntegerMember(report, "Files"), "file") + " with " +
        Counted(IntegerMember(report, "Records"), "record") + " (" +
        Grouped(IntegerMember(report, "SnapshotRecords")) + " of a snapshot), through commit " +
        Grouped(IntegerMember(report, "ThroughLsn")) + ".");
  if (report.Find("SnapshotComplete") && !BooleanMember(report, "SnapshotComplete")) {
    Print(BooleanMember(report, "Ended")
              ? "The table was deleted before the snapshot was complete: items are missing."
              : "The snapshot is not complete yet.");
  }
  if (const int64_t gaps = IntegerMember(report, "Gaps"); gaps > 0) {
    Print(Grouped(gaps) + (gaps == 1 ? " recorded gap" : " recorded gaps") +
          ": what the table had in those commits was trimmed before it was read; the manifest says "
          "which.");
  }
  if (report.Find("LogFromLsn")) {
    Print(Counted(IntegerMember(report, "LogRecords"), "record") +
          " compared with the log, which reaches back to commit " +
          Grouped(IntegerMember(report, "LogFromLsn")) + ".");
  }
  if (BooleanMember(report, "Intact")) {
    Print("Every record is there once, in order.");
    return Status::Ok();
  }
  const std::optional<JsonValue> problems = report.Find("Problems");
  if (problems) {
    RETURN_IF_ERROR(problems->ForEachElement([](JsonValue problem) {
      Print("  " + std::string(problem.string()));
      return Status::Ok();
    }));
  }
  return Status(ErrorCode::kInvalidParameterValue,
                what + ": " + Counted(IntegerMember(report, "ProblemCount"), "problem"));
}

std::string StartText(const CreateLine& command) {
  if (command.snapshot) return ", after the items that are there.";
  return command.starting_position == "TRIM_HORIZON" ? ", from the oldest on." : " from now on.";
}

Status CreatePipeline(const CommandContext& context, const CreateLine& command) {
  ASSIGN_OR_RETURN(const std::string body, CreateBody(command));
  return Say(context, "CreatePipeline", body,
             "Changes of " + command.table + " go to files in " + Printable(command.directory) +
                 StartText(command) + " How far it is: millrace cdc describe " + command.name);
}

Status ListPipelines(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.ListPipelines", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  std::vector<std::vector<std::string>> rows = {
      {"PIPELINE", "TABLE", "STATE", "FILES", "RECORDS", "WAITING", "DIRECTORY"}};
  RETURN_IF_ERROR(root.Find("Pipelines")->ForEachElement([&rows](JsonValue pipeline) {
    rows.push_back({StringMember(pipeline, "PipelineName"), StringMember(pipeline, "TableName"),
                    StringMember(pipeline, "State"), Grouped(IntegerMember(pipeline, "Files")),
                    Grouped(IntegerMember(pipeline, "Records")), LagText(pipeline),
                    Printable(StringMember(pipeline, "Directory"))});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no pipelines. Make one: millrace cdc create --help"
                         : Aligned(rows));
  return Status::Ok();
}

Status DescribePipeline(const CommandContext& context, const std::string& name) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.DescribePipeline", NameBody(name)));
  if (context.json) {
    Print(context.api->reply_text());
  } else {
    PrintPipeline(root);
  }
  return Status::Ok();
}

Status PausePipeline(const CommandContext& context, const std::string& name) {
  return Say(
      context, "PausePipeline", NameBody(name),
      "Paused " + name + ". The log is kept for it; go on with: millrace cdc resume " + name);
}

Status ResumePipeline(const CommandContext& context, const std::string& name) {
  return Say(context, "ResumePipeline", NameBody(name), name + " goes on.");
}

Status DeletePipeline(const CommandContext& context, const std::string& name) {
  return Say(context, "DeletePipeline", NameBody(name),
             "Deleted the pipeline " + name + ". Its files stay where they are.");
}

Status UpdatePipeline(const CommandContext& context, const UpdateLine& command) {
  if (!command.roll_bytes && !command.roll_seconds) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "nothing to change: give --roll-bytes or --roll-seconds");
  }
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  writer.Key("PipelineName");
  writer.String(command.name);
  WriteOptional("RollBytes", command.roll_bytes, &writer);
  WriteOptional("RollSeconds", command.roll_seconds, &writer);
  writer.EndObject();
  return Say(context, "UpdatePipeline", body, "Changed the pipeline " + command.name + ".");
}

Status VerifyPipeline(const CommandContext& context, const std::string& name_or_directory) {
  const std::string& what = name_or_directory;
  std::string reply;
  if (what.find('/') == what.npos && what != "." && what != "..") {
    ASSIGN_OR_RETURN(const JsonValue root,
                     context.api->Call("Millrace_20261121.VerifyPipeline", NameBody(what)));
    static_cast<void>(root);
    reply = context.api->reply_text();
  } else {
    ASSIGN_OR_RETURN(const CdcVerifyReport report, VerifyCdcDirectory(what, {}));
    JsonWriter writer(&reply);
    WriteCdcVerifyReport(report, &writer);
  }
  JsonParser parser;
  ASSIGN_OR_RETURN(const JsonValue report, parser.Parse(reply));
  if (!context.json) return ShowVerification(report, what);
  Print(reply);
  if (BooleanMember(report, "Intact")) return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue, what + " is not intact");
}

void AddCreate(Command* cdc) {
  const auto line = std::make_shared<CreateLine>();
  Command& create = cdc->Add(
      {"create",
       "Write every change of a table to files, exactly once",
       "The files are gzip JSON lines in a directory on the server's machine, with a manifest "
       "(manifest.jsonl) that says which files count. Whatever dies when, no record is missing and "
       "none is there twice. The pipeline follows this table: one deleted and made again under the "
       "same name is another.",
       {"millrace cdc create changes --table people --to ./people-changes --snapshot",
        "millrace cdc create quick --table people --to /data/cdc --roll-seconds 1"},
       "millrace cdc describe NAME shows how far it is, millrace cdc verify NAME checks it."});
  create.Argument("name", &line->name, "The pipeline's name");
  create.Option("--table", &line->table, "TABLE", "The table").Required().Kind(ValueKind::kTable);
  create
      .Option("--to", &line->directory, "DIR",
              "A directory on the server's machine, empty; made if missing")
      .Required()
      .Kind(ValueKind::kDirectory);
  create.Flag("--snapshot", &line->snapshot, "Write the items that exist first");
  create
      .Option("--starting-position", &line->starting_position, "WHERE",
              "Without a snapshot. LATEST: from now on; TRIM_HORIZON: from the oldest record on")
      .OneOf({"TRIM_HORIZON", "LATEST"})
      .Default("LATEST");
  create
      .Option("--view", &line->view, "VIEW",
              "The images to write; absent: what the table's stream stores")
      .OneOf({"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"});
  create.Option("--roll-bytes", &line->roll_bytes, "N", "A file ends at about this size")
      .Default("67108864");
  create.Option("--roll-seconds", &line->roll_seconds, "N", "And at the latest after this time")
      .Default("60");
  create.Option("--compression-level", &line->compression_level, "N", "1 (fast) to 12 (small)")
      .Default("1");
  create.Run([line](const CommandContext& context) { return CreatePipeline(context, *line); });
}

void AddUpdate(Command* cdc) {
  const auto line = std::make_shared<UpdateLine>();
  Command& update = cdc->Add({"update",
                              "Change when a pipeline's files end",
                              "",
                              {"millrace cdc update changes --roll-seconds 5"},
                              "It holds for the file being written, too."});
  update.Argument("name", &line->name, "The pipeline").Kind(ValueKind::kPipeline);
  update.Option("--roll-bytes", &line->roll_bytes, "N", "A file ends at about this size");
  update.Option("--roll-seconds", &line->roll_seconds, "N", "And at the latest after this time");
  update.Run([line](const CommandContext& context) { return UpdatePipeline(context, *line); });
}

// A command about one pipeline.
void AddOfName(Command* cdc, CommandText text, const std::string& what,
               Status (*run)(const CommandContext&, const std::string&)) {
  const auto name = std::make_shared<std::string>();
  Command& command = cdc->Add(std::move(text));
  command.Argument("name", name.get(), what).Kind(ValueKind::kPipeline);
  command.Run([name, run](const CommandContext& context) { return run(context, *name); });
}

}  // namespace

void AddCdcCommands(Command* root) {
  Command& cdc = root->Add({"cdc", "Change data capture: a table's changes as files"});
  AddCreate(&cdc);
  cdc.Add({"list",
           "All pipelines and how far they are",
           "",
           {"millrace cdc list"},
           "millrace cdc describe NAME says more of one."})
      .Run(ListPipelines);
  AddOfName(&cdc,
            {"describe",
             "All about one pipeline",
             "",
             {"millrace cdc describe changes"},
             "millrace cdc verify NAME checks its files."},
            "The pipeline", DescribePipeline);
  AddUpdate(&cdc);
  AddOfName(&cdc,
            {"pause",
             "Stop writing files; nothing is lost meanwhile",
             "The log is kept for the pipeline, up to seven days or 64 GB.",
             {"millrace cdc pause changes"},
             "millrace cdc resume NAME goes on."},
            "The pipeline", PausePipeline);
  AddOfName(&cdc,
            {"resume",
             "Go on after a pause, or try again at once after an error",
             "",
             {"millrace cdc resume changes"},
             "millrace cdc describe NAME shows how far it is."},
            "The pipeline", ResumePipeline);
  AddOfName(&cdc,
            {"delete",
             "Delete a pipeline; its files stay",
             "",
             {"millrace cdc delete changes"},
             "millrace cdc list shows the others."},
            "The pipeline", DeletePipeline);
  AddOfName(
      &cdc,
      {"verify",
       "Check files against manifest and log: every record once, in order, no gap",
       "Of a directory (with a '/' in it) the files are checked against the manifest, here and "
       "without a server; of a pipeline the server compares them with the log too.",
       {"millrace cdc verify changes", "millrace cdc verify ./people-changes"},
       "Exit code 0: everything is as it must be."},
      "A pipeline, or a directory", VerifyPipeline);
}

}  // namespace millrace
