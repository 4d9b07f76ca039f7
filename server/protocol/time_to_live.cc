#include <string>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/member_json.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// UpdateTimeToLive, DescribeTimeToLive. Source: the API reference; texts as AWS sent them to public
// test suites.
namespace millrace {
namespace {

// Of an attribute that isn't a key: its length is the one of keys all the same.
constexpr Shape kTtlAttribute = StringOf(1, 255);
constexpr Member kSpecificationMembers[] = {
    {"AttributeName", &kTtlAttribute, Presence::kRequired},
    {"Enabled", &kAnyBoolean, Presence::kRequired},
};
constexpr Shape kSpecification = StructureOf("TimeToLiveSpecification", kSpecificationMembers);
constexpr Member kUpdateMembers[] = {
    kTableNameMember,
    {"TimeToLiveSpecification", &kSpecification, Presence::kRequired},
};

}  // namespace

const Shape kUpdateTimeToLiveInput = StructureOf("UpdateTimeToLiveInput", kUpdateMembers);
const Shape kDescribeTimeToLiveInput = StructureOf("DescribeTimeToLiveInput", kTableNameOnly);

Status UpdateTimeToLive(Call* call) {
  const Members specification = *call->input.Structure("TimeToLiveSpecification");
  TableUpdate update;
  update.ttl = TableUpdate::Ttl{};  // clang takes no emplace of it
  update.ttl->attribute = specification.Text("AttributeName");
  update.ttl->enabled = specification.Boolean("Enabled");
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const Result<TableRef> updated = call->services.database->UpdateTable(table->spec.name, update);
  if (updated.status().Is(ErrorCode::kResourceNotFound)) return TableNotFound(table->spec.name);
  RETURN_IF_ERROR(updated.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TimeToLiveSpecification");
  reply.BeginObject();
  WriteText("AttributeName", update.ttl->attribute, &reply);
  reply.Key("Enabled");
  reply.Bool(update.ttl->enabled);
  reply.EndObject();
  reply.EndObject();
  return Status::Ok();
}

Status DescribeTimeToLive(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const bool on = table->ttl && table->ttl->enabled;
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TimeToLiveDescription");
  reply.BeginObject();
  if (on) WriteText("AttributeName", table->ttl->attribute, &reply);
  WriteText("TimeToLiveStatus",
            !on                  ? "DISABLED"
            : table->ttl->filled ? "ENABLED"
                                 : "ENABLING",
            &reply);
  reply.EndObject();
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
