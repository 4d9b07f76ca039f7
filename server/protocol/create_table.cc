#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/protocol/call.h"
#include "server/protocol/index_definitions.h"
#include "server/protocol/index_shapes.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// CreateTable. Source: "CreateTable" in the API reference; texts as AWS sent them to public test
// suites.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions, Presence::kRequired},
    {"TableName", &kNewTableName, Presence::kRequired, CheckNewTableName},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kKeySchema, Presence::kRequired},
    {"LocalSecondaryIndexes", &kLocalSecondaryIndexes},
    {"GlobalSecondaryIndexes", &kGlobalSecondaryIndexes},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kUnbuiltStructure, Presence::kNotBuilt},
    {"Tags", &kUnbuiltList, Presence::kNotBuilt},
    {"TableClass", &kAnyText, Presence::kNotBuilt},
    {"DeletionProtectionEnabled", &kAnyBoolean},
    {"WarmThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"ResourcePolicy", &kAnyText, Presence::kNotBuilt},
    {"OnDemandThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"GlobalTableSourceArn", &kAnyText, Presence::kNotBuilt},
    {"GlobalTableSettingsReplicationMode", &kAnyText, Presence::kNotBuilt},
};

constexpr int64_t kCapacityUnitsMax = 1'000'000'000'000;

Status CheckUnits(int64_t units, std::string_view name) {
  if (units <= kCapacityUnitsMax) return Status::Ok();
  return Status::Validation("Given value " + std::to_string(units) + " for " + std::string(name) +
                            " is out of bounds");
}

Status ReadBilling(const Members& input, TableSpec* spec) {
  const std::optional<Members> throughput = input.Structure("ProvisionedThroughput");
  if (input.Text("BillingMode") == "PAY_PER_REQUEST") {
    spec->billing_mode = BillingMode::kPayPerRequest;
    if (!throughput) return Status::Ok();
    return Status::Validation(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  spec->billing_mode = BillingMode::kProvisioned;
  if (!throughput) {
    return Status::Validation(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
        "both be specified when BillingMode is PROVISIONED");
  }
  spec->throughput.read_units = *throughput->Integer("ReadCapacityUnits");
  spec->throughput.write_units = *throughput->Integer("WriteCapacityUnits");
  RETURN_IF_ERROR(CheckUnits(spec->throughput.read_units, "ReadCapacityUnits"));
  return CheckUnits(spec->throughput.write_units, "WriteCapacityUnits");
}

Status ReadStream(const Members& input, TableSpec* spec) {
  const std::optional<Members> stream = input.Structure("StreamSpecification");
  if (!stream) return Status::Ok();
  const bool enabled = stream->Boolean("StreamEnabled");
  const auto view = stream->String("StreamViewType");
  if (enabled && !view) {
    return Status::Validation(
        "One or more parameter values were invalid: Table is being created with a stream enabled, "
        "UpdateViewType is required");
  }
  if (!enabled && view) {
    return Status::Validation(
        "One or more parameter values were invalid: Table is being created with a stream disabled, "
        "UpdateViewType should not be specified");
  }
  if (enabled) spec->stream = ParseStreamViewType(*view);
  return Status::Ok();
}

Result<TableSpec> ReadTableSpec(const Members& input) {
  TableSpec spec;
  spec.name = input.Text("TableName");
  RETURN_IF_ERROR(ReadBilling(input, &spec));
  RETURN_IF_ERROR(ReadKeysAndIndexes(input, &spec));
  RETURN_IF_ERROR(ReadStream(input, &spec));
  spec.deletion_protection = input.Boolean("DeletionProtectionEnabled");
  return spec;
}

}  // namespace

const Shape kCreateTableInput = StructureOf("CreateTableInput", kMembers);

Status CreateTable(Call* call) {
  ASSIGN_OR_RETURN(const TableSpec spec, ReadTableSpec(call->input));
  const Result<TableRef> table = call->services.database->CreateTable(spec);
  if (table.status().Is(ErrorCode::kResourceInUse)) {
    return Status(ErrorCode::kResourceInUse, "Table already exists: " + spec.name);
  }
  RETURN_IF_ERROR(table.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  WriteTableDescription(*call, **table, "CREATING", &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
