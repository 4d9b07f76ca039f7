#include "server/cli/commands.h"

#include <utility>

#include "server/cli/text.h"

namespace millrace {
namespace {

// {"TableName": "..."}, and more.
std::string NameBody(std::string_view member, std::string_view value) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  writer.Key(member);
  writer.String(value);
  writer.EndObject();
  return body;
}

Result<std::vector<std::string>> ListTableNames(ApiClient* api) {
  std::vector<std::string> names;
  std::string body = "{}";
  while (true) {
    ASSIGN_OR_RETURN(const JsonValue root, api->Call("DynamoDB_20120810.ListTables", body));
    const std::optional<JsonValue> page = root.Find("TableNames");
    if (!page || !page->Is(JsonKind::kArray)) break;
    RETURN_IF_ERROR(page->ForEachElement([&names](JsonValue name) {
      names.emplace_back(name.string());
      return Status::Ok();
    }));
    const std::string last = StringMember(root, "LastEvaluatedTableName");
    if (last.empty()) break;
    body = NameBody("ExclusiveStartTableName", last);
  }
  return names;
}

std::string StreamText(JsonValue table) {
  const std::optional<JsonValue> stream = table.Find("StreamSpecification");
  return stream ? StringMember(*stream, "StreamViewType") : "off";
}

// The key as the API takes it, from values in the order of the table's key schema.
Result<std::string> KeyOfValues(ApiClient* api, const HistoryCommand& command) {
  ASSIGN_OR_RETURN(const JsonValue root, api->Call("DynamoDB_20120810.DescribeTable",
                                                   NameBody("TableName", command.table)));
  const JsonValue table = *root.Find("Table");
  std::vector<std::pair<std::string, std::string>> attributes;  // name, type: in key order
  RETURN_IF_ERROR(table.Find("AttributeDefinitions")->ForEachElement([&](JsonValue attribute) {
    attributes.emplace_back(StringMember(attribute, "AttributeName"),
                            StringMember(attribute, "AttributeType"));
    return Status::Ok();
  }));
  if (attributes.size() != command.key.size()) {
    std::string names;
    for (const auto& [name, type] : attributes) names += " " + name;
    return Status(ErrorCode::kInvalidParameterValue,
                  "the key of " + command.table + " has " + std::to_string(attributes.size()) +
                      (attributes.size() == 1 ? " value:" : " values:") + names);
  }
  std::string key;
  JsonWriter writer(&key);
  writer.BeginObject();
  for (size_t i = 0; i < attributes.size(); ++i) {
    writer.Key(attributes[i].first);
    writer.BeginObject();
    writer.Key(attributes[i].second);
    writer.String(command.key[i]);
    writer.EndObject();
  }
  writer.EndObject();
  return key;
}

void PrintVersion(JsonValue record) {
  const JsonValue change = *record.Find("dynamodb");
  const std::optional<JsonValue> time = change.Find("ApproximateCreationDateTime");
  std::string line = TimeText(time ? time->number() : 0) + "  " +
                     StringMember(record, "eventName") + "  by " +
                     StringMember(record, "principal");
  const std::string cause = StringMember(record, "causedBy");
  if (!cause.empty()) line += ", caused by " + cause;
  Print(line);
  const std::optional<JsonValue> image = change.Find("NewImage");
  if (image) Print("    " + AttributesText(*image));
}

}  // namespace

