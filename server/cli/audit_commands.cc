#include "server/cli/audit_commands.h"

#include <utility>

#include "server/cli/context.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

struct HistoryLine {
  std::string table;
  // The key's values, partition key first; or one JSON object as the API takes it.
  std::vector<std::string> key;
};

// The key as the API takes it, from values in the order of the table's key schema.
Result<std::string> KeyOfValues(ApiClient* api, const HistoryLine& command) {
  ASSIGN_OR_RETURN(const JsonValue root, api->Call("DynamoDB_20120810.DescribeTable",
                                                   BodyOf("TableName", command.table)));
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

Status ShowHistory(const CommandContext& context, const HistoryLine& command) {
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

Status VerifyOneTable(const CommandContext& context, const std::string& table) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.VerifyTable", BodyOf("TableName", table)));
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

}  // namespace

void AddAuditCommands(Command* root) {
  const auto line = std::make_shared<HistoryLine>();
  Command& history = root->Add(
      {"history",
       "Every version of one item, from the log",
       "Each line is a change of the item: when, what, by whom, and the item as it was then. The "
       "log knows every change that is still in it, whether the table's stream is on or not.",
       {"millrace history airports ATL", "millrace history orders 17 2026-11-21",
        "millrace history orders '{\"pk\": {\"S\": \"17\"}, \"sk\": {\"N\": \"3\"}}'"},
       "millrace verify TABLE proves that the table is what its log says."});
  history.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  history
      .Argument("key", &line->key,
                "The values of the key, partition key first; or the key in DynamoDB's JSON")
      .Count(1, 2);
  history.Run([line](const CommandContext& context) { return ShowHistory(context, *line); });

  const auto table = std::make_shared<std::string>();
  Command& verify = root->Add(
      {"verify",
       "Rebuild a table from its log and compare",
       "Also checks the chain of hashes of the table's records. Exit code 1 when anything differs.",
       {"millrace verify airports"},
       "millrace history TABLE KEY shows what happened to an item that differs."});
  verify.Argument("table", table.get(), "The table").Kind(ValueKind::kTable);
  verify.Run([table](const CommandContext& context) { return VerifyOneTable(context, *table); });
}

}  // namespace millrace
