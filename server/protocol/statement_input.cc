#include "server/protocol/statement_input.h"

#include <optional>
#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/older_values.h"
#include "server/protocol/statement_select.h"

namespace millrace {

Result<std::vector<Value>> ReadParameters(const Members& input) {
  std::vector<Value> parameters;
  const auto list = input.Find("Parameters");
  if (!list) return parameters;
  RETURN_IF_ERROR(list->ForEachElement([&parameters](JsonValue json) {
    ASSIGN_OR_RETURN(Value value,
                     WithOlderError(json, DecodeAttributeValue(json, ValueLayer::kStatement)));
    parameters.push_back(std::move(value));
    return Status::Ok();
  }));
  return parameters;
}

Result<Statement> ParseStatement(const Call& call, std::string_view text,
                                 const std::vector<Value>& parameters) {
  std::optional<StatementSource> refused;
  Result<Statement> statement = Statement::Parse(text, parameters, &refused);
  if (!refused || !refused->index) return statement;
  const Result<TableRef> table = call.FindTable(refused->table);
  const Index* const index = table.ok() ? (*table)->FindIndex(*refused->index) : nullptr;
  if (index != nullptr) RETURN_IF_ERROR(CheckReadable(index->spec.schema));
  return statement;
}

Status RefuseExists(const Statement& statement) {
  if (statement.kind() != StatementKind::kExists) return Status::Ok();
  return Status::Validation("EXISTS can only be used in ExecuteTransaction write requests.");
}

ReturnValues ReturnValuesOf(Returning returning) {
  switch (returning) {
    case Returning::kNothing:
      return ReturnValues::kNone;
    case Returning::kAllOld:
      return ReturnValues::kAllOld;
    case Returning::kModifiedOld:
      return ReturnValues::kUpdatedOld;
    case Returning::kAllNew:
      return ReturnValues::kAllNew;
    case Returning::kModifiedNew:
      return ReturnValues::kUpdatedNew;
  }
  return ReturnValues::kNone;
}

Result<WriteRequest> MakeStatementWrite(const Statement& statement, const TableRef& table) {
  if (statement.index()) {
    const bool exists = statement.kind() == StatementKind::kExists;  // as DynamoDB local has it
    return Status::Validation(exists ? "Operations on indices are not supported in transactions"
                                     : "This operation is not supported on an index");
  }
  ASSIGN_OR_RETURN(StatementWrite write, statement.PlanWrite(table->spec.schema));
  WriteRequest request;
  request.table = table;
  switch (statement.kind()) {
    case StatementKind::kInsert:
      request.kind = WriteKind::kPut;
      break;
    case StatementKind::kUpdate:
      request.kind = WriteKind::kUpdate;
      break;
    case StatementKind::kDelete:
      request.kind = WriteKind::kDelete;
      break;
    case StatementKind::kExists:
      request.kind = WriteKind::kConditionCheck;
      break;
    case StatementKind::kSelect:
      MILLRACE_CHECK(false, "a SELECT does not write");
  }
  request.key = std::move(write.key);
  request.item = std::move(write.item);
  request.condition = std::move(write.condition);
  request.update = std::move(write.update);
  request.return_images = statement.returning() != Returning::kNothing;
  return request;
}

Status StatementOutcome(const Statement& statement, const Status& outcome) {
  if (statement.kind() != StatementKind::kInsert ||
      !outcome.Is(ErrorCode::kConditionalCheckFailed)) {
    return outcome;
  }
  return Status(ErrorCode::kDuplicateItem, "Duplicate primary key exists in table");
}

}  // namespace millrace
