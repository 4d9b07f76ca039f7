#include "server/protocol/later_operations.h"

#include <string>

#include "engine/base/check.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/member_json.h"
#include "server/protocol/not_built.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"
#include "server/protocol/table_shapes.h"

// Source: the API reference; texts as public measurements of the service show them.
namespace millrace {
namespace {

constexpr Member kGlobalTableNameMember = {"GlobalTableName", &kPlainTableName, Presence::kRequired,
                                           CheckTableNameLength};
constexpr Member kReplicaMembers[] = {{"RegionName", &kAnyText}};
constexpr Shape kReplica = StructureOf("Replica", kReplicaMembers);
constexpr Shape kReplicas = ListOf(&kReplica);
constexpr Member kCreateGlobalTableMembers[] = {
    kGlobalTableNameMember,
    {"ReplicationGroup", &kReplicas, Presence::kRequired},
};
constexpr Member kReplicaActionMembers[] = {{"RegionName", &kAnyText, Presence::kRequired}};
constexpr Shape kCreateReplica = StructureOf("CreateReplicaAction", kReplicaActionMembers);
constexpr Shape kDeleteReplica = StructureOf("DeleteReplicaAction", kReplicaActionMembers);
constexpr Member kReplicaUpdateMembers[] = {
    {"Create", &kCreateReplica},
    {"Delete", &kDeleteReplica},
};
constexpr Shape kReplicaUpdate = StructureOf("ReplicaUpdate", kReplicaUpdateMembers);
constexpr Shape kReplicaUpdates = ListOf(&kReplicaUpdate);
constexpr Member kUpdateGlobalTableMembers[] = {
    kGlobalTableNameMember,
    {"ReplicaUpdates", &kReplicaUpdates, Presence::kRequired},
};
constexpr Member kListGlobalTablesMembers[] = {
    {"ExclusiveStartGlobalTableName", &kPlainTableName},
    {"Limit", &kPositiveInteger},
    {"RegionName", &kAnyText},
};
constexpr Member kGlobalTableNameMembers[] = {kGlobalTableNameMember};

constexpr Member kIndexSettingsMembers[] = {
    {"IndexName", &kIndexName, Presence::kRequired},
    {"ProvisionedWriteCapacityUnits", &kPositiveLong},
};
constexpr Shape kIndexSettings =
    StructureOf("GlobalTableGlobalSecondaryIndexSettingsUpdate", kIndexSettingsMembers);
constexpr Shape kIndexSettingsList = ListOf(&kIndexSettings, 1, 20);
constexpr Member kReplicaSettingsMembers[] = {
    {"RegionName", &kAnyText, Presence::kRequired},
    {"ReplicaProvisionedReadCapacityUnits", &kPositiveLong},
};
constexpr Shape kReplicaSettings = StructureOf("ReplicaSettingsUpdate", kReplicaSettingsMembers);
constexpr Shape kReplicaSettingsList = ListOf(&kReplicaSettings, 1, 50);
constexpr Member kUpdateGlobalTableSettingsMembers[] = {
    kGlobalTableNameMember,
    {"GlobalTableBillingMode", &kBillingMode},
    {"GlobalTableProvisionedWriteCapacityUnits", &kPositiveLong},
    {"GlobalTableGlobalSecondaryIndexSettingsUpdate", &kIndexSettingsList},
    {"ReplicaSettingsUpdate", &kReplicaSettingsList},
};

constexpr Member kContributorInsightsMembers[] = {
    kTableNameMember,
    {"IndexName", &kIndexName, Presence::kOptional, CheckIndexNameLength},
};
constexpr std::string_view kInsightsActionValues[] = {"ENABLE", "DISABLE"};
constexpr Shape kInsightsAction = EnumOf(kInsightsActionValues);
constexpr std::string_view kInsightsModeValues[] = {"THROTTLED_KEYS",
                                                    "ACCESSED_AND_THROTTLED_KEYS"};
constexpr Shape kInsightsMode = EnumOf(kInsightsModeValues);
constexpr Member kUpdateInsightsMembers[] = {
    kTableNameMember,
    {"IndexName", &kIndexName, Presence::kOptional, CheckIndexNameLength},
    {"ContributorInsightsAction", &kInsightsAction, Presence::kRequired},
    {"ContributorInsightsMode", &kInsightsMode},
};
constexpr Shape kInsightsPage = NumberOf(ShapeKind::kInteger, INT64_MIN, 100);
constexpr Member kListInsightsMembers[] = {
    {"TableName", &kControlTableName},
    {"NextToken", &kAnyText},
    {"MaxResults", &kInsightsPage},
};

constexpr Shape kStreamArn = StringOf(37, 1024);
constexpr std::string_view kPrecisionValues[] = {"MILLISECOND", "MICROSECOND"};
constexpr Shape kPrecision = EnumOf(kPrecisionValues);
constexpr std::string_view kPrecisionMember = "ApproximateCreationDateTimePrecision";
constexpr Member kPrecisionMembers[] = {{kPrecisionMember, &kPrecision}};
constexpr Shape kEnableConfiguration =
    StructureOf("EnableKinesisStreamingConfiguration", kPrecisionMembers);
constexpr Shape kUpdateConfiguration =
    StructureOf("UpdateKinesisStreamingConfiguration", kPrecisionMembers);
constexpr Member kEnableKinesisMembers[] = {
    kTableNameMember,
    {"StreamArn", &kStreamArn, Presence::kRequired},
    {"EnableKinesisStreamingConfiguration", &kEnableConfiguration},
};
constexpr Member kUpdateKinesisMembers[] = {
    kTableNameMember,
    {"StreamArn", &kStreamArn, Presence::kRequired},
    {"UpdateKinesisStreamingConfiguration", &kUpdateConfiguration},
};

Status NoGlobalTable(ErrorCode code, std::string_view name) {
  return Status(code, "Global table with name: '" + std::string(name) + "' does not exist.");
}

// What AWS says to everybody who would make one of that version.
Status OldGlobalTables() {
  return Status::Validation(
      "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not "
      "supported. We recommend using DynamoDB global tables version 2019.11.21, instead of version "
      "2017.11.29 (Legacy).");
}

// The table and, if the request names one, its global index: others have no insights.
Result<TableRef> FindInsightful(const Call& call) {
  ASSIGN_OR_RETURN(TableRef table, FindControlTable(call));
  const auto name = call.input.String("IndexName");
  if (!name) return table;
  const Index* const index = table->FindIndex(*name);
  if (index != nullptr && index->spec.kind == IndexKind::kGlobal) return table;
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Index: " + std::string(*name) +
                    " not found for table: " + table->spec.name);
}

Status ReplyInsightsDisabled(Call* call, const Table& table) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  WriteText("TableName", table.spec.name, &reply);
  if (const auto index = call->input.String("IndexName")) WriteText("IndexName", *index, &reply);
  WriteText("ContributorInsightsStatus", "DISABLED", &reply);
  reply.EndObject();
  return Status::Ok();
}

