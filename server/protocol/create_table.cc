#include <string>

#include "server/protocol/call.h"
#include "server/protocol/capacity_settings.h"
#include "server/protocol/encryption_rules.h"
#include "server/protocol/index_definitions.h"
#include "server/protocol/index_shapes.h"
#include "server/protocol/resource_policy.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"
#include "server/protocol/tag_rules.h"

// CreateTable. Source: "CreateTable" in the API reference; texts as AWS sent them to public test
// suites.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions, Presence::kRequired},
    kTableNameMember,
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kKeySchema, Presence::kRequired},
    {"GlobalSecondaryIndexes", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexes", &kLocalSecondaryIndexes},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kSseSpecification},
    {"Tags", &kTags},
    {"TableClass", &kAnyText},
    {"DeletionProtectionEnabled", &kAnyBoolean},
    {"WarmThroughput", &kWarmThroughput},
    {"ResourcePolicy", &kAnyText},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"GlobalTableSourceArn", &kAnyText, Presence::kNotBuilt},
    {"GlobalTableSettingsReplicationMode", &kAnyText, Presence::kNotBuilt},
    {"VectorIndexes", &kUnbuiltList, Presence::kNotBuilt},
};

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

Status ReadSettings(const Members& input, TableSettings* settings) {
  if (const auto text = input.String("TableClass")) {
    ASSIGN_OR_RETURN(settings->table_class, ParseTableClass(*text));
  }
  if (const auto sse = input.Structure("SSESpecification")) {
    RETURN_IF_ERROR(CheckEncryption(*sse, "CreateTable"));
  }
  if (const auto tags = input.Find("Tags")) {
    RETURN_IF_ERROR(MergeTags(*tags, &settings->tags));
  }
  return Status::Ok();
}

Result<TableSpec> ReadTableSpec(const Call& call) {
  const Members& input = call.input;
  TableSpec spec;
  ASSIGN_OR_RETURN(spec.name, ResolveTableName(input.Text("TableName"), call.services.scope.region,
                                               call.services.scope.account));
  RETURN_IF_ERROR(SetCapacity(ReadCapacity(input), call.services.scope.region, &spec));
  RETURN_IF_ERROR(ReadKeysAndIndexes(input, call.services.scope.region, &spec));
  RETURN_IF_ERROR(ReadStream(input, &spec));
  RETURN_IF_ERROR(ReadSettings(input, &spec.settings));
  if (const auto policy = input.String("ResourcePolicy")) {
    ASSIGN_OR_RETURN(spec.settings.policies[""],
                     NewPolicy(*policy, call.services.clock->WallMicros()));
  }
  spec.deletion_protection = input.Boolean("DeletionProtectionEnabled");
  return spec;
}

}  // namespace

const Shape kCreateTableInput = StructureOf("CreateTableInput", kMembers);

Status CreateTable(Call* call) {
  ASSIGN_OR_RETURN(const TableSpec spec, ReadTableSpec(*call));
  const Result<TableRef> table = call->services.database->CreateTable(spec);
  if (table.status().Is(ErrorCode::kResourceInUse)) {
    return Status(ErrorCode::kResourceInUse, "Table already exists: " + spec.name);
  }
  RETURN_IF_ERROR(table.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  WriteTableDescription(*call, **table, {"CREATING", "ACTIVE", true}, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
