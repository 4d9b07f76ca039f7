#include "server/cli/table_commands.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "server/cli/ask.h"
#include "server/cli/table_settings.h"
#include "server/cli/table_update_command.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

const std::vector<std::string> kViews = {"NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE",
                                         "KEYS_ONLY"};

struct TableLine {
  std::string table;
  std::string stream;
  std::vector<std::string> keys;  // NAME:TYPE, the partition key first
  bool yes = false;
  std::vector<std::string> gsi;  // as ParseGlobalIndex takes them
  std::vector<std::string> lsi;
  std::vector<std::string> tags;
  std::string table_class;
  std::string billing_mode;
  std::optional<int64_t> read;
  std::optional<int64_t> write;
  std::string ttl;
  bool deletion_protection = false;
};

std::string StreamText(JsonValue table) {
  const std::optional<JsonValue> stream = table.Find("StreamSpecification");
  return stream ? StringMember(*stream, "StreamViewType") : "off";
}

bool IsOnDemand(JsonValue table) {
  const std::optional<JsonValue> mode = table.Find("BillingModeSummary");
  return mode && StringMember(*mode, "BillingMode") == "PAY_PER_REQUEST";
}

// "5 read and 7 write units a second", of a table or a global index of one
std::string UnitsText(JsonValue described) {
  const std::optional<JsonValue> units = described.Find("ProvisionedThroughput");
  if (!units) return "";
  return Grouped(IntegerMember(*units, "ReadCapacityUnits")) + " read and " +
         Grouped(IntegerMember(*units, "WriteCapacityUnits")) + " write units a second";
}

// "a=1, b=2"
Result<std::string> TagText(const CommandContext& context, const std::string& arn) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.ListTagsOfResource",
                                                           BodyOf("ResourceArn", arn)));
  std::string text;
  const Status done = root.Find("Tags")->ForEachElement([&text](JsonValue tag) {
    text +=
        (text.empty() ? "" : ", ") + StringMember(tag, "Key") + "=" + StringMember(tag, "Value");
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return text;
}

// "ends (ENABLED)", or "off"
Result<std::string> TimeToLiveText(const CommandContext& context, const std::string& table) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTimeToLive",
                                                           BodyOf("TableName", table)));
  const JsonValue description = *root.Find("TimeToLiveDescription");
  const std::string attribute = StringMember(description, "AttributeName");
  if (attribute.empty()) return std::string("off");
  return attribute + " (" + StringMember(description, "TimeToLiveStatus") + ")";
}

// "pk (S), sk (N)", of the table or of an index of it
std::string KeyText(JsonValue table, JsonValue keyed) {
  std::string text;
  const auto type_of = [&table](const std::string& name) {
    std::string type;
    const Status done =
        table.Find("AttributeDefinitions")->ForEachElement([&](JsonValue attribute) {
          if (StringMember(attribute, "AttributeName") == name) {
            type = StringMember(attribute, "AttributeType");
          }
          return Status::Ok();
        });
    MILLRACE_CHECK(done.ok());
    return type;
  };
  const Status done = keyed.Find("KeySchema")->ForEachElement([&](JsonValue key) {
    const std::string name = StringMember(key, "AttributeName");
    text += (text.empty() ? "" : ", ") + name + " (" + type_of(name) + ")";
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return text;
}

// A row for each index: "by_name: name (S), age (N), ALL, ACTIVE"
void AddIndexRows(JsonValue table, const char* member, const char* heading,
                  std::vector<std::vector<std::string>>* rows) {
  const std::optional<JsonValue> indexes = table.Find(member);
  if (!indexes) return;
  const bool with_units = !IsOnDemand(table);
  const Status done = indexes->ForEachElement([&](JsonValue index) {
    std::string text = StringMember(index, "IndexName") + ": " + KeyText(table, index);
    if (const std::optional<JsonValue> projection = index.Find("Projection")) {
      text += ", " + StringMember(*projection, "ProjectionType");
    }
    const std::string status = StringMember(index, "IndexStatus");
    if (!status.empty()) text += ", " + status;
    const std::string units = with_units ? UnitsText(index) : "";  // local ones have none
    if (!units.empty()) text += ", " + units;
    rows->push_back({heading, text});
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

Status ListTables(const CommandContext& context) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, AllTableNames(context.api));
  std::vector<std::vector<std::string>> rows = {{"TABLE", "ITEMS", "SIZE", "STREAM"}};
  std::string all;
  JsonWriter writer(&all);
  writer.BeginArray();
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTable",
                                                             BodyOf("TableName", name)));
    writer.Raw(context.api->reply_text());
    const JsonValue table = *root.Find("Table");
    rows.push_back({name, Grouped(IntegerMember(table, "ItemCount")),
                    SizeText(IntegerMember(table, "TableSizeBytes")), StreamText(table)});
  }
  writer.EndArray();
  if (context.json) {
    Print(all);
  } else {
    Print(names.empty() ? "There are no tables. Make one: millrace table create --help"
                        : Aligned(rows));
  }
  return Status::Ok();
}

