#include <algorithm>
#include <string>

#include "server/protocol/call.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// DescribeTable, ListTables, DeleteTable. Source: the API reference.
namespace millrace {
namespace {

constexpr size_t kListTablesMax = 100;
constexpr Shape kListLimit = NumberOf(ShapeKind::kInteger, 1, kListTablesMax);
constexpr Member kListMembers[] = {
    {"ExclusiveStartTableName", &kPlainTableName},
    {"Limit", &kListLimit},
};

}  // namespace

const Shape kDescribeTableInput = StructureOf("DescribeTableInput", kTableNameOnly);
const Shape kDeleteTableInput = StructureOf("DeleteTableInput", kTableNameOnly);
const Shape kListTablesInput = StructureOf("ListTablesInput", kListMembers);

Status DescribeTable(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Table");
  WriteTableDescription(*call, *table, {}, &reply);
  reply.EndObject();
  return Status::Ok();
}

Status ListTables(Call* call) {
  const Members& input = call->input;
  const std::string_view start = input.Text("ExclusiveStartTableName");
  const auto limit = static_cast<size_t>(input.Integer("Limit").value_or(kListTablesMax));
  const std::vector<TableRef> tables = call->services.database->Tables();  // sorted by name
  auto it = std::find_if(tables.begin(), tables.end(),
                         [start](const TableRef& table) { return table->spec.name > start; });
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableNames");
  reply.BeginArray();
  const auto end = it + std::min<ptrdiff_t>(static_cast<ptrdiff_t>(limit), tables.end() - it);
  for (; it != end; ++it) reply.String((*it)->spec.name);
  reply.EndArray();
  if (end != tables.end()) {
    reply.Key("LastEvaluatedTableName");
    reply.String((*(end - 1))->spec.name);
  }
  reply.EndObject();
  return Status::Ok();
}

Status DeleteTable(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  if (table->spec.deletion_protection) {
    return Status::Validation(
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.");
  }
  const Result<TableRef> deleted = call->services.database->DeleteTable(table->spec.name);
  if (deleted.status().Is(ErrorCode::kResourceNotFound)) return TableNotFound(table->spec.name);
  RETURN_IF_ERROR(deleted.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  WriteTableDescription(*call, *table, {"DELETING"}, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
