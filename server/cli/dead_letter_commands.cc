#include "server/cli/dead_letter_commands.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/cli/ask.h"
#include "server/cli/context.h"
#include "server/cli/counted.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"
#include "server/cli/watch_job.h"

namespace millrace {
namespace {

struct DeadLettersLine {
  std::string mapping;
  std::string table;
  std::string function;
  std::string sequence_number;
  std::vector<std::string> sequence_numbers;
  bool all = false;
  std::optional<int64_t> batch_size;
};

std::string ScopeBody(const DeadLettersLine& line, const std::string& after) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("Mapping", line.mapping, &writer);
  WriteText("TableName", line.table, &writer);
  WriteText("ExclusiveStart", after, &writer);
  WriteText("SequenceNumber", line.sequence_number, &writer);
  WriteText("FunctionName", line.function, &writer);
  WriteOptional("BatchSize", line.batch_size, &writer);
  writer.EndObject();
  return body;
}

// Those of all mappings: how many each has.
Status ListMappingsWithLetters(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.ListEventSourceMappings", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  std::vector<std::vector<std::string>> rows = {{"MAPPING", "TABLE", "GIVEN UP SO FAR", "KEPT IN"}};
  RETURN_IF_ERROR(root.Find("EventSourceMappings")->ForEachElement([&rows](JsonValue mapping) {
    std::string kept = "nothing: it has no dead-letter table";
    if (const auto destination = mapping.Find("DestinationConfig")) {
      kept = StringMember(*destination->Find("OnFailure"), "Destination");
    }
    rows.push_back({StringMember(mapping, "UUID"), StringMember(mapping, "TableName"),
                    Grouped(IntegerMember(mapping, "DeadLetters")), kept});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no mappings." : Aligned(rows));
  return Status::Ok();
}

Status ListLetters(const CommandContext& context, const DeadLettersLine& line) {
  if (line.mapping.empty()) return ListMappingsWithLetters(context);
  std::string after;
  size_t count = 0;
  do {
    ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("Millrace_20261121.ListDeadLetters",
                                                             ScopeBody(line, after)));
    if (context.json) Print(context.api->reply_text());
    std::vector<std::vector<std::string>> rows = {
        {"SEQUENCE NUMBER", "EVENT", "KEY", "ATTEMPTS", "ERROR"}};
    RETURN_IF_ERROR(root.Find("DeadLetters")->ForEachElement([&](JsonValue letter) {
      const auto keys = letter.Find("Keys");
      rows.push_back({StringMember(letter, "SequenceNumber"), StringMember(letter, "EventName"),
                      keys ? Printable(AttributesText(*keys)) : "",
                      Grouped(IntegerMember(letter, "Attempts")),
                      Printable(StringMember(letter, "ErrorType") + ": " +
                                StringMember(letter, "ErrorMessage"))});
      return Status::Ok();
    }));
    count += rows.size() - 1;
    if (!context.json && rows.size() > 1) Print(Aligned(rows));
    after = StringMember(root, "LastEvaluated");
  } while (!after.empty());
  if (count == 0 && !context.json) Print("There are no dead letters.");
  return Status::Ok();
}

Status ShowLetter(const CommandContext& context, const DeadLettersLine& line) {
  const Result<JsonValue> found =
      context.api->Call("Millrace_20261121.GetDeadLetter", ScopeBody(line, ""));
  if (found.status().Is(ErrorCode::kResourceNotFound)) {
    return Status(found.status().code(), found.status().message() +
                                             "\nThose that there are: millrace dead-letters list " +
                                             line.mapping);
  }
  ASSIGN_OR_RETURN(const JsonValue root, found);
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  const JsonValue letter = *root.Find("DeadLetter");
  std::vector<std::vector<std::string>> rows;
  for (const char* name : {"SequenceNumber", "Mapping", "FunctionName", "EventSourceArn", "ShardId",
                           "EventName", "ErrorType", "ErrorMessage"}) {
    rows.push_back({name, Printable(StringMember(letter, name))});
  }
  rows.push_back({"Attempts", Grouped(IntegerMember(letter, "Attempts"))});
  for (const char* name : {"Keys", "OldImage", "NewImage"}) {
    if (const auto image = letter.Find(name))
      rows.push_back({name, Printable(AttributesText(*image))});
  }
  Print(Aligned(rows));
  return Status::Ok();
}

Status RedriveLetters(const CommandContext& context, const DeadLettersLine& line) {
  JobWatch watch;
  watch.target = "Millrace_20261121.RedriveDeadLetters";
  watch.body = ScopeBody(line, "");
  watch.what = "redriving";
  watch.line = [](JsonValue) {};
  watch.end = [](JsonValue job) {
    if (IntegerMember(job, "Records") == 0) return Print("There are no dead letters.");
    Print(Grouped(IntegerMember(job, "Done")) + " of " + Grouped(IntegerMember(job, "Records")) +
          " dead letters were handled and are gone, with " +
          Counted(IntegerMember(job, "Writes"), "write") + ".");
    const int64_t failed = IntegerMember(job, "Failed");
    if (failed > 0) {
      Print(Grouped(failed) + " failed again and stay, and " +
            Grouped(IntegerMember(job, "Skipped")) +
            " behind them of the same keys. The last: " + Printable(StringMember(job, "Message")));
    }
    if (StringMember(job, "State") == "STOPPED") {
      Print("Stopped. The same command goes on with what is left.");
    }
  };
  watch.judge = [](JsonValue job) {
    if (IntegerMember(job, "Failed") == 0) return Status::Ok();
    return Status(ErrorCode::kInvalidParameterValue, "not all dead letters could be handled");
  };
  return WatchJob(context, watch);
}

Status DeleteLetters(const CommandContext& context, const DeadLettersLine& line) {
  if (line.all != line.sequence_numbers.empty()) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "name the dead letters by their sequence numbers, or say --all");
  }
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("Mapping", line.mapping, &writer);
  WriteText("TableName", line.table, &writer);
  writer.Key("SequenceNumbers");
  writer.BeginArray();
  for (const std::string& number : line.sequence_numbers) writer.String(number);
  writer.EndArray();
  writer.Key("All");
  writer.Bool(line.all);
  writer.EndObject();
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.DeleteDeadLetters", body));
  Print(context.json ? context.api->reply_text()
                     : "Deleted " + Counted(IntegerMember(root, "Deleted"), "dead letter") + ".");
  return Status::Ok();
}

void AddTable(Command* command, const std::shared_ptr<DeadLettersLine>& line) {
  command
      ->Option("--table", &line->table, "TABLE",
               "Where they are, when the mapping was deleted since")
      .Kind(ValueKind::kTable);
}

void AddRedrive(Command* letters) {
  const auto line = std::make_shared<DeadLettersLine>();
  Command& redrive = letters->Add(
      {"redrive",
       "Give dead letters to the function again, in order",
       "What the function writes and the removal of its letters are one commit, so it can be "
       "stopped and started at any point. A record that fails again stays, with the new error, and "
       "so do those of its key that came after it.",
       {"millrace dead-letters redrive 6f0d9f6c-7a3a-4c0f-8a58-5f3a1c1e8d11",
        "millrace dead-letters redrive MAPPING --function mended"},
       "millrace dead-letters list MAPPING shows what is left, and why."});
  redrive.Argument("mapping", &line->mapping, "The mapping").Kind(ValueKind::kMapping);
  AddTable(&redrive, line);
  redrive.Option("--function", &line->function, "NAME", "Another function than the mapping's")
      .Kind(ValueKind::kFunction);
  redrive.Option("--sequence-number", &line->sequence_number, "N", "Only this one");
  redrive.Option("--batch-size", &line->batch_size, "N", "Records of one call; the mapping's");
  redrive.Run([line](const CommandContext& context) { return RedriveLetters(context, *line); });
}

}  // namespace

