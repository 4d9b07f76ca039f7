#include "server/cli/table_update_command.h"

#include <chrono>
#include <memory>
#include <utility>

#include "engine/base/check.h"
#include "server/cli/table_settings.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kPause(200);  // between two looks at a table that changes

struct UpdateLine {
  std::string table;
  std::string stream;
  std::string billing_mode;
  std::optional<int64_t> read;
  std::optional<int64_t> write;
  std::string index;  // whose units `read` and `write` are; empty: the table's
  std::string ttl;
  bool no_ttl = false;
  std::vector<std::string> gsi;
  std::vector<std::string> drop_gsi;
  std::string deletion_protection;
  std::vector<std::string> tags;
  std::vector<std::string> untag;
  std::string table_class;
};

// One request, and what is said when it has been done.
struct Step {
  std::string operation;
  std::string body;
  std::string done;
};

struct IndexNow {
  std::string name;
  Units units;
};

// What the steps are made with: the table as it is.
struct TableNow {
  std::string arn;
  std::string stream;  // the view; empty: off
  std::string ttl;     // the attribute; empty: off
  bool on_demand = false;
  Units units;
  std::vector<IndexNow> indexes;  // global ones
};

Status Invalid(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

// The body of a request about the table, with what `write` adds.
template <typename Write>
std::string TableBody(const std::string& table, const Write& write) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", table, &writer);
  write(&writer);
  writer.EndObject();
  return body;
}

// Of a description of a table or an index.
Units UnitsNow(JsonValue described) {
  const auto units = described.Find("ProvisionedThroughput");
  if (!units) return {};
  return {IntegerMember(*units, "ReadCapacityUnits"), IntegerMember(*units, "WriteCapacityUnits")};
}

Result<TableNow> Look(const CommandContext& context, const UpdateLine& line) {
  TableNow now;
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTable",
                                                           BodyOf("TableName", line.table)));
  const JsonValue table = *root.Find("Table");
  now.arn = StringMember(table, "TableArn");
  if (const auto stream = table.Find("StreamSpecification")) {
    now.stream = StringMember(*stream, "StreamViewType");
  }
  const auto mode = table.Find("BillingModeSummary");
  now.on_demand = mode && StringMember(*mode, "BillingMode") == "PAY_PER_REQUEST";
  now.units = UnitsNow(table);
  if (const auto indexes = table.Find("GlobalSecondaryIndexes")) {
    RETURN_IF_ERROR(indexes->ForEachElement([&now](JsonValue index) {
      now.indexes.push_back({StringMember(index, "IndexName"), UnitsNow(index)});
      return Status::Ok();
    }));
  }
  if (!line.no_ttl) return now;
  ASSIGN_OR_RETURN(const JsonValue ttl, context.api->Call("DynamoDB_20120810.DescribeTimeToLive",
                                                          BodyOf("TableName", line.table)));
  now.ttl = StringMember(*ttl.Find("TimeToLiveDescription"), "AttributeName");
  if (now.ttl.empty()) return Invalid("time to live is off already");
  return now;
}

// The table's.
Result<Units> UnitsOf(const UpdateLine& line, const TableNow& now) {
  const bool provisioned = !now.on_demand;
  if (!line.index.empty()) return now.units;
  if (!provisioned && (!line.read || !line.write)) {
    return Invalid("a table becomes provisioned with both --read N and --write N: units a second");
  }
  return Units{line.read.value_or(now.units.read), line.write.value_or(now.units.write)};
}

// An element of GlobalSecondaryIndexUpdates.
void WriteIndexUpdate(const std::string& index, const Units& units, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("Update");
  writer->BeginObject();
  WriteText("IndexName", index, writer);
  WriteUnits(units, writer);
  writer->EndObject();
  writer->EndObject();
}

// The change to PROVISIONED names each index too: with the table's units.
void WriteIndexUnits(const TableNow& now, const Units& units, JsonWriter* writer) {
  if (!now.on_demand || now.indexes.empty()) return;
  writer->Key("GlobalSecondaryIndexUpdates");
  writer->BeginArray();
  for (const IndexNow& index : now.indexes) WriteIndexUpdate(index.name, units, writer);
  writer->EndArray();
}

std::string NamesOf(const std::vector<IndexNow>& indexes) {
  std::string names;
  for (const IndexNow& index : indexes) names += (names.empty() ? "" : ", ") + index.name;
  return names;
}

