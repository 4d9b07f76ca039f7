#include "server/cli/table_commands.h"

#include "server/cli/context.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

std::string StreamText(JsonValue table) {
  const std::optional<JsonValue> stream = table.Find("StreamSpecification");
  return stream ? StringMember(*stream, "StreamViewType") : "off";
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
    Print(names.empty() ? "There are no tables." : Aligned(rows));
  }
  return Status::Ok();
}

}  // namespace

void AddTableCommands(Command* root) {
  Command& table = root->Add({"table", "Tables"});
  table
      .Add({"list",
            "All tables, with what they hold",
            "",
            {"millrace table list"},
            "millrace history TABLE KEY shows what happened to an item."})
      .Run(ListTables);
}

}  // namespace millrace
