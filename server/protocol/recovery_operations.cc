#include "server/protocol/recovery_operations.h"

#include <algorithm>
#include <string>

#include "engine/base/hex.h"
#include "server/protocol/arn.h"
#include "server/protocol/call.h"
#include "server/protocol/member_json.h"
#include "server/protocol/not_built.h"
#include "server/protocol/recovery_shapes.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"

// Source: the API reference; texts, and which of two comes first, as public measurements of the
// service show them.
namespace millrace {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

Status InvalidRequest(const std::string& text) {
  return Status::Validation("Invalid Request: " + text);
}

Status NoTable(std::string_view table) {
  return Status(ErrorCode::kTableNotFound, "Table not found: " + std::string(table));
}

Status RecoveryIsOff(std::string_view table) {
  return Status(ErrorCode::kPointInTimeRecoveryUnavailable,
                "Point in time recovery is not enabled for table '" + std::string(table) + "'");
}

// These operations have an error of their own for a table that isn't there.
Result<TableRef> FindRecoverable(const Call& call, std::string_view text) {
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(text, call.services.scope.region, call.services.scope.account));
  TableRef table = call.services.database->FindTable(name);
  if (table == nullptr) return NoTable(name);
  return table;
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

// An ARN of `kind` ("backup") has the form .../table/NAME/KIND/ID.
bool IsOfJob(std::string_view resource, std::string_view kind) {
  std::string_view parts[4];
  for (std::string_view& part : parts) {
    const size_t slash = resource.find('/');
    part = resource.substr(0, slash);
    resource.remove_prefix(slash == resource.npos ? resource.size() : slash + 1);
  }
  return resource.empty() && parts[0] == "table" && parts[1].size() >= 3 &&
         IsResourceName(parts[1]) && parts[2] == kind && !parts[3].empty();
}

// `title`: "Backup". A job of another region is looked for like any other.
Status CheckJobArn(const Call& call, std::string_view arn, std::string_view kind,
                   std::string_view title) {
  const ArnParts parts = SplitArn(arn);
  if (!parts.whole || !IsOfJob(parts.resource, kind)) {
    return Status::Validation("Invalid " + std::string(title) + " ARN");
  }
  if (parts.account != call.services.scope.account) return AccessDenied();
  if (parts.partition == kArnPartition && parts.service == "dynamodb") return Status::Ok();
  return InvalidRequest(std::string(title) + "Arn is not valid");  // seen of backups
}

// Those that were handed out: none.
Status CheckToken(const Call& call) {
  const auto token = call.input.String("NextToken");
  if (!token) return Status::Ok();
  return InvalidRequest("Provided nextToken is invalid: " + std::string(*token));
}

Status CheckRestoreTime(const Members& input) {
  const bool latest = input.Boolean("UseLatestRestorableTime");
  const bool time = input.Has("RestoreDateTime");
  if (latest && time) {
    return InvalidRequest(
        "Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore "
        "request. Please specify either RestoreDateTime time or UseLatestRestorableTime");
  }
  if (latest || time) return Status::Ok();
  return InvalidRequest(
      "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both");
}

Result<TableRef> FindRestoreSource(const Call& call) {
  const auto arn = call.input.String("SourceTableArn");
  if (!arn) return FindRecoverable(call, call.input.Text("SourceTableName"));
  const ArnScope& scope = call.services.scope;
  const ArnParts parts = SplitArn(*arn);
  const size_t slash = parts.resource.find('/');
  if (!parts.whole || parts.service != "dynamodb" || parts.resource.substr(0, slash) != "table") {
    return Invalid("sourceTableArn is not a valid ARN");
  }
  if (parts.account != scope.account) {
    return Status::Validation(
        "This action is only supported by accounts that match the resource owner’s account.");
  }
  if (parts.region != scope.region && !call.input.Has("SSESpecificationOverride")) {
    return InvalidRequest("sseSpecificationOverride must be provided for cross-region restores");
  }
  const std::string_view name =
      slash == parts.resource.npos ? std::string_view() : parts.resource.substr(slash + 1);
  TableRef table = parts.region == scope.region ? call.services.database->FindTable(name) : nullptr;
  if (table == nullptr) return Status(ErrorCode::kTableNotFound, "Table not found");
  return table;
}

Status CheckExportType(const Members& input) {
  const auto increment = input.Structure("IncrementalExportSpecification");
  const auto type = input.String("ExportType");
  if (increment && !type) {
    return InvalidRequest(
        "Export Type expected to be Incremental Export when incremental export specification is "
        "provided");
  }
  if (increment && type == "FULL_EXPORT") {
    return InvalidRequest(
        "When Export Type is Full Export , Incremental Export Specification should not be "
        "provided");
  }
  if (type != "INCREMENTAL_EXPORT") return Status::Ok();
  if (!increment) {
    return InvalidRequest(
        "Incremental Export Specification expected when export type is set as Incremental Export");
  }
  if (increment->Has("ExportFromTime")) return Status::Ok();
  return InvalidRequest("ExportFromTime must be provided in IncrementalExportSpecification");
}

Result<TableRef> FindExported(const Call& call) {
  const std::string_view arn = call.input.Text("TableArn");
  const ArnScope& scope = call.services.scope;
  if (arn.empty()) return Status::Validation("Invalid TableArn: Invalid Table ARN");
  const ArnParts parts = SplitArn(arn);
  constexpr std::string_view kTablePrefix = "table/";
  if (!parts.whole || parts.service != "dynamodb" ||
      parts.resource.substr(0, kTablePrefix.size()) != kTablePrefix) {
    return Invalid("tableArn is not a valid ARN");
  }
  const std::string_view name = parts.resource.substr(kTablePrefix.size());
  if (!IsResourceName(name)) return InvalidRequest("Table ARN is invalid.");
  if (parts.account != scope.account) return AccessDenied();
  TableRef table = parts.region == scope.region ? call.services.database->FindTable(name) : nullptr;
  if (table == nullptr) return NoTable(arn);
  return table;
}

}  // namespace