// What units the index is to have.
Result<IndexNow> IndexUnitsOf(const UpdateLine& line, const TableNow& now) {
  if (!line.read && !line.write) {
    return Invalid("--index " + line.index +
                   " says whose units change: add --read N, --write N or "
                   "both");
  }
  if (!line.billing_mode.empty()) {
    return Invalid(
        "--billing-mode is of the table with all its indexes; --index changes the units "
        "of one: two commands");
  }
  for (const IndexNow& index : now.indexes) {
    if (index.name != line.index) continue;
    if (now.on_demand) {
      return Invalid(line.table +
                     " is on demand, and its indexes have no units. With millrace "
                     "table update " +
                     line.table +
                     " --read N --write N it becomes provisioned, "
                     "and they get as many");
    }
    return IndexNow{index.name,
                    {line.read.value_or(index.units.read), line.write.value_or(index.units.write)}};
  }
  return Invalid(line.table + " has no global index '" + line.index + "'; it has " +
                 (now.indexes.empty() ? "none" : NamesOf(now.indexes)) +
                 ". A local index uses the table's units");
}

Result<Step> IndexUnitsStep(const UpdateLine& line, const TableNow& now) {
  ASSIGN_OR_RETURN(const IndexNow index, IndexUnitsOf(line, now));
  return Step{"UpdateTable",
              TableBody(line.table,
                        [&index](JsonWriter* writer) {
                          writer->Key("GlobalSecondaryIndexUpdates");
                          writer->BeginArray();
                          WriteIndexUpdate(index.name, index.units, writer);
                          writer->EndArray();
                        }),
              "Its index " + index.name + " has " + Grouped(index.units.read) + " read and " +
                  Grouped(index.units.write) + " write units a second."};
}

Result<Step> BillingStep(const UpdateLine& line, const TableNow& now) {
  if (line.billing_mode == "PAY_PER_REQUEST") {
    if (line.read || line.write) {
      return Invalid("--read and --write are of provisioned tables; PAY_PER_REQUEST has no units");
    }
    return Step{
        "UpdateTable",
        TableBody(line.table,
                  [](JsonWriter* writer) { WriteText("BillingMode", "PAY_PER_REQUEST", writer); }),
        line.table + " is on demand."};
  }
  ASSIGN_OR_RETURN(const Units units, UnitsOf(line, now));
  return Step{"UpdateTable",
              TableBody(line.table,
                        [&](JsonWriter* writer) {
                          WriteText("BillingMode", "PROVISIONED", writer);
                          WriteUnits(units, writer);
                          WriteIndexUnits(now, units, writer);
                        }),
              line.table + " has " + Grouped(units.read) + " read and " + Grouped(units.write) +
                  " write units a second."};
}

Result<Step> StreamStep(const UpdateLine& line, const TableNow& now) {
  if (!now.stream.empty() && line.stream != "off" && line.stream != now.stream) {
    return Invalid("the stream of " + line.table + " is on with " + now.stream +
                   "; another view is a new stream: first millrace table update " + line.table +
                   " --stream off");
  }
  return Step{
      "UpdateTable",
      TableBody(line.table,
                [&line](JsonWriter* writer) { WriteStreamSpecification(line.stream, writer); }),
      line.stream == "off" ? "Its stream is off; what it had stays readable for 24 h."
                           : "Its stream is on, with " + line.stream + "."};
}

// The first gets the word for one, the others too: AWS takes one index a request.
Status AddIndexSteps(const UpdateLine& line, const TableNow& now, std::vector<Step>* steps) {
  for (const std::string& name : line.drop_gsi) {
    steps->push_back({"UpdateTable",
                      TableBody(line.table,
                                [&name](JsonWriter* writer) {
                                  writer->Key("GlobalSecondaryIndexUpdates");
                                  writer->BeginArray();
                                  writer->BeginObject();
                                  writer->Key("Delete");
                                  writer->BeginObject();
                                  WriteText("IndexName", name, writer);
                                  writer->EndObject();
                                  writer->EndObject();
                                  writer->EndArray();
                                }),
                      "Deleted its index " + name + "."});
  }
  std::optional<Units> units;
  const bool to_on_demand = line.billing_mode == "PAY_PER_REQUEST";
  const bool to_provisioned = line.index.empty() && (line.read || line.write);
  if (!to_on_demand && (!now.on_demand || to_provisioned)) {
    ASSIGN_OR_RETURN(units, UnitsOf(line, now));
  }
  for (const std::string& text : line.gsi) {
    ASSIGN_OR_RETURN(const IndexWords index, ParseGlobalIndex(text));
    Status written;
    Step step{"UpdateTable",
              TableBody(line.table,
                        [&](JsonWriter* writer) {
                          written = WriteDefinitions({}, {index}, writer);
                          writer->Key("GlobalSecondaryIndexUpdates");
                          writer->BeginArray();
                          writer->BeginObject();
                          writer->Key("Create");
                          writer->BeginObject();
                          WriteIndex(index, "", units, writer);
                          writer->EndObject();
                          writer->EndObject();
                          writer->EndArray();
                        }),
              "Its index " + index.name +
                  " is being filled with the items that are there; millrace "
                  "table describe " +
                  line.table + " says when it is ACTIVE."};
    RETURN_IF_ERROR(written);
    steps->push_back(std::move(step));
  }
  return Status::Ok();
}

