#include "server/cli/mapping_commands.h"

#include "engine/base/clock.h"
#include "server/cli/ask.h"
#include "server/cli/mapping_text.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"

namespace millrace {
namespace {

constexpr std::string_view kUpdateTarget = "Millrace_20261121.UpdateEventSourceMapping";
constexpr char kSampleUuid[] = "91eaeb7e-c976-4939-9430-8083bdbd67d2";

// Of create and update: what is given.
struct MappingSettings {
  std::optional<int64_t> batch_size;
  std::optional<int64_t> batching_window;
  std::optional<int64_t> maximum_retry_attempts;
  std::optional<int64_t> maximum_record_age;
  std::optional<int64_t> parallelization_factor;
  std::optional<std::string> bisect;  // yes or no
  std::optional<std::string> report_batch_item_failures;
  std::optional<std::string> dead_letter_table;  // empty: none
};

struct CreateMappingLine {
  std::string function;
  std::string source;                            // a table's name or a stream's ARN
  std::optional<std::string> starting_position;  // absent: LATEST
  std::optional<std::string> starting_timestamp;
  bool paused = false;
  MappingSettings settings;
};

struct UpdateMappingLine {
  std::string uuid;
  std::string function;  // empty: as it is
  MappingSettings settings;
};

void WriteSettings(const MappingSettings& settings, JsonWriter* writer) {
  WriteOptional("BatchSize", settings.batch_size, writer);
  WriteOptional("MaximumBatchingWindowInSeconds", settings.batching_window, writer);
  WriteOptional("MaximumRetryAttempts", settings.maximum_retry_attempts, writer);
  WriteOptional("MaximumRecordAgeInSeconds", settings.maximum_record_age, writer);
  WriteOptional("ParallelizationFactor", settings.parallelization_factor, writer);
  if (settings.bisect) {
    writer->Key("BisectBatchOnFunctionError");
    writer->Bool(*settings.bisect == "yes");
  }
  if (settings.report_batch_item_failures) {
    writer->Key("FunctionResponseTypes");
    writer->BeginArray();
    if (*settings.report_batch_item_failures == "yes") writer->String("ReportBatchItemFailures");
    writer->EndArray();
  }
  if (settings.dead_letter_table) {
    writer->Key("DestinationConfig");
    writer->BeginObject();
    writer->Key("OnFailure");
    writer->BeginObject();
    WriteText("Destination", *settings.dead_letter_table, writer);
    writer->EndObject();
    writer->EndObject();
  }
}

Result<std::string> CreateBody(const CreateMappingLine& command) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.function, &writer);
  WriteText("EventSourceArn", command.source, &writer);
  if (command.starting_timestamp && command.starting_position) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "--starting-position and --starting-timestamp exclude each other");
  }
  WriteText(
      "StartingPosition",
      command.starting_timestamp ? "AT_TIMESTAMP" : command.starting_position.value_or("LATEST"),
      &writer);
  if (command.starting_timestamp) {
    ASSIGN_OR_RETURN(const int64_t micros,
                     ParseTime(*command.starting_timestamp, SystemClock().WallMicros()));
    writer.Key("StartingPositionTimestamp");
    writer.Timestamp(micros);
  }
  if (command.paused) {
    writer.Key("Enabled");
    writer.Bool(false);
  }
  WriteSettings(command.settings, &writer);
  writer.EndObject();
  return body;
}

std::string StartText(const CreateMappingLine& command) {
  if (command.starting_timestamp) return ", those since " + *command.starting_timestamp + " too";
  return command.starting_position == "TRIM_HORIZON" ? ", from the oldest on" : " from now on";
}

Status CreateMapping(const CommandContext& context, const CreateMappingLine& command) {
  ASSIGN_OR_RETURN(const std::string body, CreateBody(command));
  const Result<JsonValue> made =
      context.api->Call("Millrace_20261121.CreateEventSourceMapping", body);
  if (!made.ok() && made.status().message().find("has no stream") != std::string::npos) {
    return Status(made.status().code(), made.status().message() +
                                            "\nFrom here: millrace table stream " + command.source +
                                            " NEW_AND_OLD_IMAGES");
  }
  ASSIGN_OR_RETURN(const JsonValue root, made);
  const std::string uuid = StringMember(root, "UUID");
  Print(context.json
            ? context.api->reply_text()
            : "Records of " + StringMember(root, "TableName") + " go to " + command.function +
                  (command.paused ? " when you say: millrace mapping resume " + uuid
                                  : StartText(command) + ": mapping " + uuid));
  return Status::Ok();
}