Status DescribeTable(const CommandContext& context, const TableLine& line) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTable",
                                                           BodyOf("TableName", line.table)));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  const JsonValue table = *root.Find("Table");
  const std::optional<JsonValue> created = table.Find("CreationDateTime");
  std::vector<std::vector<std::string>> rows = {
      {"table", StringMember(table, "TableName")},
      {"status", StringMember(table, "TableStatus")},
      {"key", KeyText(table, table)},
      {"items", Grouped(IntegerMember(table, "ItemCount"))},
      {"size", SizeText(IntegerMember(table, "TableSizeBytes"))},
      {"billing", IsOnDemand(table) ? "on demand" : UnitsText(table)},
      {"stream", StreamText(table)},
      {"deletion protection", BooleanMember(table, "DeletionProtectionEnabled") ? "on" : "off"},
      {"created", created ? TimeText(created->number()) : ""},
      {"arn", StringMember(table, "TableArn")},
  };
  const std::string stream = StringMember(table, "LatestStreamArn");
  if (!stream.empty()) rows.push_back({"stream arn", stream});
  if (const std::optional<JsonValue> summary = table.Find("TableClassSummary")) {
    rows.push_back({"class", StringMember(*summary, "TableClass")});
  }
  AddIndexRows(table, "GlobalSecondaryIndexes", "global index", &rows);
  AddIndexRows(table, "LocalSecondaryIndexes", "local index", &rows);
  // The next calls take the reply's place.
  const std::string arn = StringMember(table, "TableArn");
  ASSIGN_OR_RETURN(const std::string time_to_live, TimeToLiveText(context, line.table));
  rows.push_back({"time to live", time_to_live});
  ASSIGN_OR_RETURN(const std::string tags, TagText(context, arn));
  if (!tags.empty()) rows.push_back({"tags", tags});
  Print(Aligned(rows));
  return Status::Ok();
}

Result<std::optional<Units>> UnitsOf(const TableLine& line) {
  const bool said = line.read || line.write;
  if (line.billing_mode == "PAY_PER_REQUEST" && said) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "--read and --write are of provisioned tables; PAY_PER_REQUEST has no units");
  }
  if (line.billing_mode != "PROVISIONED" && !said) return std::optional<Units>();
  if (!line.read || !line.write) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "a provisioned table needs both --read N and --write N: units a second");
  }
  return std::optional<Units>(Units{*line.read, *line.write});
}

void WriteIndexes(const char* member, const std::vector<IndexWords>& indexes,
                  const std::string& table_hash, const std::optional<Units>& units,
                  JsonWriter* writer) {
  if (indexes.empty()) return;
  writer->Key(member);
  writer->BeginArray();
  for (const IndexWords& index : indexes) {
    writer->BeginObject();
    WriteIndex(index, table_hash, units, writer);
    writer->EndObject();
  }
  writer->EndArray();
}

struct TableWords {
  std::vector<KeyWord> keys;
  std::vector<IndexWords> global;
  std::vector<IndexWords> local;
};

Result<TableWords> WordsOf(const TableLine& line) {
  TableWords words;
  for (const std::string& text : line.keys) {
    ASSIGN_OR_RETURN(KeyWord key, ParseKeyWord(text));
    words.keys.push_back(std::move(key));
  }
  for (const std::string& text : line.gsi) {
    ASSIGN_OR_RETURN(IndexWords index, ParseGlobalIndex(text));
    words.global.push_back(std::move(index));
  }
  for (const std::string& text : line.lsi) {
    ASSIGN_OR_RETURN(IndexWords index, ParseLocalIndex(text));
    words.local.push_back(std::move(index));
  }
  return words;
}