void AddTagSteps(const UpdateLine& line, const TableNow& now, std::vector<Step>* steps) {
  const auto body = [&now](const auto& write) {
    std::string text;
    JsonWriter writer(&text);
    writer.BeginObject();
    WriteText("ResourceArn", now.arn, &writer);
    write(&writer);
    writer.EndObject();
    return text;
  };
  if (!line.untag.empty()) {
    steps->push_back(
        {"UntagResource", body([&line](JsonWriter* writer) {
           writer->Key("TagKeys");
           writer->BeginArray();
           for (const std::string& key : line.untag) writer->String(key);
           writer->EndArray();
         }),
         "Took its tags away: " + Grouped(static_cast<int64_t>(line.untag.size())) + "."});
  }
  if (!line.tags.empty()) {
    steps->push_back({"TagResource",
                      body([&line](JsonWriter* writer) { WriteTags(line.tags, writer); }),
                      "Tagged it: " + Grouped(static_cast<int64_t>(line.tags.size())) + "."});
  }
}

// Those that are at once first, an index that has to be filled last.
Result<std::vector<Step>> StepsOf(const UpdateLine& line, const TableNow& now) {
  std::vector<Step> steps;
  AddTagSteps(line, now, &steps);
  if (!line.deletion_protection.empty()) {
    const bool on = line.deletion_protection == "on";
    steps.push_back({"UpdateTable",
                     TableBody(line.table,
                               [on](JsonWriter* writer) {
                                 writer->Key("DeletionProtectionEnabled");
                                 writer->Bool(on);
                               }),
                     "Its deletion protection is " + line.deletion_protection + "."});
  }
  if (!line.table_class.empty()) {
    steps.push_back({"UpdateTable",
                     TableBody(line.table,
                               [&line](JsonWriter* writer) {
                                 WriteText("TableClass", line.table_class, writer);
                               }),
                     "Its class is " + line.table_class + "."});
  }
  if (line.no_ttl) {
    steps.push_back({"UpdateTimeToLive", TimeToLiveBody(line.table, now.ttl, false),
                     "Its time to live is off."});
  }
  if (!line.ttl.empty()) {
    steps.push_back(
        {"UpdateTimeToLive", TimeToLiveBody(line.table, line.ttl, true),
         "Its items end when the time in " + line.ttl + ", seconds since 1970, has passed."});
  }
  if (!line.index.empty()) {
    ASSIGN_OR_RETURN(Step step, IndexUnitsStep(line, now));
    steps.push_back(std::move(step));
  } else if (!line.billing_mode.empty() || line.read || line.write) {
    ASSIGN_OR_RETURN(Step step, BillingStep(line, now));
    steps.push_back(std::move(step));
  }
  if (!line.stream.empty()) {
    ASSIGN_OR_RETURN(Step step, StreamStep(line, now));
    steps.push_back(std::move(step));
  }
  RETURN_IF_ERROR(AddIndexSteps(line, now, &steps));
  if (!steps.empty()) return steps;
  return Invalid(
      "say what is to change, for example --ttl ATTRIBUTE; all that can: millrace table "
      "update --help");
}

// What a refusal of one step means for the others.
Status WithSteps(const Status& status, const std::vector<Step>& steps, size_t failed) {
  std::string text = status.message();
  if (text.find("different AttributeName") != text.npos) {
    text += "\nAnother attribute needs --no-ttl first.";
  }
  if (failed > 0) {
    text += "\nWhat was asked for before that is done:";
    for (size_t i = 0; i < failed; ++i) text += " " + steps[i].done;
  }
  if (failed + 1 < steps.size()) text += "\nWhat was to come after it is not done.";
  return Status(status.code(), text);
}

