#pragma once

#include "server/protocol/common_shapes.h"
#include "server/protocol/index_shapes.h"
#include "server/protocol/shape.h"
#include "server/protocol/table_shapes.h"

// Shapes of the operations on backups, point-in-time recovery, exports and imports.
namespace millrace {

// [0-9a-f]{16}, several times
bool IsImportToken(std::string_view text);
// ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$
bool IsBucketName(std::string_view text);
// [0-9]{12}
bool IsAccountId(std::string_view text);
// ^[^\$]+$
bool IsClientToken(std::string_view text);
// [,;:|\t ]
bool IsCsvDelimiter(std::string_view text);
// [\x20-\x21\x23-\x2B\x2D-\x7E]*
bool IsCsvHeader(std::string_view text);

constexpr Shape PatternOf(Shape shape, std::string_view pattern,
                          bool (*matches)(std::string_view)) {
  shape.pattern = pattern;
  shape.matches = matches;
  return shape;
}

inline constexpr Shape kRecoveryTime = PlainOf(ShapeKind::kTimestamp);
inline constexpr Shape kJobArn = StringOf(37, 1024);

inline constexpr Shape kRecoveryPeriod = NumberOf(ShapeKind::kInteger, 1, 35);
inline constexpr Member kRecoveryMembers[] = {
    {"PointInTimeRecoveryEnabled", &kAnyBoolean, Presence::kRequired},
    {"RecoveryPeriodInDays", &kRecoveryPeriod},
};
inline constexpr Shape kRecovery =
    StructureOf("PointInTimeRecoverySpecification", kRecoveryMembers);
inline constexpr Member kUpdateContinuousBackupsMembers[] = {
    kTableNameMember,
    {"PointInTimeRecoverySpecification", &kRecovery, Presence::kRequired},
};

inline constexpr Member kCreateBackupMembers[] = {
    kTableNameMember,
    {"BackupName", &kPlainTableName, Presence::kRequired},
};

inline constexpr std::string_view kBackupTypeValues[] = {"ALL", "USER", "SYSTEM", "AWS_BACKUP"};
inline constexpr Shape kBackupType = EnumOf(kBackupTypeValues);
inline constexpr Shape kBackupsPage = NumberOf(ShapeKind::kInteger, 1, 100);
inline constexpr Member kListBackupsMembers[] = {
    {"TableName", &kControlTableName},       {"Limit", &kBackupsPage},
    {"TimeRangeLowerBound", &kRecoveryTime}, {"TimeRangeUpperBound", &kRecoveryTime},
    {"ExclusiveStartBackupArn", &kJobArn},   {"BackupType", &kBackupType},
};

// Whatever is wrong with it is reported in words of its own, its length, too.
inline constexpr Member kBackupArnMembers[] = {{"BackupArn", &kAnyText, Presence::kRequired}};

inline constexpr Member kRestoreFromBackupMembers[] = {
    {"TargetTableName", &kPlainTableName, Presence::kRequired, CheckTableNameLength},
    {"BackupArn", &kAnyText, Presence::kRequired},
    {"BillingModeOverride", &kBillingMode},
    {"GlobalSecondaryIndexOverride", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexOverride", &kLocalSecondaryIndexes},
    {"ProvisionedThroughputOverride", &kProvisionedThroughput},
    {"OnDemandThroughputOverride", &kOnDemandThroughput},
    {"SSESpecificationOverride", &kSseSpecification},
    {"VectorIndexOverride", &kUnbuiltList, Presence::kNotBuilt},
};
inline constexpr Member kRestoreToPointInTimeMembers[] = {
    {"SourceTableArn", &kTableArn},
    {"SourceTableName", &kPlainTableName},
    {"TargetTableName", &kPlainTableName, Presence::kRequired},
    {"UseLatestRestorableTime", &kAnyBoolean},
    {"RestoreDateTime", &kRecoveryTime},
    {"BillingModeOverride", &kBillingMode},
    {"GlobalSecondaryIndexOverride", &kGlobalSecondaryIndexes},
    {"LocalSecondaryIndexOverride", &kLocalSecondaryIndexes},
    {"ProvisionedThroughputOverride", &kProvisionedThroughput},
    {"OnDemandThroughputOverride", &kOnDemandThroughput},
    {"SSESpecificationOverride", &kSseSpecification},
    {"VectorIndexOverride", &kUnbuiltList, Presence::kNotBuilt},
};

inline constexpr Shape kClientToken = PatternOf(StringOf(), "^[^\\$]+$", IsClientToken);
inline constexpr Shape kBucket =
    PatternOf(StringOf(INT64_MIN, 255), "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$", IsBucketName);
inline constexpr Shape kBucketOwner = PatternOf(StringOf(), "[0-9]{12}", IsAccountId);
inline constexpr Shape kPrefix = StringOf(INT64_MIN, 1024);
inline constexpr Shape kBucketKeyId = StringOf(1, 2048);
inline constexpr std::string_view kBucketEncryptionValues[] = {"AES256", "KMS"};
inline constexpr Shape kBucketEncryption = EnumOf(kBucketEncryptionValues);
inline constexpr std::string_view kExportFormatValues[] = {"DYNAMODB_JSON", "ION"};
inline constexpr Shape kExportFormat = EnumOf(kExportFormatValues);
inline constexpr std::string_view kExportTypeValues[] = {"FULL_EXPORT", "INCREMENTAL_EXPORT"};
inline constexpr Shape kExportType = EnumOf(kExportTypeValues);
inline constexpr std::string_view kExportViewTypeValues[] = {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"};
inline constexpr Shape kExportViewType = EnumOf(kExportViewTypeValues);
inline constexpr Member kIncrementMembers[] = {
    {"ExportFromTime", &kRecoveryTime},
    {"ExportToTime", &kRecoveryTime},
    {"ExportViewType", &kExportViewType},
};
inline constexpr Shape kIncrement =
    StructureOf("IncrementalExportSpecification", kIncrementMembers);
inline constexpr Shape kExportedTable = StringOf(INT64_MIN, 1024);
inline constexpr Member kExportMembers[] = {
    {"TableArn", &kExportedTable, Presence::kRequired},
    {"ExportTime", &kRecoveryTime},
    {"ClientToken", &kClientToken},
    {"S3Bucket", &kBucket, Presence::kRequired},
    {"S3BucketOwner", &kBucketOwner},
    {"S3Prefix", &kPrefix},
    {"S3SseAlgorithm", &kBucketEncryption},
    {"S3SseKmsKeyId", &kBucketKeyId},
    {"ExportFormat", &kExportFormat},
    {"ExportType", &kExportType},
    {"IncrementalExportSpecification", &kIncrement},
    {"FilterSpecification", &kUnbuiltStructure, Presence::kNotBuilt},
};

inline constexpr Shape kJobsPage = NumberOf(ShapeKind::kInteger, 1, 25);
inline constexpr Member kListExportsMembers[] = {
    {"TableArn", &kTableArn},
    {"MaxResults", &kJobsPage},
    {"NextToken", &kAnyText},
};
inline constexpr Member kExportArnMembers[] = {{"ExportArn", &kJobArn, Presence::kRequired}};

inline constexpr Shape kImportToken =
    PatternOf(StringOf(112, 1024), "([0-9a-f]{16})+", IsImportToken);
inline constexpr Member kListImportsMembers[] = {
    {"TableArn", &kTableArn},
    {"PageSize", &kJobsPage},
    {"NextToken", &kImportToken},
};
inline constexpr Member kImportSourceMembers[] = {
    {"S3BucketOwner", &kBucketOwner},
    {"S3Bucket", &kBucket, Presence::kRequired},
    {"S3KeyPrefix", &kPrefix},
};
inline constexpr Shape kImportSource = StructureOf("S3BucketSource", kImportSourceMembers);
inline constexpr std::string_view kInputFormatValues[] = {"DYNAMODB_JSON", "ION", "CSV"};
inline constexpr Shape kInputFormat = EnumOf(kInputFormatValues);
inline constexpr Shape kCsvDelimiter = PatternOf(StringOf(1, 1), "[,;:|\\t ]", IsCsvDelimiter);
inline constexpr Shape kCsvHeader =
    PatternOf(StringOf(1, 65536), "[\\x20-\\x21\\x23-\\x2B\\x2D-\\x7E]*", IsCsvHeader);
inline constexpr Shape kCsvHeaders = ListOf(&kCsvHeader, 1, 255);
inline constexpr Member kCsvMembers[] = {
    {"Delimiter", &kCsvDelimiter},
    {"HeaderList", &kCsvHeaders},
};
inline constexpr Shape kCsv = StructureOf("CsvOptions", kCsvMembers);
inline constexpr Member kInputFormatMembers[] = {{"Csv", &kCsv}};
inline constexpr Shape kInputFormatOptions = StructureOf("InputFormatOptions", kInputFormatMembers);
inline constexpr std::string_view kInputCompressionValues[] = {"GZIP", "ZSTD", "NONE"};
inline constexpr Shape kInputCompression = EnumOf(kInputCompressionValues);
inline constexpr Member kImportedTableMembers[] = {
    {"TableName", &kPlainTableName, Presence::kRequired},
    {"AttributeDefinitions", &kAttributeDefinitions, Presence::kRequired},
    {"KeySchema", &kKeySchema, Presence::kRequired},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"SSESpecification", &kSseSpecification},
    {"GlobalSecondaryIndexes", &kGlobalSecondaryIndexes},
    {"VectorIndexes", &kUnbuiltList, Presence::kNotBuilt},
};
inline constexpr Shape kImportedTable =
    StructureOf("TableCreationParameters", kImportedTableMembers);
inline constexpr Member kImportMembers[] = {
    {"ClientToken", &kClientToken},
    {"S3BucketSource", &kImportSource, Presence::kRequired},
    {"InputFormat", &kInputFormat, Presence::kRequired},
    {"InputFormatOptions", &kInputFormatOptions},
    {"InputCompressionType", &kInputCompression},
    {"TableCreationParameters", &kImportedTable, Presence::kRequired},
};
inline constexpr Member kImportArnMembers[] = {{"ImportArn", &kJobArn, Presence::kRequired}};

}  // namespace millrace