// Asks, and says what the mapping is now.
Status ChangeMapping(const CommandContext& context, std::string_view body) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call(kUpdateTarget, body));
  Print(context.json ? context.api->reply_text()
                     : "The mapping " + StringMember(root, "UUID") + " is " +
                           StringMember(root, "State") + ".");
  return Status::Ok();
}

Status UpdateMapping(const CommandContext& context, const UpdateMappingLine& command) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("UUID", command.uuid, &writer);
  WriteText("FunctionName", command.function, &writer);
  WriteSettings(command.settings, &writer);
  writer.EndObject();
  return ChangeMapping(context, body);
}

Status EnableMapping(const CommandContext& context, const std::string& uuid, bool enabled) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("UUID", uuid, &writer);
  writer.Key("Enabled");
  writer.Bool(enabled);
  writer.EndObject();
  return ChangeMapping(context, body);
}

Status ListMappings(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.ListEventSourceMappings", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  std::vector<std::vector<std::string>> rows = {{"MAPPING", "FUNCTION", "TABLE", "STATE",
                                                 "PROCESSED", "WAITING", "DEAD LETTERS",
                                                 "LAST RESULT"}};
  RETURN_IF_ERROR(root.Find("EventSourceMappings")->ForEachElement([&rows](JsonValue mapping) {
    rows.push_back({StringMember(mapping, "UUID"), ArnName(StringMember(mapping, "FunctionArn")),
                    StringMember(mapping, "TableName"), StringMember(mapping, "State"),
                    Grouped(IntegerMember(mapping, "RecordsProcessed")),
                    Grouped(LagOf(mapping).records), Grouped(IntegerMember(mapping, "DeadLetters")),
                    OneLine(StringMember(mapping, "LastProcessingResult"))});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no mappings. Make one: millrace mapping create --help"
                         : Aligned(rows));
  return Status::Ok();
}

Status DescribeMapping(const CommandContext& context, const std::string& uuid) {
  ASSIGN_OR_RETURN(
      const JsonValue root,
      context.api->Call("Millrace_20261121.GetEventSourceMapping", BodyOf("UUID", uuid)));
  Print(context.json ? context.api->reply_text() : MappingText(root));
  return Status::Ok();
}

Status DeleteMapping(const CommandContext& context, const std::string& uuid) {
  return AskAndSay(context, "Millrace_20261121.DeleteEventSourceMapping", BodyOf("UUID", uuid),
                   "Deleted the mapping " + uuid + ".");
}

void AddSettings(Command* command, MappingSettings* settings) {
  command->Option("--batch-size", &settings->batch_size, "N", "Records of one call, at most");
  command->Option("--batching-window", &settings->batching_window, "SECONDS",
                  "A batch that is not full waits so long for more; up to 300");
  command->Option("--max-retries", &settings->maximum_retry_attempts, "N",
                  "Attempts after the first; -1: for ever");
  command->Option("--max-record-age", &settings->maximum_record_age, "SECONDS",
                  "Older records are given up; from 60 on; -1: none is");
  command
      ->Option("--bisect", &settings->bisect, "YES|NO",
               "Retry a batch that fails in halves; the splits use up no attempts")
      .OneOf({"yes", "no"});
  command
      ->Option("--report-batch-item-failures", &settings->report_batch_item_failures, "YES|NO",
               "The function says which record failed: what is before it is done")
      .OneOf({"yes", "no"});
  command->Option("--parallelization-factor", &settings->parallelization_factor, "N",
                  "Batches of one shard at a time, up to 10; one key's records come in order");
  command
      ->Option("--dead-letter-table", &settings->dead_letter_table, "TABLE",
               "Where records go that are given up; '' is nowhere")
      .Kind(ValueKind::kTable);
}

void AddCreateMapping(Command* mapping) {
  const auto line = std::make_shared<CreateMappingLine>();
  Command& create = mapping->Add(
      {"create",
       "Call a function for every change of a table",
       "The function gets the records in batches, in order for each partition key; what it writes "
       "and how far it is are one commit.",
       {"millrace mapping create hello people",
        "millrace mapping create hello people --starting-position TRIM_HORIZON --batch-size 500",
        "millrace mapping create hello people --max-retries 3 --bisect yes --dead-letter-table "
        "people_failed"},
       "millrace mapping list shows how far it is, millrace logs FUNCTION what it prints."});
  create.Argument("function", &line->function, "The function").Kind(ValueKind::kFunction);
  create.Argument("source", &line->source, "A table with its stream on, or a stream's ARN")
      .Kind(ValueKind::kTable);
  create
      .Option("--starting-position", &line->starting_position, "WHERE",
              "TRIM_HORIZON: from the oldest record on; LATEST: from now on")
      .OneOf({"TRIM_HORIZON", "LATEST"})
      .Default("LATEST");
  create
      .Option("--starting-timestamp", &line->starting_timestamp, "TIME",
              "From the first record at or after this time: -15m, 2026-11-21T03:30")
      .Check(CheckTime);
  create.Flag("--paused", &line->paused, "Deliver nothing until it is resumed");
  AddSettings(&create, &line->settings);
  create.Run([line](const CommandContext& context) { return CreateMapping(context, *line); });
}

void AddUpdateMapping(Command* mapping) {
  const auto line = std::make_shared<UpdateMappingLine>();
  Command& update = mapping->Add(
      {"update",
       "Change what is given; the rest stays as it is",
       "It is in force when the calls under way have ended: until then the mapping is Updating. "
       "Attempts at a batch that failed are counted anew.",
       {std::string("millrace mapping update ") + kSampleUuid + " --batch-size 1000",
        std::string("millrace mapping update ") + kSampleUuid + " --parallelization-factor 4"},
       "millrace mapping describe UUID shows what it is now."});
  update.Argument("uuid", &line->uuid, "Its id").Kind(ValueKind::kMapping);
  update.Option("--function", &line->function, "NAME", "Call this function instead")
      .Kind(ValueKind::kFunction);
  AddSettings(&update, &line->settings);
  update.Run([line](const CommandContext& context) { return UpdateMapping(context, *line); });
}

// A command of one mapping.
void AddOne(Command* mapping, const char* name, const char* summary, const char* next,
            std::function<Status(const CommandContext&, const std::string& uuid)> run) {
  const auto uuid = std::make_shared<std::string>();
  const std::string example = std::string("millrace mapping ") + name + " " + kSampleUuid;
  Command& command = mapping->Add({name, summary, "", {example}, next});
  command.Argument("uuid", uuid.get(), "Its id").Kind(ValueKind::kMapping);
  command.Run(
      [uuid, run = std::move(run)](const CommandContext& context) { return run(context, *uuid); });
}

}  // namespace

void AddMappingCommands(Command* root) {
  Command& mapping =
      root->Add({"mapping", "Event source mappings: which table calls which function"});
  AddCreateMapping(&mapping);
  mapping
      .Add({"list",
            "All mappings and how far they are",
            "",
            {"millrace mapping list"},
            "millrace logs FUNCTION shows why one is behind."})
      .Run(ListMappings);
  AddOne(&mapping, "describe", "One mapping: its settings, its state and the lag of each shard",
         "millrace logs FUNCTION shows why it is behind.", DescribeMapping);
  AddUpdateMapping(&mapping);
  AddOne(&mapping, "pause", "Deliver nothing until the mapping is resumed",
         "millrace mapping resume UUID goes on where it was; records stay readable for 24 hours.",
         [](const CommandContext& context, const std::string& uuid) {
           return EnableMapping(context, uuid, false);
         });
  AddOne(&mapping, "resume", "Go on where the mapping was paused",
         "millrace mapping describe UUID shows how far it is.",
         [](const CommandContext& context, const std::string& uuid) {
           return EnableMapping(context, uuid, true);
         });
  AddOne(&mapping, "delete", "Delete a mapping", "millrace mapping list shows the others.",
         DeleteMapping);
}

}  // namespace millrace