bool IsImportToken(std::string_view text) {
  return !text.empty() && text.size() % 16 == 0 && text.find_first_not_of(kHexDigits) == text.npos;
}

bool IsBucketName(std::string_view text) {
  return text.size() >= 2 && IsAlphanumeric(text.front()) && IsAlphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == text.npos;
}

bool IsClientToken(std::string_view text) {
  return !text.empty() && text.find('$') == text.npos;
}

bool IsCsvDelimiter(std::string_view text) {
  return text.size() == 1 && std::string_view(",;:|\t ").find(text[0]) != text.npos;
}

bool IsCsvHeader(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != ','; });
}

const Shape kDescribeContinuousBackupsInput =
    StructureOf("DescribeContinuousBackupsInput", kTableNameOnly);
const Shape kUpdateContinuousBackupsInput =
    StructureOf("UpdateContinuousBackupsInput", kUpdateContinuousBackupsMembers);
const Shape kCreateBackupInput = StructureOf("CreateBackupInput", kCreateBackupMembers);
const Shape kListBackupsInput = StructureOf("ListBackupsInput", kListBackupsMembers);
const Shape kBackupArnInput = StructureOf("BackupArnInput", kBackupArnMembers);
const Shape kRestoreTableFromBackupInput =
    StructureOf("RestoreTableFromBackupInput", kRestoreFromBackupMembers);
const Shape kRestoreTableToPointInTimeInput =
    StructureOf("RestoreTableToPointInTimeInput", kRestoreToPointInTimeMembers);
const Shape kExportTableToPointInTimeInput =
    StructureOf("ExportTableToPointInTimeInput", kExportMembers);
const Shape kListExportsInput = StructureOf("ListExportsInput", kListExportsMembers);
const Shape kDescribeExportInput = StructureOf("DescribeExportInput", kExportArnMembers);
const Shape kImportTableInput = StructureOf("ImportTableInput", kImportMembers);
const Shape kListImportsInput = StructureOf("ListImportsInput", kListImportsMembers);
const Shape kDescribeImportInput = StructureOf("DescribeImportInput", kImportArnMembers);

Status DescribeContinuousBackups(Call* call) {
  RETURN_IF_ERROR(FindRecoverable(*call, call->input.Text("TableName")).status());
  return ReplyBackupsDisabled(call);
}

