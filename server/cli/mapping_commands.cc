#include "server/cli/mapping_commands.h"

#include "server/cli/ask.h"
#include "server/cli/mapping_text.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

struct CreateMappingLine {
  std::string function;
  std::string source;  // a table's name or a stream's ARN
  std::string starting_position = "LATEST";
  std::string dead_letter_table;
  std::optional<int64_t> batch_size;
  std::optional<int64_t> maximum_retry_attempts;
};

std::string MappingBody(const CreateMappingLine& command) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.function, &writer);
  WriteText("EventSourceArn", command.source, &writer);
  WriteText("StartingPosition", command.starting_position, &writer);
  WriteOptional("BatchSize", command.batch_size, &writer);
  WriteOptional("MaximumRetryAttempts", command.maximum_retry_attempts, &writer);
  if (!command.dead_letter_table.empty()) {
    writer.Key("DestinationConfig");
    writer.BeginObject();
    writer.Key("OnFailure");
    writer.BeginObject();
    WriteText("Destination", command.dead_letter_table, &writer);
    writer.EndObject();
    writer.EndObject();
  }
  writer.EndObject();
  return body;
}

Status CreateMapping(const CommandContext& context, const CreateMappingLine& command) {
  ASSIGN_OR_RETURN(
      const JsonValue root,
      context.api->Call("Millrace_20261121.CreateEventSourceMapping", MappingBody(command)));
  Print(context.json
            ? context.api->reply_text()
            : "Records of " + StringMember(root, "TableName") + " go to " + command.function +
                  " from now on: mapping " + StringMember(root, "UUID"));
  return Status::Ok();
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
                    StringMember(mapping, "LastProcessingResult")});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no mappings." : Aligned(rows));
  return Status::Ok();
}

Status DeleteMapping(const CommandContext& context, const std::string& uuid) {
  return AskAndSay(context, "Millrace_20261121.DeleteEventSourceMapping", BodyOf("UUID", uuid),
                   "Deleted the mapping " + uuid + ".");
}

void AddCreateMapping(Command* mapping) {
  const auto line = std::make_shared<CreateMappingLine>();
  Command& create = mapping->Add(
      {"create",
       "Call a function for every change of a table",
       "The function gets the records in batches, in order for each partition key; what it writes "
       "and how far it is are one commit.",
       {"millrace mapping create hello people",
        "millrace mapping create hello people --starting-position TRIM_HORIZON --batch-size 500"},
       "millrace mapping list shows how far it is, millrace logs FUNCTION what it prints."});
  create.Argument("function", &line->function, "The function").Kind(ValueKind::kFunction);
  create.Argument("source", &line->source, "A table with its stream on, or a stream's ARN")
      .Kind(ValueKind::kTable);
  create
      .Option("--starting-position", &line->starting_position, "WHERE",
              "TRIM_HORIZON: from the oldest record on; LATEST: from now on")
      .OneOf({"TRIM_HORIZON", "LATEST"})
      .Default(line->starting_position);
  create.Option("--batch-size", &line->batch_size, "N", "Records of one call, at most");
  create.Option("--max-retries", &line->maximum_retry_attempts, "N",
                "Attempts after the first; -1: for ever");
  create
      .Option("--dead-letter-table", &line->dead_letter_table, "TABLE",
              "Where records go whose attempts are used up")
      .Kind(ValueKind::kTable);
  create.Run([line](const CommandContext& context) { return CreateMapping(context, *line); });
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
  const auto uuid = std::make_shared<std::string>();
  Command& remove = mapping.Add({"delete",
                                 "Delete a mapping",
                                 "",
                                 {"millrace mapping delete 91eaeb7e-c976-4939-9430-8083bdbd67d2"},
                                 "millrace mapping list shows the others."});
  remove.Argument("uuid", uuid.get(), "Its id").Kind(ValueKind::kMapping);
  remove.Run([uuid](const CommandContext& context) { return DeleteMapping(context, *uuid); });
}

}  // namespace millrace
