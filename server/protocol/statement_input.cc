#include "server/protocol/statement_input.h"

#include <optional>
#include <string_view>
#include <utility>

#include "engine/json/attribute_value.h"
#include "engine/model/number.h"

namespace millrace {

namespace {

// In the document's order, which is that of decoding. No deeper than JsonParser lets it be.
std::optional<std::string_view> FirstInvalidNumber(JsonValue value) {
  if (value.Is(JsonKind::kString)) {
    return Number::Parse(value.string()).ok() ? std::nullopt : std::optional(value.string());
  }
  std::optional<std::string_view> found;
  const Status found_one = Status::Validation("");
  const auto look = [&](JsonValue inner) {
    found = FirstInvalidNumber(inner);
    return found ? found_one : Status::Ok();
  };
  const auto look_at_member = [&](std::string_view, JsonValue inner) { return look(inner); };
  const auto look_by_type = [&](std::string_view type, JsonValue inner) {
    if (type == "N" || type == "NS" || type == "L") return look(inner);
    const bool map = type == "M" && inner.Is(JsonKind::kObject);
    return map ? inner.ForEachMember(look_at_member) : Status::Ok();
  };
  const Status looked = value.Is(JsonKind::kArray)    ? value.ForEachElement(look)
                        : value.Is(JsonKind::kObject) ? value.ForEachMember(look_by_type)
                                                      : Status::Ok();
  return looked.ok() ? std::nullopt : found;
}

Result<Value> DecodeParameter(JsonValue json) {
  Result<Value> value = DecodeAttributeValue(json);
  if (value.ok()) return value;
  const std::optional<std::string_view> number = FirstInvalidNumber(json);
  const bool is_why =
      number && Number::Parse(*number).status().message() == value.status().message();
  return is_why ? ParameterNumberError(*number, value.status()) : value.status();
}

}  // namespace

Result<std::vector<Value>> ReadParameters(const Members& input) {
  std::vector<Value> parameters;
  const auto list = input.Find("Parameters");
  if (!list) return parameters;
  RETURN_IF_ERROR(list->ForEachElement([&parameters](JsonValue json) {
    ASSIGN_OR_RETURN(Value value, DecodeParameter(json));
    parameters.push_back(std::move(value));
    return Status::Ok();
  }));
  return parameters;
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
