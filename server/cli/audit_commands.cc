#include "server/cli/audit_commands.h"

#include <utility>

#include "server/cli/context.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

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
