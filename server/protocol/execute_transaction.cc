#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/partiql_operations.h"
#include "server/protocol/statement_input.h"
#include "server/protocol/transact_reply.h"
#include "server/protocol/transact_writes.h"

// ExecuteTransaction. Source: "ExecuteTransaction" in the API reference, and "Performing
// transactions with PartiQL" in the developer guide: up to 100 statements, all of which read one
// item each, or all of which write or are EXISTS.
//
// What is wrong with the text of a statement is an error of the request, which names the
// statement's place; what the table's key or the item tells is a reason of a cancellation, as in
// TransactWriteItems. Not confirmed: that all of EXISTS is the former, a key of the wrong type too;
// and the reason DuplicateItem of an INSERT.
namespace millrace {
namespace {

constexpr Member kStatementMembers[] = {
    {"Statement", &kStatementText, Presence::kRequired},
    {"Parameters", &kStatementParameters},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kStatement = StructureOf("ParameterizedStatement", kStatementMembers);
constexpr Shape kStatements = ListOf(&kStatement, 1, kTransactionActionsMax);

constexpr Member kMembers[] = {
    {"TransactStatements", &kStatements, Presence::kRequired},
    {"ClientRequestToken", &kClientRequestToken},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
};

struct PlacedStatement {
  Statement statement;
  bool old_item_on_failure = false;
  TableRef table;
};

Status InStatement(size_t place, const Status& error) {
  if (!error.Is(ErrorCode::kValidation)) return error;
  return Status::Validation("Validation failed in TransactStatements[" + std::to_string(place) +
                            "]: " + error.message());
}

Result<std::vector<PlacedStatement>> ReadStatements(const Members& input) {
  std::vector<PlacedStatement> statements;
  RETURN_IF_ERROR(input.Find("TransactStatements")->ForEachElement([&statements](JsonValue json) {
    const Members members(json);
    // Recorded: what is wrong with them names no place.
    ASSIGN_OR_RETURN(const std::vector<Value> parameters, ReadParameters(members));
    Result<Statement> statement = Statement::Parse(members.Text("Statement"), parameters);
    if (!statement.ok()) return InStatement(statements.size(), statement.status());
    statements.push_back({std::move(*statement),
                          members.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD",
                          nullptr});
    return Status::Ok();
  }));
  for (const PlacedStatement& placed : statements) {
    if (placed.statement.reads() == statements[0].statement.reads()) continue;
    return Status::Validation(
        "ExecuteTransaction API does not support both read and write operations in the same "
        "request.");
  }
  return statements;
}

Status FindTables(const Call& call, std::vector<PlacedStatement>* statements) {
  for (size_t i = 0; i < statements->size(); ++i) {
    PlacedStatement& placed = (*statements)[i];
    if (placed.statement.returning() != Returning::kNothing) {
      return InStatement(
          i, Status::Validation("RETURNING clause is not supported in ExecuteTransaction."));
    }
    Result<TableRef> table = call.FindTable(placed.statement.table());
    if (!table.ok()) return InStatement(i, table.status());
    placed.table = std::move(*table);
  }
  return Status::Ok();
}

// Reads.

// Error: what is wrong with the statement. `invalid`: what only the table tells.
Result<ItemAddress> AddressOf(const PlacedStatement& placed, Status* invalid) {
  if (placed.statement.index()) {
    return Status::Validation("Reads on indices are not supported within transactions.");
  }
  Result<std::optional<ItemKey>> key = placed.statement.KeyOfSelect(placed.table->spec.schema);
  *invalid = key.status();
  if (IsEmptyKeyValue(*invalid)) return *invalid;
  if (!key.ok()) return ItemAddress{placed.table, {}};
  if (!*key) {
    return Status::Validation(
        "Select statements within ExecuteTransaction must specify the primary key in the where "
        "clause.");
  }
  return ItemAddress{placed.table, std::move(**key)};
}

// A ClientRequestToken has nothing to do here.
Status ReadItems(Call* call, const std::vector<PlacedStatement>& statements) {
  std::vector<ItemAddress> addresses;
  std::vector<CancellationReason> reasons;
  bool canceled = false;
  for (size_t i = 0; i < statements.size(); ++i) {
    Status invalid;
    Result<ItemAddress> address = AddressOf(statements[i], &invalid);
    if (!address.ok()) return InStatement(i, address.status());
    addresses.push_back(std::move(*address));
    reasons.push_back(ReasonOf(invalid));
    canceled = canceled || !invalid.ok();
  }
  if (canceled) {
    SendCanceled(call->TakeReply(), reasons);
    return Status::Ok();
  }
  return ReplyWithItems(call, addresses,
                        [&statements](size_t i, ItemView item, JsonWriter* writer) {
                          const std::string selected = statements[i].statement.Project(item);
                          writer->Key("Item");
                          WriteAttributeMap(MapView(selected), writer);
                        });
}

// Writes.

// Error: what is wrong with the statement.
Result<TransactWrite> MakeWrite(const PlacedStatement& placed) {
  const Statement& statement = placed.statement;
  Result<WriteRequest> request = MakeStatementWrite(statement, placed.table);
  if (!request.ok() && (statement.index() || statement.kind() == StatementKind::kExists)) {
    return request.status();
  }
  ASSIGN_OR_RETURN(TransactWrite write,
                   MakeTransactWrite(std::move(request), placed.old_item_on_failure));
  if (statement.kind() == StatementKind::kInsert) {
    const Status duplicate =
        StatementOutcome(statement, Status(ErrorCode::kConditionalCheckFailed, ""));
    write.failure = CancellationReason{"DuplicateItem", duplicate.message(), {}};
  }
  return write;
}

Status WriteItems(Call* call, const std::vector<PlacedStatement>& statements) {
  const auto reply = std::make_shared<TransactWriteReply>();
  reply->with_responses = true;
  std::vector<TransactWrite> writes;
  for (size_t i = 0; i < statements.size(); ++i) {
    Result<TransactWrite> write = MakeWrite(statements[i]);
    if (!write.ok()) return InStatement(i, write.status());
    writes.push_back(std::move(*write));
    reply->tables.push_back(statements[i].table);
  }
  return CommitAndReply(call, "TransactStatements", std::move(writes), reply);
}

}  // namespace

const Shape kExecuteTransactionInput = StructureOf("ExecuteTransactionInput", kMembers);

Status ExecuteTransaction(Call* call) {
  ASSIGN_OR_RETURN(std::vector<PlacedStatement> statements, ReadStatements(call->input));
  RETURN_IF_ERROR(FindTables(*call, &statements));
  return statements[0].statement.reads() ? ReadItems(call, statements)
                                         : WriteItems(call, statements);
}

}  // namespace millrace