Result<std::string> CreateBody(const TableLine& line) {
  ASSIGN_OR_RETURN(const TableWords words, WordsOf(line));
  ASSIGN_OR_RETURN(const std::optional<Units> units, UnitsOf(line));
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", line.table, &writer);
  WriteText("BillingMode", units ? "PROVISIONED" : "PAY_PER_REQUEST", &writer);
  if (units) WriteUnits(*units, &writer);
  std::vector<IndexWords> indexes = words.global;
  indexes.insert(indexes.end(), words.local.begin(), words.local.end());
  RETURN_IF_ERROR(WriteDefinitions(words.keys, indexes, &writer));
  writer.Key("KeySchema");
  writer.BeginArray();
  for (size_t i = 0; i < words.keys.size(); ++i) {
    writer.BeginObject();
    WriteText("AttributeName", words.keys[i].name, &writer);
    WriteText("KeyType", i == 0 ? "HASH" : "RANGE", &writer);
    writer.EndObject();
  }
  writer.EndArray();
  WriteIndexes("GlobalSecondaryIndexes", words.global, "", units, &writer);
  WriteIndexes("LocalSecondaryIndexes", words.local, words.keys[0].name, units, &writer);
  if (line.stream != "off") WriteStreamSpecification(line.stream, &writer);
  if (!line.tags.empty()) WriteTags(line.tags, &writer);
  WriteText("TableClass", line.table_class, &writer);
  if (line.deletion_protection) {
    writer.Key("DeletionProtectionEnabled");
    writer.Bool(true);
  }
  writer.EndObject();
  return body;
}

// A table gets its time to live once it is there.
Status TurnOnTimeToLive(const CommandContext& context, const TableLine& line) {
  context.interrupts->Catch();
  RETURN_IF_ERROR(AwaitActive(context, line.table));
  return AskAndSay(
      context, "DynamoDB_20120810.UpdateTimeToLive", TimeToLiveBody(line.table, line.ttl, true),
      "Its items end when the time in " + line.ttl + ", seconds since 1970, has passed.");
}

Status CreateTable(const CommandContext& context, const TableLine& line) {
  const std::string next = line.stream == "off"
                               ? ". Its stream is off: millrace table stream " + line.table +
                                     " NEW_AND_OLD_IMAGES turns it on."
                               : ", its stream with " + line.stream + ".";
  ASSIGN_OR_RETURN(const std::string body, CreateBody(line));
  RETURN_IF_ERROR(AskAndSay(context, "DynamoDB_20120810.CreateTable", body,
                            "Made the table " + line.table + next));
  if (line.ttl.empty()) return Status::Ok();
  const Status status = TurnOnTimeToLive(context, line);
  if (status.ok()) return status;
  return Status(status.code(), status.message() +
                                   "\nThe table was made, without time to live: millrace table "
                                   "update " +
                                   line.table + " --ttl " + line.ttl);
}

// Asks a person on the terminal; there is nobody to ask without one.
Status Confirm(const TableLine& line) {
  if (line.yes) return Status::Ok();
  if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
    std::fprintf(stderr, "Delete %s and all its items? Type its name: ", line.table.c_str());
    std::string typed;
    std::getline(std::cin, typed);
    if (typed == line.table) return Status::Ok();
  }
  return Status(ErrorCode::kInvalidParameterValue,
                line.table + " was not deleted: say --yes if it should be");
}

Status DeleteTable(const CommandContext& context, const TableLine& line) {
  RETURN_IF_ERROR(Confirm(line));
  const Status status =
      AskAndSay(context, "DynamoDB_20120810.DeleteTable", BodyOf("TableName", line.table),
                "Deleted the table " + line.table + ".");
  if (status.message().find("protected against deletion") == std::string::npos) return status;
  return Status(status.code(), status.message() + "\nTo lift that: millrace table update " +
                                   line.table + " --deletion-protection off");
}

Status ChangeStream(const CommandContext& context, const TableLine& line) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", line.table, &writer);
  WriteStreamSpecification(line.stream, &writer);
  writer.EndObject();
  const Status status = AskAndSay(
      context, "DynamoDB_20120810.UpdateTable", body,
      line.stream == "off"
          ? "The stream of " + line.table + " is off; what it had stays readable for 24 h."
          : "The stream of " + line.table + " is on, with " + line.stream +
                ". Call a function for its records: millrace mapping create FUNCTION " +
                line.table);
  if (status.message().find("already has an enabled stream") == std::string::npos) return status;
  return Status(status.code(), status.message() +
                                   "\nAnother view is a new stream: millrace table "
                                   "stream " +
                                   line.table + " off, then this again");
}