Status ShowStatus(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("Millrace_20261121.Status", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  const std::optional<JsonValue> log = root.Find("Log");
  std::vector<std::vector<std::string>> rows = {
      {"version", StringMember(root, "Version")},
      {"region", StringMember(root, "Region")},
      {"durability", StringMember(root, "Durability")},
      {"uptime", Grouped(IntegerMember(root, "UptimeSeconds")) + " s"},
      {"tables", Grouped(IntegerMember(root, "TableCount"))},
      {"commits", Grouped(IntegerMember(root, "AppliedLsn"))},
  };
  if (log) {
    rows.push_back({"log", SizeText(IntegerMember(*log, "SizeBytes")) + " in " +
                               Grouped(IntegerMember(*log, "SegmentCount")) + " segments"});
  }
  if (const std::optional<JsonValue> triggers = root.Find("Triggers")) {
    rows.push_back({"functions", Grouped(IntegerMember(*triggers, "Functions"))});
    rows.push_back({"mappings", Grouped(IntegerMember(*triggers, "Mappings"))});
    const std::string problem = StringMember(*triggers, "SandboxProblem");
    rows.push_back({"sandbox", !problem.empty()                        ? "NONE: " + problem
                               : BooleanMember(*triggers, "Sandboxed") ? "yes"
                                                                       : "SWITCHED OFF"});
  }
  Print(Aligned(rows));
  return Status::Ok();
}

Status ListTablesCommand(const CommandContext& context) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListTableNames(context.api));
  std::vector<std::vector<std::string>> rows = {{"TABLE", "ITEMS", "SIZE", "STREAM"}};
  std::string all;
  JsonWriter writer(&all);
  writer.BeginArray();
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.DescribeTable",
                                                             NameBody("TableName", name)));
    writer.Raw(context.api->reply_text());
    const JsonValue table = *root.Find("Table");
    rows.push_back({name, Grouped(IntegerMember(table, "ItemCount")),
                    SizeText(IntegerMember(table, "TableSizeBytes")), StreamText(table)});
  }
  writer.EndArray();
  if (context.json) {
    Print(all);
  } else {
    Print(names.empty() ? "There are no tables." : Aligned(rows));
  }
  return Status::Ok();
}

Status ShowHistory(const CommandContext& context, const HistoryCommand& command) {
  std::string key;
  if (command.key.size() == 1 && command.key[0].substr(0, 1) == "{") {
    key = command.key[0];
  } else {
    ASSIGN_OR_RETURN(key, KeyOfValues(context.api, command));
  }
  std::string token;
  size_t shown = 0;
  do {
    std::string body;
    JsonWriter writer(&body);
    writer.BeginObject();
    writer.Key("TableName");
    writer.String(command.table);
    writer.Key("Key");
    writer.Raw(key);
    if (!token.empty()) {
      writer.Key("NextToken");
      writer.String(token);
    }
    writer.EndObject();
    ASSIGN_OR_RETURN(const JsonValue root,
                     context.api->Call("Millrace_20261121.GetItemHistory", body));
    if (context.json) Print(context.api->reply_text());
    RETURN_IF_ERROR(root.Find("Records")->ForEachElement([&](JsonValue record) {
      ++shown;
      if (!context.json) PrintVersion(record);
      return Status::Ok();
    }));
    token = StringMember(root, "NextToken");
    if (token.empty() && !context.json && BooleanMember(root, "BeginningTrimmed")) {
      Print("Earlier versions are no longer in the log.");
    }
  } while (!token.empty());
  if (shown == 0 && !context.json) Print("The log has no record of this item.");
  return Status::Ok();
}

Status VerifyTableCommand(const CommandContext& context, const std::string& table) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("Millrace_20261121.VerifyTable",
                                                           NameBody("TableName", table)));
  const bool equal = BooleanMember(root, "Equal");
  const std::optional<JsonValue> chain = root.Find("Chain");
  const bool intact = chain && BooleanMember(*chain, "Intact");
  if (context.json) {
    Print(context.api->reply_text());
  } else {
    Print(Grouped(IntegerMember(root, "Records")) + " records of the log make " +
          Grouped(IntegerMember(root, "RebuiltItems")) + " items; the table has " +
          Grouped(IntegerMember(root, "LiveItems")) + ".");
    Print(equal ? "The table equals what its log produces."
                : "The table DIFFERS from what its log produces, in " +
                      Grouped(IntegerMember(root, "Differences")) + " items.");
    Print(intact ? "The hash chains of its shards are intact."
                 : "A hash chain of its shards is BROKEN.");
  }
  if (equal && intact) return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue, table + " does not match its log");
}

}  // namespace millrace
