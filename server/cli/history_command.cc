#include "server/cli/history_command.h"

#include <utility>

#include "server/cli/context.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"

namespace millrace {
namespace {

struct HistoryLine {
  std::string table;
  // The key's values, partition key first, as VALUE or NAME=VALUE; or one JSON object.
  std::vector<std::string> key;
  std::string from;
  std::string to;
  std::optional<int64_t> limit;
};

struct KeyColumn {
  std::string name;
  std::string type;
};

// Of the live table, partition key first.
Result<std::vector<KeyColumn>> KeyOf(ApiClient* api, const std::string& table_name) {
  const Result<JsonValue> root =
      api->Call("DynamoDB_20120810.DescribeTable", BodyOf("TableName", table_name));
  if (root.status().Is(ErrorCode::kResourceNotFound)) {
    return Status(root.status().code(), root.status().message() +
                                            "\nOf a table that was deleted give the key in "
                                            "DynamoDB's JSON: millrace history " +
                                            table_name + " '{\"pk\": {\"S\": \"17\"}}'");
  }
  RETURN_IF_ERROR(root.status());
  const JsonValue table = *root->Find("Table");
  std::vector<KeyColumn> columns;
  RETURN_IF_ERROR(table.Find("KeySchema")->ForEachElement([&](JsonValue key) {
    columns.push_back({StringMember(key, "AttributeName"), ""});
    return Status::Ok();
  }));
  RETURN_IF_ERROR(table.Find("AttributeDefinitions")->ForEachElement([&](JsonValue attribute) {
    for (KeyColumn& column : columns) {
      if (column.name == StringMember(attribute, "AttributeName")) {
        column.type = StringMember(attribute, "AttributeType");
      }
    }
    return Status::Ok();
  }));
  return columns;
}

// The key as the API takes it, from values in the order of the key, or with their names.
Result<std::string> KeyOfValues(ApiClient* api, const HistoryLine& line) {
  ASSIGN_OR_RETURN(const std::vector<KeyColumn> columns, KeyOf(api, line.table));
  std::vector<std::optional<std::string>> values(columns.size());
  size_t next = 0;
  for (const std::string& text : line.key) {
    size_t at = columns.size();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (text.compare(0, columns[i].name.size() + 1, columns[i].name + "=") == 0) at = i;
    }
    const bool named = at < columns.size();
    if (!named) at = next;
    if (at < values.size()) values[at] = named ? text.substr(columns[at].name.size() + 1) : text;
    next = at + 1;
  }
  std::string names;
  bool complete = line.key.size() == columns.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    names += " " + columns[i].name;
    complete = complete && values[i];
  }
  if (!complete) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "the key of " + line.table + " has " + std::to_string(columns.size()) +
                      (columns.size() == 1 ? " value:" : " values:") + names);
  }
  std::string key;
  JsonWriter writer(&key);
  writer.BeginObject();
  for (size_t i = 0; i < columns.size(); ++i) {
    writer.Key(columns[i].name);
    writer.BeginObject();
    writer.Key(columns[i].type);
    writer.String(*values[i]);
    writer.EndObject();
  }
  writer.EndObject();
  return key;
}

// A key in DynamoDB's JSON, which becomes part of a request: it must be one object and no more.
Status CheckJsonKey(const std::string& key) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(key);
  if (root.ok() && root->Is(JsonKind::kObject)) return Status::Ok();
  return Status(
      ErrorCode::kInvalidParameterValue,
      "the key " + Printable(key) + " is not a JSON object such as {\"pk\": {\"S\": \"17\"}}");
}

// Shows the versions, and between them when the table was deleted and made again.
class History {
 public:
  History(const CommandContext& context, const HistoryLine& line)
      : context_(context), line_(line), now_(context.clock->WallMicros()) {}

  Status Run() {
    if (line_.key.size() == 1 && line_.key[0].substr(0, 1) == "{") {
      key_ = line_.key[0];
      RETURN_IF_ERROR(CheckJsonKey(key_));
    } else {
      ASSIGN_OR_RETURN(key_, KeyOfValues(context_.api, line_));
    }
    do {
      ASSIGN_OR_RETURN(const std::string body, Body());
      ASSIGN_OR_RETURN(const JsonValue root,
                       context_.api->Call("Millrace_20261121.GetItemHistory", body));
      if (context_.json) Print(context_.api->reply_text());
      RETURN_IF_ERROR(ShowPage(root));
      token_ = StringMember(root, "NextToken");
      trimmed_ = trimmed_ || BooleanMember(root, "BeginningTrimmed");
    } while (!token_.empty() && !Enough());
    if (context_.json) return Status::Ok();
    if (trimmed_) Print("Earlier versions are no longer in the log.");
    const bool bounded = !line_.from.empty() || !line_.to.empty();
    if (shown_ == 0) {
      Print(std::string("The log has no record of this item") + (bounded ? " in that time." : "."));
    }
    return Status::Ok();
  }