Status NotInState(const std::string& text) {
  return Status::Validation(
      "Table is not in a valid state to enable Kinesis Streaming Destination: " + text);
}

}  // namespace

const Shape kCreateGlobalTableInput =
    StructureOf("CreateGlobalTableInput", kCreateGlobalTableMembers);
const Shape kUpdateGlobalTableInput =
    StructureOf("UpdateGlobalTableInput", kUpdateGlobalTableMembers);
const Shape kListGlobalTablesInput = StructureOf("ListGlobalTablesInput", kListGlobalTablesMembers);
const Shape kGlobalTableNameInput =
    StructureOf("DescribeGlobalTableInput", kGlobalTableNameMembers);
const Shape kUpdateGlobalTableSettingsInput =
    StructureOf("UpdateGlobalTableSettingsInput", kUpdateGlobalTableSettingsMembers);
const Shape kReplicaAutoScalingInput = StructureOf("TableReplicaAutoScalingInput", kTableNameOnly);
const Shape kContributorInsightsInput =
    StructureOf("DescribeContributorInsightsInput", kContributorInsightsMembers);
const Shape kUpdateContributorInsightsInput =
    StructureOf("UpdateContributorInsightsInput", kUpdateInsightsMembers);
const Shape kListContributorInsightsInput =
    StructureOf("ListContributorInsightsInput", kListInsightsMembers);