void AddDeadLetterCommands(Command* root) {
  Command& letters = root->Add({"dead-letters", "Records that functions gave up"});
  const auto line = std::make_shared<DeadLettersLine>();
  Command& list =
      letters.Add({"list",
                   "The dead letters of a mapping; without one, which mappings have any",
                   "",
                   {"millrace dead-letters list", "millrace dead-letters list MAPPING"},
                   "millrace dead-letters redrive MAPPING tries them again."});
  list.Option("mapping", &line->mapping, "", "The mapping").Kind(ValueKind::kMapping);
  AddTable(&list, line);
  list.Run([line](const CommandContext& context) { return ListLetters(context, *line); });

  Command& show =
      letters.Add({"show",
                   "One dead letter, with its images",
                   "",
                   {"millrace dead-letters show MAPPING 1000000000000000000000000000042"},
                   "millrace dead-letters redrive MAPPING --sequence-number N."});
  show.Argument("mapping", &line->mapping, "The mapping").Kind(ValueKind::kMapping);
  show.Argument("sequence-number", &line->sequence_number, "Which");
  AddTable(&show, line);
  show.Run([line](const CommandContext& context) { return ShowLetter(context, *line); });

  AddRedrive(&letters);

  const auto gone = std::make_shared<DeadLettersLine>();
  Command& remove = letters.Add({"delete",
                                 "Delete dead letters for good",
                                 "",
                                 {"millrace dead-letters delete MAPPING --all"},
                                 "millrace dead-letters list MAPPING shows what is left."});
  remove.Argument("mapping", &gone->mapping, "The mapping").Kind(ValueKind::kMapping);
  remove.Option("sequence-numbers", &gone->sequence_numbers, "", "Which").Count(0, 1000);
  remove.Flag("--all", &gone->all, "All of the mapping");
  AddTable(&remove, gone);
  remove.Run([gone](const CommandContext& context) { return DeleteLetters(context, *gone); });
}

}  // namespace millrace