 private:
  bool Enough() const { return line_.limit && shown_ >= *line_.limit; }

  Result<std::string> Body() const {
    std::string body;
    JsonWriter writer(&body);
    writer.BeginObject();
    WriteText("TableName", line_.table, &writer);
    writer.Key("Key");
    writer.Raw(key_);
    RETURN_IF_ERROR(WriteRangeBound(RangeSide::kFrom, line_.from, now_, &writer));
    RETURN_IF_ERROR(WriteRangeBound(RangeSide::kTo, line_.to, now_, &writer));
    if (line_.limit) {
      WriteOptional("Limit", std::min<int64_t>(*line_.limit - shown_, 1000), &writer);
    }
    WriteText("NextToken", token_, &writer);
    writer.EndObject();
    return body;
  }

  Status ShowPage(JsonValue root) {
    return root.Find("Records")->ForEachElement([&](JsonValue record) {
      ++shown_;
      if (context_.json) return Status::Ok();
      const std::string table_id = StringMember(record, "tableId");
      if (table_id != table_id_) SayOtherTable(root, table_id);
      const bool missing = BooleanMember(record, "OldImageMissing");
      Print(RecordText(record, context_.terminal, !missing));
      return Status::Ok();
    });
  }

  void SayOtherTable(JsonValue root, const std::string& table_id) {
    const bool first = table_id_.empty();
    const auto tables = root.Find("Tables");
    if (!first && tables) {
      static_cast<void>(tables->ForEachElement([&](JsonValue table) {
        const std::string id = StringMember(table, "TableId");
        if (id == table_id_) SayTime(table, "DeletionDateTime", "deleted, with all its items");
        if (id == table_id) SayTime(table, "CreationDateTime", "made again");
        return Status::Ok();
      }));
    }
    table_id_ = table_id;
  }

  void SayTime(JsonValue table, std::string_view member, const std::string& what) const {
    const auto time = table.Find(member);
    Print(TimeText(time ? time->number() : 0) + "  the table " + line_.table + " was " + what);
  }

  const CommandContext& context_;
  const HistoryLine& line_;
  const int64_t now_;  // what -1h is before, on every page
  std::string key_;
  std::string token_;
  std::string table_id_;  // of the version shown last
  int64_t shown_ = 0;
  bool trimmed_ = false;
};

}  // namespace

void AddHistoryCommand(Command* root) {
  const auto line = std::make_shared<HistoryLine>();
  Command& history = root->Add(
      {"history",
       "Every version of one item, from the log",
       "For each change of the item: when, what, by whom, because of which record, and the "
       "attributes that were added (+), removed (-) or changed (~). The log knows every change "
       "that is still in it, whether the table's stream is on or not, and also those of a deleted "
       "table that had the name.",
       {"millrace history airports ATL", "millrace history orders 17 2026-11-21",
        "millrace history orders pk=17 sk=3 --from -1h",
        "millrace history orders '{\"pk\": {\"S\": \"17\"}, \"sk\": {\"N\": \"3\"}}'"},
       "millrace tail TABLE shows the changes of all items; millrace verify TABLE proves that the "
       "table is what its log says."});
  history.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  history
      .Argument("key", &line->key,
                "The values of the key, partition key first, or NAME=VALUE; or the key in "
                "DynamoDB's JSON")
      .Count(1, 2);
  history.Option("--from", &line->from, "TIME", "Changes from then on; or a sequence number")
      .Check(CheckLogPlace);
  history.Option("--to", &line->to, "TIME", "Changes before then; or up to a sequence number")
      .Check(CheckLogPlace);
  history.Option("--limit", &line->limit, "N", "So many versions at most, oldest first")
      .Within(1, INT64_MAX);
  history.Run([line](const CommandContext& context) { return History(context, *line).Run(); });
}

}  // namespace millrace