const Shape kDescribeKinesisStreamingDestinationInput =
    StructureOf("DescribeKinesisStreamingDestinationInput", kTableNameOnly);
const Shape kEnableKinesisStreamingDestinationInput =
    StructureOf("KinesisStreamingDestinationInput", kEnableKinesisMembers);
const Shape kUpdateKinesisStreamingDestinationInput =
    StructureOf("UpdateKinesisStreamingDestinationInput", kUpdateKinesisMembers);

Status CreateGlobalTable(Call* /*call*/) {
  return OldGlobalTables();
}

Status UpdateGlobalTable(Call* call) {
  RETURN_IF_ERROR(call->input.Find("ReplicaUpdates")->ForEachElement([](JsonValue json) {
    const Members update(json);
    if (update.Has("Create")) return OldGlobalTables();
    if (update.Has("Delete")) return Status::Ok();
    return Status::Validation("One or more parameter values were invalid");
  }));
  return DescribeGlobalTable(call);
}

Status ListGlobalTables(Call* call) {
  return ReplyNone(call, "GlobalTables");
}

Status DescribeGlobalTable(Call* call) {
  return NoGlobalTable(ErrorCode::kGlobalTableNotFound, call->input.Text("GlobalTableName"));
}

Status UpdateGlobalTableSettings(Call* call) {
  return DescribeGlobalTable(call);
}

// Of a table that isn't there as of one without replicas.
Status ReplicaAutoScaling(Call* call) {
  const ArnScope& scope = call->services.scope;
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(call->input.Text("TableName"), scope.region, scope.account));
  return NoGlobalTable(ErrorCode::kResourceNotFound, name);
}

Status DescribeContributorInsights(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindInsightful(*call));
  return ReplyInsightsDisabled(call, *table);
}

Status UpdateContributorInsights(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindInsightful(*call));
  if (call->input.Text("ContributorInsightsAction") == "ENABLE") {
    return NotBuilt(call->operation, "the value ENABLE of the parameter ContributorInsightsAction");
  }
  return ReplyInsightsDisabled(call, *table);
}

Status ListContributorInsights(Call* call) {
  if (call->input.Has("TableName")) RETURN_IF_ERROR(FindControlTable(*call).status());
  return ReplyNone(call, "ContributorInsightsSummaries");
}

Status DescribeKinesisStreamingDestination(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  WriteText("TableName", table->spec.name, &reply);
  reply.Key("KinesisDataStreamDestinations");
  reply.BeginArray();
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status EnableKinesisStreamingDestination(Call* call) {
  RETURN_IF_ERROR(FindControlTable(*call).status());
  return NotBuilt(call->operation);
}

Status DisableKinesisStreamingDestination(Call* call) {
  RETURN_IF_ERROR(FindControlTable(*call).status());
  return NotInState("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
}

Status UpdateKinesisStreamingDestination(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const auto configuration = call->input.Structure("UpdateKinesisStreamingConfiguration");
  if (!configuration || !configuration->Has(kPrecisionMember)) {
    return Status::Validation(
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
  }
  return NotInState(
      "No streaming destination with streamArn: " + std::string(call->input.Text("StreamArn")) +
      " found for table with tableName: " + table->spec.name);
}

}  // namespace millrace