Status Update(const CommandContext& context, const UpdateLine& line) {
  ASSIGN_OR_RETURN(const TableNow now, Look(context, line));
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsOf(line, now));
  if (steps.size() > 1) context.interrupts->Catch();
  for (size_t i = 0; i < steps.size(); ++i) {
    Status status = i == 0 ? Status::Ok() : AwaitActive(context, line.table);
    if (status.ok()) {
      status = context.api->Call("DynamoDB_20120810." + steps[i].operation, steps[i].body).status();
    }
    if (!status.ok()) return WithSteps(status, steps, i);
    if (!context.json) {
      Print(steps[i].done);
    } else if (!context.api->reply_text().empty()) {  // tags are set without a word
      Print(context.api->reply_text());
    }
  }
  return Status::Ok();
}

void AddOptions(Command* update, const std::shared_ptr<UpdateLine>& line) {
  update->Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  update->Option("--stream", &line->stream, "VIEW", "Turn its stream on with this view, or off")
      .OneOf({"NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY", "off"});
  update->Option("--billing-mode", &line->billing_mode, "MODE", "How it is paid for and limited")
      .OneOf({"PAY_PER_REQUEST", "PROVISIONED"});
  update->Option("--read", &line->read, "N", "Read units a second; makes it provisioned")
      .Within(1, INT64_MAX);
  update->Option("--write", &line->write, "N", "Write units a second; makes it provisioned")
      .Within(1, INT64_MAX);
  update->Option("--index", &line->index, "NAME",
                 "--read and --write are of this global index, not of the table");
  update->Option("--ttl", &line->ttl, "ATTRIBUTE",
                 "End items when the time in this number, seconds since 1970, has passed");
  update->Flag("--no-ttl", &line->no_ttl, "Items end no more");
  update->Option("--gsi", &line->gsi, "INDEX", "Make a global index").Check(CheckGlobalIndex);
  update->Option("--drop-gsi", &line->drop_gsi, "NAME", "Delete a global index");
  update
      ->Option("--deletion-protection", &line->deletion_protection, "on|off",
               "While it is on, table delete is refused")
      .OneOf({"on", "off"});
  update->Option("--tag", &line->tags, "KEY=VALUE", "Set a tag").Check(CheckTag);
  update->Option("--untag", &line->untag, "KEY", "Take a tag away");
  update->Option("--table-class", &line->table_class, "CLASS", "How its items are stored")
      .OneOf({"STANDARD", "STANDARD_INFREQUENT_ACCESS"});
}

}  // namespace

Status AwaitActive(const CommandContext& context, const std::string& table) {
  for (;;) {
    ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTable",
                                                             BodyOf("TableName", table)));
    const JsonValue described = *root.Find("Table");
    bool active = StringMember(described, "TableStatus") == "ACTIVE";
    if (const auto indexes = described.Find("GlobalSecondaryIndexes")) {
      RETURN_IF_ERROR(indexes->ForEachElement([&active](JsonValue index) {
        active = active && StringMember(index, "IndexStatus") == "ACTIVE";
        return Status::Ok();
      }));
    }
    if (active) return Status::Ok();
    if (context.interrupts->WaitFor(kPause)) {
      return Invalid("interrupted while " + table + " was still being changed");
    }
  }
}

std::string TimeToLiveBody(const std::string& table, const std::string& attribute, bool enabled) {
  return TableBody(table, [&](JsonWriter* writer) {
    writer->Key("TimeToLiveSpecification");
    writer->BeginObject();
    writer->Key("Enabled");
    writer->Bool(enabled);
    WriteText("AttributeName", attribute, writer);
    writer->EndObject();
  });
}

void AddTableUpdateCommand(Command* table) {
  Command& update = table->Add(
      {"update",
       "Change a table: stream, billing, time to live, indexes, tags, class, protection",
       std::string("Several changes are made one after the other, as the API takes them, and each "
                   "is said when it is done; if one is refused, those before it stay.\n") +
           kIndexHelp + " A local index is made with its table alone.",
       {"millrace table update people --ttl ends --tag team=accounts",
        "millrace table update orders --gsi by_city=city:S,placed:N/INCLUDE=total --drop-gsi old",
        "millrace table update orders --read 100 --write 50",
        "millrace table update orders --index by_city --write 20",
        "millrace table update orders --deletion-protection on --stream NEW_AND_OLD_IMAGES"},
       "millrace table describe TABLE shows what came of it."});
  const auto line = std::make_shared<UpdateLine>();
  AddOptions(&update, line);
  update.Run([line](const CommandContext& context) { return Update(context, *line); });
}

}  // namespace millrace