void AddCreate(Command* group, const std::shared_ptr<TableLine>& line) {
  Command& create = group->Add(
      {"create",
       "Make a table",
       std::string("A key's type is S for a string, N for a number, B for bytes.\n") + kIndexHelp,
       {"millrace table create people pk:S",
        "millrace table create orders customer:S placed:N --stream NEW_AND_OLD_IMAGES",
        "millrace table create orders customer:S placed:N --gsi by_city=city:S,placed:N "
        "--lsi by_total=total:N/KEYS_ONLY",
        "millrace table create sessions id:S --ttl ends --read 50 --write 10 --tag "
        "team=web"},
       "millrace table list; any DynamoDB client can write to it."});
  create.Argument("name", &line->table, "Its name");
  create
      .Argument("key", &line->keys, "NAME:TYPE of the partition key, then of the sort key, if any")
      .Count(1, 2)
      .Check(CheckKeyWord);
  create
      .Option("--stream", &line->stream, "VIEW",
              "What its stream's records shall have; off: no stream")
      .OneOf({kViews[0], kViews[1], kViews[2], kViews[3], "off"})
      .Default(line->stream);
  create.Option("--gsi", &line->gsi, "INDEX", "A global index").Check(CheckGlobalIndex);
  create.Option("--lsi", &line->lsi, "INDEX", "A local index").Check(CheckLocalIndex);
  create.Option("--billing-mode", &line->billing_mode, "MODE", "How it is paid for and limited")
      .OneOf({"PAY_PER_REQUEST", "PROVISIONED"})
      .Default("PAY_PER_REQUEST");
  create.Option("--read", &line->read, "N", "Read units a second; makes it provisioned")
      .Within(1, INT64_MAX);
  create.Option("--write", &line->write, "N", "Write units a second; makes it provisioned")
      .Within(1, INT64_MAX);
  create.Option("--ttl", &line->ttl, "ATTRIBUTE",
                "End items when the time in this number, seconds since 1970, has passed");
  create.Option("--tag", &line->tags, "KEY=VALUE", "A tag").Check(CheckTag);
  create.Option("--table-class", &line->table_class, "CLASS", "How its items are stored")
      .OneOf({"STANDARD", "STANDARD_INFREQUENT_ACCESS"})
      .Default("STANDARD");
  create.Flag("--deletion-protection", &line->deletion_protection,
              "Refuse table delete until it is turned off");
  create.Run([line](const CommandContext& context) { return CreateTable(context, *line); });
}

void AddDelete(Command* group, const std::shared_ptr<TableLine>& line) {
  Command& remove =
      group->Add({"delete",
                  "Delete a table with all its items",
                  "Asks for the table's name on a terminal; needs --yes elsewhere.",
                  {"millrace table delete people", "millrace table delete people --yes"},
                  "Its records stay in the log, and its stream readable, for 24 h."});
  remove.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  remove.Flag("--yes,-y", &line->yes, "Do not ask");
  remove.Run([line](const CommandContext& context) { return DeleteTable(context, *line); });
}

void AddStream(Command* group, const std::shared_ptr<TableLine>& line) {
  Command& stream = group->Add(
      {"stream",
       "Turn a table's stream on, with what its records shall have, or off",
       "To change the view, turn it off and on again: that is a new stream.",
       {"millrace table stream people NEW_AND_OLD_IMAGES", "millrace table stream people off"},
       "millrace mapping create FUNCTION TABLE calls a function for its records."});
  stream.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  stream.Argument("view", &line->stream, "What a record has of the item, besides its key")
      .OneOf({kViews[0], kViews[1], kViews[2], kViews[3], "off"});
  stream.Run([line](const CommandContext& context) { return ChangeStream(context, *line); });
}

}  // namespace

void AddTableCommands(Command* root) {
  Command& table = root->Add({"table", "Tables: list, describe, make, change, delete"});
  const auto line = std::make_shared<TableLine>();
  line->stream = "off";
  table
      .Add({"list",
            "All tables, with what they hold",
            "",
            {"millrace table list"},
            "millrace table describe TABLE has more of one."})
      .Run(ListTables);
  Command& describe = table.Add({"describe",
                                 "What a table is: its key, items, indexes, stream, settings",
                                 "",
                                 {"millrace table describe people"},
                                 "millrace history TABLE KEY shows what happened to an item."});
  describe.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  describe.Run([line](const CommandContext& context) { return DescribeTable(context, *line); });
  AddCreate(&table, line);
  AddTableUpdateCommand(&table);
  AddDelete(&table, line);
  AddStream(&table, line);
}

}  // namespace millrace