// Off is what it is; what can't be had is on.
Status UpdateContinuousBackups(Call* call) {
  const Members recovery = *call->input.Structure("PointInTimeRecoverySpecification");
  RETURN_IF_ERROR(FindRecoverable(*call, call->input.Text("TableName")).status());
  if (recovery.Boolean("PointInTimeRecoveryEnabled")) {
    return NotBuilt(call->operation, "the value true of the parameter PointInTimeRecoveryEnabled");
  }
  if (recovery.Has("RecoveryPeriodInDays")) {
    return InvalidRequest(
        "Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.");
  }
  return ReplyBackupsDisabled(call);
}

Status CreateBackup(Call* call) {
  RETURN_IF_ERROR(FindRecoverable(*call, call->input.Text("TableName")).status());
  return NotBuilt(call->operation);
}

Status ListBackups(Call* call) {
  const Members& input = call->input;
  const ArnScope& scope = call->services.scope;
  if (const auto name = input.String("TableName")) {
    RETURN_IF_ERROR(ResolveTableName(*name, scope.region, scope.account).status());
  }
  const auto lower = input.Find("TimeRangeLowerBound");
  const auto upper = input.Find("TimeRangeUpperBound");
  if (lower && upper && lower->number() > upper->number()) {
    return Invalid("Time range lower bound must be less than or equal to upper bound");
  }
  const auto start = input.String("ExclusiveStartBackupArn");
  if (start && SplitArn(*start).region != scope.region) {
    return InvalidRequest("The supplied ExclusiveStartBackupArn does not match the region");
  }
  return ReplyNone(call, "BackupSummaries");
}

Status NoBackup(Call* call) {
  const std::string_view arn = call->input.Text("BackupArn");
  RETURN_IF_ERROR(CheckJobArn(*call, arn, "backup", "Backup"));
  return Status(ErrorCode::kBackupNotFound, "Backup not found: " + std::string(arn));
}

Status RestoreTableToPointInTime(Call* call) {
  const Members& input = call->input;
  if (input.Has("SourceTableName") && input.Has("SourceTableArn")) {
    return InvalidRequest("Must provide exactly one of: sourceTableArn, sourceTableName");
  }
  if (!input.Has("SourceTableArn")) {
    RETURN_IF_ERROR(CheckTableNameThere(input.Find("SourceTableName")));
  }
  RETURN_IF_ERROR(CheckRestoreTime(input));
  ASSIGN_OR_RETURN(const TableRef table, FindRestoreSource(*call));
  return RecoveryIsOff(table->spec.name);
}

Status ExportTableToPointInTime(Call* call) {
  const Members& input = call->input;
  RETURN_IF_ERROR(CheckExportType(input));
  if (input.Has("S3SseKmsKeyId") && input.Text("S3SseAlgorithm") != "KMS") {
    return InvalidRequest("KMS Key Id is not supported for this encryption type");
  }
  ASSIGN_OR_RETURN(const TableRef table, FindExported(*call));
  return RecoveryIsOff(table->spec.name);
}

Status ListExports(Call* call) {
  RETURN_IF_ERROR(CheckToken(*call));
  return ReplyNone(call, "ExportSummaries");
}

Status DescribeExport(Call* call) {
  const std::string_view arn = call->input.Text("ExportArn");
  RETURN_IF_ERROR(CheckJobArn(*call, arn, "export", "Export"));
  const bool here = SplitArn(arn).region == call->services.scope.region;
  return Status(ErrorCode::kExportNotFound,
                here ? "Export not found: Export not found: " + std::string(arn)
                     : "Export not found: Invalid export arn");
}

Status ImportTable(Call* call) {
  return NotBuilt(call->operation);
}

Status ListImports(Call* call) {
  RETURN_IF_ERROR(CheckToken(*call));
  return ReplyNone(call, "ImportSummaryList");
}

// The text was not seen in public.
Status DescribeImport(Call* call) {
  const std::string_view arn = call->input.Text("ImportArn");
  RETURN_IF_ERROR(CheckJobArn(*call, arn, "import", "Import"));
  return Status(ErrorCode::kImportNotFound, "Import not found: " + std::string(arn));
}

}  // namespace millrace
