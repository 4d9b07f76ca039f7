#include "server/protocol/later_operations.h"

#include <string>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/member_json.h"
#include "server/protocol/table_description.h"

// Source: the API reference; texts as public measurements of the service show them.
namespace millrace {
namespace {

constexpr Shape kArn = StringOf(37, 1024);
constexpr Shape kTimestampShape = PlainOf(ShapeKind::kTimestamp);
constexpr Shape kPageOf100 = NumberOf(ShapeKind::kInteger, 1, 100);
constexpr Shape kPageOf25 = NumberOf(ShapeKind::kInteger, 1, 25);
constexpr Shape kInsightsPage = NumberOf(ShapeKind::kInteger, INT64_MIN, 100);

constexpr Member kTableNameOnly[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
};

constexpr Member kRecoveryMembers[] = {
    {"PointInTimeRecoveryEnabled", &kAnyBoolean, Presence::kRequired},
    {"RecoveryPeriodInDays", &kPositiveInteger},
};
constexpr Shape kRecovery = StructureOf("PointInTimeRecoverySpecification", kRecoveryMembers);
constexpr Member kUpdateContinuousBackupsMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"PointInTimeRecoverySpecification", &kRecovery, Presence::kRequired},
};

constexpr std::string_view kBackupTypeValues[] = {"ALL", "USER", "SYSTEM", "AWS_BACKUP"};
constexpr Shape kBackupType = EnumOf(kBackupTypeValues);
constexpr Member kListBackupsMembers[] = {
    {"TableName", &kTableName},
    {"Limit", &kPageOf100},
    {"TimeRangeLowerBound", &kTimestampShape},
    {"TimeRangeUpperBound", &kTimestampShape},
    {"ExclusiveStartBackupArn", &kArn},
    {"BackupType", &kBackupType},
};
constexpr Member kBackupArnMembers[] = {{"BackupArn", &kArn, Presence::kRequired}};

constexpr Member kListExportsMembers[] = {
    {"TableArn", &kAnyText},
    {"MaxResults", &kPageOf25},
    {"NextToken", &kAnyText},
};
constexpr Member kExportArnMembers[] = {{"ExportArn", &kArn, Presence::kRequired}};
constexpr Member kListImportsMembers[] = {
    {"TableArn", &kAnyText},
    {"PageSize", &kPageOf25},
    {"NextToken", &kAnyText},
};
constexpr Member kImportArnMembers[] = {{"ImportArn", &kArn, Presence::kRequired}};

constexpr Member kListGlobalTablesMembers[] = {
    {"ExclusiveStartGlobalTableName", &kNewTableName},
    {"Limit", &kPositiveInteger},
    {"RegionName", &kAnyText},
};
constexpr Member kGlobalTableNameMembers[] = {
    {"GlobalTableName", &kNewTableName, Presence::kRequired},
};

constexpr Member kContributorInsightsMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"IndexName", &kIndexName},
};
constexpr std::string_view kInsightsActionValues[] = {"ENABLE", "DISABLE"};
constexpr Shape kInsightsAction = EnumOf(kInsightsActionValues);
constexpr Member kUpdateInsightsMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"IndexName", &kIndexName},
    {"ContributorInsightsAction", &kInsightsAction, Presence::kRequired},
    {"ContributorInsightsMode", &kAnyText},
};
constexpr Member kListInsightsMembers[] = {
    {"TableName", &kControlTableName},
    {"NextToken", &kAnyText},
    {"MaxResults", &kInsightsPage},
};

constexpr Member kKinesisMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"StreamArn", &kArn, Presence::kRequired},
};

Status NotBuilt(const Call& call, std::string_view parameter) {
  return Status::Validation("Millrace does not support " + std::string(parameter) + " of " +
                            std::string(call.operation.name()) + " yet");
}

// A reply with one empty list.
Status ReplyNone(Call* call, std::string_view list) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key(list);
  reply.BeginArray();
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

// The operations on backups have an error of their own for a table that isn't there.
Result<TableRef> FindBackedUpTable(const Call& call) {
  Result<TableRef> table = FindControlTable(call);
  if (!table.status().Is(ErrorCode::kResourceNotFound)) return table;
  return Status(ErrorCode::kTableNotFound,
                "Table not found: " + std::string(call.input.Text("TableName")));
}

Status ReplyBackupsDisabled(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("ContinuousBackupsDescription");
  reply.BeginObject();
  WriteText("ContinuousBackupsStatus", "DISABLED", &reply);
  reply.Key("PointInTimeRecoveryDescription");
  reply.BeginObject();
  WriteText("PointInTimeRecoveryStatus", "DISABLED", &reply);
  reply.EndObject();
  reply.EndObject();
  reply.EndObject();
  return Status::Ok();
}

