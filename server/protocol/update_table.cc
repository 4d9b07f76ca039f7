#include <string>

#include "server/protocol/call.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// UpdateTable: for now the stream, on and off. Source: "UpdateTable" in the API reference; texts as
// AWS sent them to public test suites.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions, Presence::kNotBuilt},
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"BillingMode", &kBillingMode, Presence::kNotBuilt},
    {"ProvisionedThroughput", &kProvisionedThroughput, Presence::kNotBuilt},
    {"GlobalSecondaryIndexUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kUnbuiltStructure, Presence::kNotBuilt},
    {"ReplicaUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"TableClass", &kAnyText, Presence::kNotBuilt},
    {"DeletionProtectionEnabled", &kAnyBoolean, Presence::kNotBuilt},
    {"MultiRegionConsistency", &kAnyText, Presence::kNotBuilt},
    {"GlobalTableWitnessUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"OnDemandThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"WarmThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"GlobalTableSettingsReplicationMode", &kAnyText, Presence::kNotBuilt},
};

Status CheckStream(const Members& stream) {
  const bool has_view = stream.Has("StreamViewType");
  if (stream.Boolean("StreamEnabled")) {
    if (has_view) return Status::Ok();
    return Status::Validation(
        "One or more parameter values were invalid: If stream is being enabled then UpdateViewType "
        "is required");
  }
  if (!has_view) return Status::Ok();
  return Status::Validation(
      "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType "
      "must not be specified");
}

Result<TableRef> ChangeStream(Call* call, const Table& table, const Members& stream) {
  const std::string& name = table.spec.name;
  Database* const database = call->services.database;
  if (stream.Boolean("StreamEnabled")) {
    if (table.OpenStream() != nullptr) {
      return Status::Validation("Table already has an enabled stream: TableName: " + name);
    }
    return database->EnableStream(name, *ParseStreamViewType(stream.Text("StreamViewType")));
  }
  if (table.OpenStream() == nullptr) {
    return Status::Validation("Table has no stream to disable: TableName: " + name);
  }
  return database->DisableStream(name);
}

}  // namespace

const Shape kUpdateTableInput = StructureOf("UpdateTableInput", kMembers);

Status UpdateTable(Call* call) {
  const std::optional<Members> stream = call->input.Structure("StreamSpecification");
  if (!stream) {
    return Status::Validation(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
        "OnDemandThroughput, WarmThroughput or TableClass is required");
  }
  RETURN_IF_ERROR(CheckStream(*stream));
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const Result<TableRef> updated = ChangeStream(call, *table, *stream);
  if (updated.status().Is(ErrorCode::kResourceNotFound)) return TableNotFound(table->spec.name);
  RETURN_IF_ERROR(updated.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  WriteTableDescription(*call, **updated, "UPDATING", &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
