#include <string>

#include "server/protocol/call.h"
#include "server/protocol/index_shapes.h"
#include "server/protocol/index_updates.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// UpdateTable: the stream, the deletion protection and the global secondary indexes. Source:
// "UpdateTable" in the API reference; texts as AWS sent them to public test suites.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions},
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"BillingMode", &kBillingMode, Presence::kNotBuilt},
    {"ProvisionedThroughput", &kProvisionedThroughput, Presence::kNotBuilt},
    {"GlobalSecondaryIndexUpdates", &kIndexUpdates},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kUnbuiltStructure, Presence::kNotBuilt},
    {"ReplicaUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"TableClass", &kAnyText, Presence::kNotBuilt},
    {"DeletionProtectionEnabled", &kAnyBoolean},
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

Result<TableUpdate> ReadUpdate(const Members& input) {
  TableUpdate update;
  if (input.Has("DeletionProtectionEnabled")) {
    update.deletion_protection = input.Boolean("DeletionProtectionEnabled");
  }
  const std::optional<Members> stream = input.Structure("StreamSpecification");
  if (!stream) return update;
  RETURN_IF_ERROR(CheckStream(*stream));
  update.stream.emplace();
  if (stream->Boolean("StreamEnabled")) {
    update.stream->view = ParseStreamViewType(stream->Text("StreamViewType"));
  }
  return update;
}

bool NamesIndexUpdates(const Members& input) {
  const std::optional<JsonValue> updates = input.Find("GlobalSecondaryIndexUpdates");
  bool any = false;
  if (!updates) return false;
  const Status done = updates->ForEachElement([&any](JsonValue) {
    any = true;
    return Status::Ok();
  });
  return done.ok() && any;
}

}  // namespace

const Shape kUpdateTableInput = StructureOf("UpdateTableInput", kMembers);

Status UpdateTable(Call* call) {
  ASSIGN_OR_RETURN(TableUpdate update, ReadUpdate(call->input));
  if (!update.stream && !update.deletion_protection && !NamesIndexUpdates(call->input)) {
    return Status::Validation(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
        "OnDemandThroughput, WarmThroughput or TableClass is required");
  }
  RETURN_IF_ERROR(CheckIndexUpdates(call->input));
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  ASSIGN_OR_RETURN(const std::vector<IndexNote> notes,
                   ReadIndexUpdates(call->input, *table, table->spec.billing_mode, &update));
  const Result<TableRef> updated = call->services.database->UpdateTable(table->spec.name, update);
  if (updated.status().Is(ErrorCode::kResourceNotFound) &&
      call->services.database->FindTable(table->spec.name) == nullptr) {
    return TableNotFound(table->spec.name);
  }
  RETURN_IF_ERROR(updated.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  // An index that goes is shown once more.
  WriteTableDescription(*call, update.delete_index ? *table : **updated, "UPDATING", &reply, notes);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
