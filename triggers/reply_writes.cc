#include "triggers/reply_writes.h"

#include <algorithm>
#include <string>
#include <utility>

namespace millrace {
namespace {

Result<Placeholders> MakePlaceholders(const TableWrite& write) {
  Placeholders placeholders;
  for (const auto& [placeholder, name] : write.names) {
    RETURN_IF_ERROR(placeholders.AddName(placeholder, name));
  }
  for (const auto& [placeholder, bytes] : write.values) {
    RETURN_IF_ERROR(placeholders.AddValue(placeholder, Value(ValueView(bytes))));
  }
  return placeholders;
}

Status CheckExpressionSize(std::string_view parameter, std::string_view text) {
  if (text.size() <= kExpressionSizeMax) return Status::Ok();
  return Status::Validation("Invalid " + std::string(parameter) +
                            ": Expression size has exceeded the maximum allowed size;");
}

Result<WriteRequest> MakeWrite(const TableWrite& write, const FindTableFunction& find_table,
                               Placeholders* placeholders) {
  WriteRequest request;
  request.table = find_table(write.table_name);
  if (request.table == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + write.table_name + " not found");
  }
  const KeySchema& schema = request.table->spec.schema;
  const ItemView item(write.item);
  if (write.kind == TableWriteKind::kPut) {
    request.kind = WriteKind::kPut;
    ASSIGN_OR_RETURN(request.key, KeyOfItem(schema, item));
    RETURN_IF_ERROR(CheckItemSize(item));
    request.item = write.item;
  } else {
    request.kind = write.kind == TableWriteKind::kUpdate ? WriteKind::kUpdate : WriteKind::kDelete;
    ASSIGN_OR_RETURN(request.key, KeyOfKeyMap(schema, item.value()));
  }
  if (!write.update_expression.empty()) {
    RETURN_IF_ERROR(CheckExpressionSize("UpdateExpression", write.update_expression));
    ASSIGN_OR_RETURN(request.update,
                     UpdateExpression::Parse(write.update_expression, schema, placeholders));
  }
  if (!write.condition_expression.empty()) {
    RETURN_IF_ERROR(CheckExpressionSize("ConditionExpression", write.condition_expression));
    ASSIGN_OR_RETURN(request.condition, Condition::Parse("ConditionExpression",
                                                         write.condition_expression, placeholders));
  }
  RETURN_IF_ERROR(placeholders->CheckAllUsed());
  return request;
}

}  // namespace

BatchReport ReadReport(const std::vector<uint32_t>& failed, size_t count, bool asked_for) {
  if (failed.empty()) return {count, ""};
  if (!asked_for) {
    return {0,
            "the handler reports failed records, and FunctionResponseTypes of the mapping lacks "
            "ReportBatchItemFailures"};
  }
  const auto [lowest, highest] = std::minmax_element(failed.begin(), failed.end());
  if (*highest >= count) {
    return {0, "the handler reports record " + std::to_string(*highest) + " of a batch of " +
                   std::to_string(count)};
  }
  return {*lowest, "the handler reports record " + std::to_string(*lowest) + " of " +
                       std::to_string(count) + " as failed"};
}

Result<HandlerWrites> MakeWrites(const std::vector<TableWrite>& writes,
                                 const FindTableFunction& find_table) {
  HandlerWrites made;
  made.placeholders.reserve(writes.size());
  for (size_t i = 0; i < writes.size(); ++i) {
    Result<Placeholders> placeholders = MakePlaceholders(writes[i]);
    Status status = placeholders.status();
    if (status.ok()) {
      made.placeholders.push_back(std::move(placeholders).value());
      Result<WriteRequest> request = MakeWrite(writes[i], find_table, &made.placeholders.back());
      status = request.status();
      if (status.ok()) made.requests.push_back(std::move(request).value());
    }
    if (!status.ok()) {
      return Status(status.code(), "write " + std::to_string(i) + " to table " +
                                       writes[i].table_name + ": " + status.message());
    }
  }
  return made;
}

}  // namespace millrace