Status ReplyInsightsDisabled(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const auto index = call->input.String("IndexName");
  if (index && table->FindIndex(*index) == nullptr) {
    // The text was not seen in public.
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Index not found: " + std::string(*index));
  }
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  WriteText("TableName", table->spec.name, &reply);
  if (index) WriteText("IndexName", *index, &reply);
  WriteText("ContributorInsightsStatus", "DISABLED", &reply);
  reply.EndObject();
  return Status::Ok();
}

Status NoSuch(ErrorCode code, std::string_view what, std::string_view arn) {
  return Status(code, std::string(what) + " not found: " + std::string(arn));
}

}  // namespace

const Shape kTableNameOnlyInput = StructureOf("TableNameInput", kTableNameOnly);
const Shape kUpdateContinuousBackupsInput =
    StructureOf("UpdateContinuousBackupsInput", kUpdateContinuousBackupsMembers);
const Shape kListBackupsInput = StructureOf("ListBackupsInput", kListBackupsMembers);
const Shape kBackupArnInput = StructureOf("BackupArnInput", kBackupArnMembers);
const Shape kListExportsInput = StructureOf("ListExportsInput", kListExportsMembers);
const Shape kDescribeExportInput = StructureOf("DescribeExportInput", kExportArnMembers);
const Shape kListImportsInput = StructureOf("ListImportsInput", kListImportsMembers);
const Shape kDescribeImportInput = StructureOf("DescribeImportInput", kImportArnMembers);
const Shape kListGlobalTablesInput = StructureOf("ListGlobalTablesInput", kListGlobalTablesMembers);
const Shape kGlobalTableNameInput =
    StructureOf("DescribeGlobalTableInput", kGlobalTableNameMembers);
const Shape kContributorInsightsInput =
    StructureOf("DescribeContributorInsightsInput", kContributorInsightsMembers);
const Shape kUpdateContributorInsightsInput =
    StructureOf("UpdateContributorInsightsInput", kUpdateInsightsMembers);
const Shape kListContributorInsightsInput =
    StructureOf("ListContributorInsightsInput", kListInsightsMembers);
const Shape kDisableKinesisStreamingDestinationInput =
    StructureOf("KinesisStreamingDestinationInput", kKinesisMembers);

Status DescribeContinuousBackups(Call* call) {
  RETURN_IF_ERROR(FindBackedUpTable(*call).status());
  return ReplyBackupsDisabled(call);
}

// Off is what it is; what can't be had is on.
Status UpdateContinuousBackups(Call* call) {
  const Members recovery = *call->input.Structure("PointInTimeRecoverySpecification");
  RETURN_IF_ERROR(FindBackedUpTable(*call).status());
  if (recovery.Boolean("PointInTimeRecoveryEnabled")) {
    return NotBuilt(*call, "the value true of the parameter PointInTimeRecoveryEnabled");
  }
  if (recovery.Has("RecoveryPeriodInDays")) {
    return Status::Validation(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
        "recovery.");
  }
  return ReplyBackupsDisabled(call);
}

Status ListBackups(Call* call) {
  return ReplyNone(call, "BackupSummaries");
}

Status DescribeBackup(Call* call) {
  return NoSuch(ErrorCode::kBackupNotFound, "Backup", call->input.Text("BackupArn"));
}

Status DeleteBackup(Call* call) {
  return DescribeBackup(call);
}

Status ListExports(Call* call) {
  return ReplyNone(call, "ExportSummaries");
}

Status DescribeExport(Call* call) {
  return NoSuch(ErrorCode::kExportNotFound, "Export", call->input.Text("ExportArn"));
}

Status ListImports(Call* call) {
  return ReplyNone(call, "ImportSummaryList");
}

Status DescribeImport(Call* call) {
  return NoSuch(ErrorCode::kImportNotFound, "Import", call->input.Text("ImportArn"));
}

Status ListGlobalTables(Call* call) {
  return ReplyNone(call, "GlobalTables");
}

// The text is that of DescribeTableReplicaAutoScaling; this one's was not seen in public.
Status DescribeGlobalTable(Call* call) {
  return Status(ErrorCode::kGlobalTableNotFound,
                "Global table with name: '" + std::string(call->input.Text("GlobalTableName")) +
                    "' does not exist.");
}

Status DescribeTableReplicaAutoScaling(Call* call) {
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  return Status(ErrorCode::kResourceNotFound,
                "Global table with name: '" + table->spec.name + "' does not exist.");
}

Status DescribeContributorInsights(Call* call) {
  return ReplyInsightsDisabled(call);
}

Status UpdateContributorInsights(Call* call) {
  RETURN_IF_ERROR(FindControlTable(*call).status());
  if (call->input.Text("ContributorInsightsAction") == "ENABLE") {
    return NotBuilt(*call, "the value ENABLE of the parameter ContributorInsightsAction");
  }
  return ReplyInsightsDisabled(call);
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

Status DisableKinesisStreamingDestination(Call* call) {
  RETURN_IF_ERROR(FindControlTable(*call).status());
  return Status::Validation(
      "Table is not in a valid state to enable Kinesis Streaming Destination: "
      "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
}

}  // namespace millrace
