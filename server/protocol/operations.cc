#include "server/protocol/operation.h"

#include "server/protocol/audit_operations.h"
#include "server/protocol/cdc_operations.h"
#include "server/protocol/function_operations.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/job_operations.h"
#include "server/protocol/later_operations.h"
#include "server/protocol/partiql_operations.h"
#include "server/protocol/rebuild_table.h"
#include "server/protocol/recovery_operations.h"
#include "server/protocol/resource_operations.h"
#include "server/protocol/stream_operations.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/tail_table.h"

namespace millrace {
namespace {

constexpr RunsOn kInline = RunsOn::kRequestThread;
constexpr RunsOn kPool = RunsOn::kPool;
constexpr RunsOn kLong = RunsOn::kLongPool;

// A row without a function is an operation of AWS's that isn't built yet: it is refused by name.
const Operation kOperations[] = {
    {"DynamoDB_20120810.GetItem", &kGetItemInput, GetItem, kInline, &kGetItemExpressions},
    {"DynamoDB_20120810.PutItem", &kPutItemInput, PutItem, kInline, &kPutItemExpressions},
    {"DynamoDB_20120810.UpdateItem", &kUpdateItemInput, UpdateItem, kInline,
     &kUpdateItemExpressions},
    {"DynamoDB_20120810.DeleteItem", &kDeleteItemInput, DeleteItem, kInline,
     &kDeleteItemExpressions},
    {"DynamoDB_20120810.BatchGetItem", &kBatchGetItemInput, BatchGetItem, kPool, nullptr},
    {"DynamoDB_20120810.BatchWriteItem", &kBatchWriteItemInput, BatchWriteItem, kInline, nullptr},
    {"DynamoDB_20120810.TransactGetItems", &kTransactGetItemsInput, TransactGetItems, kPool,
     nullptr},
    {"DynamoDB_20120810.TransactWriteItems", &kTransactWriteItemsInput, TransactWriteItems, kInline,
     nullptr},
    {"DynamoDB_20120810.Query", &kQueryInput, Query, kPool, &kQueryExpressions},
    {"DynamoDB_20120810.Scan", &kScanInput, Scan, kPool, &kScanExpressions},

    {"DynamoDB_20120810.CreateTable", &kCreateTableInput, CreateTable, kPool, nullptr},
    {"DynamoDB_20120810.DescribeTable", &kDescribeTableInput, DescribeTable, kPool, nullptr},
    {"DynamoDB_20120810.ListTables", &kListTablesInput, ListTables, kPool, nullptr},
    {"DynamoDB_20120810.UpdateTable", &kUpdateTableInput, UpdateTable, kPool, nullptr},
    {"DynamoDB_20120810.DeleteTable", &kDeleteTableInput, DeleteTable, kPool, nullptr},
    {"DynamoDB_20120810.UpdateTimeToLive", &kUpdateTimeToLiveInput, UpdateTimeToLive, kPool,
     nullptr},
    {"DynamoDB_20120810.DescribeTimeToLive", &kDescribeTimeToLiveInput, DescribeTimeToLive, kPool,
     nullptr},
    {"DynamoDB_20120810.DescribeLimits", &kDescribeLimitsInput, DescribeLimits, kPool, nullptr},
    {"DynamoDB_20120810.DescribeEndpoints", &kDescribeEndpointsInput, DescribeEndpoints, kPool,
     nullptr},
    {"DynamoDB_20120810.TagResource", &kTagResourceInput, TagResource, kPool, nullptr},
    {"DynamoDB_20120810.UntagResource", &kUntagResourceInput, UntagResource, kPool, nullptr},
    {"DynamoDB_20120810.ListTagsOfResource", &kListTagsOfResourceInput, ListTagsOfResource, kPool,
     nullptr},
    {"DynamoDB_20120810.PutResourcePolicy", &kPutResourcePolicyInput, PutResourcePolicy, kPool,
     nullptr},
    {"DynamoDB_20120810.GetResourcePolicy", &kGetResourcePolicyInput, GetResourcePolicy, kPool,
     nullptr},
    {"DynamoDB_20120810.DeleteResourcePolicy", &kDeleteResourcePolicyInput, DeleteResourcePolicy,
     kPool, nullptr},

    // Of what isn't there yet: that it is off, or that there is none.
    {"DynamoDB_20120810.CreateBackup", &kCreateBackupInput, CreateBackup, kPool, nullptr},
    {"DynamoDB_20120810.DeleteBackup", &kBackupArnInput, NoBackup, kPool, nullptr},
    {"DynamoDB_20120810.DescribeBackup", &kBackupArnInput, NoBackup, kPool, nullptr},
    {"DynamoDB_20120810.ListBackups", &kListBackupsInput, ListBackups, kPool, nullptr},
    {"DynamoDB_20120810.RestoreTableFromBackup", &kRestoreTableFromBackupInput, NoBackup, kPool,
     nullptr},
    {"DynamoDB_20120810.RestoreTableToPointInTime", &kRestoreTableToPointInTimeInput,
     RestoreTableToPointInTime, kPool, nullptr},
    {"DynamoDB_20120810.DescribeContinuousBackups", &kDescribeContinuousBackupsInput,
     DescribeContinuousBackups, kPool, nullptr},
    {"DynamoDB_20120810.UpdateContinuousBackups", &kUpdateContinuousBackupsInput,
     UpdateContinuousBackups, kPool, nullptr},
    {"DynamoDB_20120810.ExportTableToPointInTime", &kExportTableToPointInTimeInput,
     ExportTableToPointInTime, kPool, nullptr},
    {"DynamoDB_20120810.DescribeExport", &kDescribeExportInput, DescribeExport, kPool, nullptr},
    {"DynamoDB_20120810.ListExports", &kListExportsInput, ListExports, kPool, nullptr},
    {"DynamoDB_20120810.ImportTable", &kImportTableInput, ImportTable, kPool, nullptr},
    {"DynamoDB_20120810.DescribeImport", &kDescribeImportInput, DescribeImport, kPool, nullptr},
    {"DynamoDB_20120810.ListImports", &kListImportsInput, ListImports, kPool, nullptr},
    {"DynamoDB_20120810.CreateGlobalTable", &kCreateGlobalTableInput, CreateGlobalTable, kPool,
     nullptr},
    {"DynamoDB_20120810.UpdateGlobalTable", &kUpdateGlobalTableInput, UpdateGlobalTable, kPool,
     nullptr},
    {"DynamoDB_20120810.DescribeGlobalTable", &kGlobalTableNameInput, DescribeGlobalTable, kPool,
     nullptr},
    {"DynamoDB_20120810.ListGlobalTables", &kListGlobalTablesInput, ListGlobalTables, kPool,
     nullptr},
    {"DynamoDB_20120810.DescribeGlobalTableSettings", &kGlobalTableNameInput, DescribeGlobalTable,
     kPool, nullptr},
    {"DynamoDB_20120810.UpdateGlobalTableSettings", &kUpdateGlobalTableSettingsInput,
     UpdateGlobalTableSettings, kPool, nullptr},
    {"DynamoDB_20120810.DescribeTableReplicaAutoScaling", &kReplicaAutoScalingInput,
     ReplicaAutoScaling, kPool, nullptr},
    {"DynamoDB_20120810.UpdateTableReplicaAutoScaling", &kReplicaAutoScalingInput,
     ReplicaAutoScaling, kPool, nullptr},
    {"DynamoDB_20120810.DescribeContributorInsights", &kContributorInsightsInput,
     DescribeContributorInsights, kPool, nullptr},
    {"DynamoDB_20120810.UpdateContributorInsights", &kUpdateContributorInsightsInput,
     UpdateContributorInsights, kPool, nullptr},
    {"DynamoDB_20120810.ListContributorInsights", &kListContributorInsightsInput,
     ListContributorInsights, kPool, nullptr},
    {"DynamoDB_20120810.DescribeKinesisStreamingDestination",
     &kDescribeKinesisStreamingDestinationInput, DescribeKinesisStreamingDestination, kPool,
     nullptr},
    {"DynamoDB_20120810.EnableKinesisStreamingDestination",
     &kEnableKinesisStreamingDestinationInput, EnableKinesisStreamingDestination, kPool, nullptr},
    {"DynamoDB_20120810.DisableKinesisStreamingDestination",
     &kEnableKinesisStreamingDestinationInput, DisableKinesisStreamingDestination, kPool, nullptr},
    {"DynamoDB_20120810.UpdateKinesisStreamingDestination",
     &kUpdateKinesisStreamingDestinationInput, UpdateKinesisStreamingDestination, kPool, nullptr},

    {"DynamoDB_20120810.ExecuteStatement", &kExecuteStatementInput, ExecuteStatement, kPool,
     nullptr},
    {"DynamoDB_20120810.BatchExecuteStatement", &kBatchExecuteStatementInput, BatchExecuteStatement,
     kPool, nullptr},
    {"DynamoDB_20120810.ExecuteTransaction", &kExecuteTransactionInput, ExecuteTransaction, kPool,
     nullptr},

    {"DynamoDB_20120810.SearchVectors"},
    {"DynamoDB_20120810.StartBulkPutItems"},
    {"DynamoDB_20120810.DescribeBulkOperation"},
    {"DynamoDB_20120810.ListBulkOperations"},
    {"DynamoDB_20120810.CancelBulkOperation"},

    {"DynamoDBStreams_20120810.ListStreams", &kListStreamsInput, ListStreams, kPool, nullptr},
    {"DynamoDBStreams_20120810.DescribeStream", &kDescribeStreamInput, DescribeStream, kPool,
     nullptr},
    {"DynamoDBStreams_20120810.GetShardIterator", &kGetShardIteratorInput, GetShardIterator, kPool,
     nullptr},
    {"DynamoDBStreams_20120810.GetRecords", &kGetRecordsInput, GetRecords, kPool, nullptr},

    {"Millrace_20261121.Status", &kStatusInput, GetServerStatus, kPool, nullptr},
    {"Millrace_20261121.CreateFunction", &kCreateFunctionInput, CreateFunction, kPool, nullptr},
    {"Millrace_20261121.GetFunction", &kGetFunctionInput, GetFunction, kPool, nullptr},
    {"Millrace_20261121.ListFunctions", &kListFunctionsInput, ListFunctions, kPool, nullptr},
    {"Millrace_20261121.UpdateFunctionCode", &kUpdateFunctionCodeInput, UpdateFunctionCode, kPool,
     nullptr},
    {"Millrace_20261121.UpdateFunctionConfiguration", &kUpdateFunctionConfigurationInput,
     UpdateFunctionConfiguration, kPool, nullptr},
    {"Millrace_20261121.DeleteFunction", &kDeleteFunctionInput, DeleteFunction, kPool, nullptr},
    {"Millrace_20261121.GetFunctionLogs", &kGetFunctionLogsInput, GetFunctionLogs, kPool, nullptr},
    {"Millrace_20261121.CreateEventSourceMapping", &kCreateEventSourceMappingInput,
     CreateEventSourceMapping, kPool, nullptr},
    {"Millrace_20261121.GetEventSourceMapping", &kGetEventSourceMappingInput, GetEventSourceMapping,
     kPool, nullptr},
    {"Millrace_20261121.ListEventSourceMappings", &kListEventSourceMappingsInput,
     ListEventSourceMappings, kPool, nullptr},
    {"Millrace_20261121.UpdateEventSourceMapping", &kUpdateEventSourceMappingInput,
     UpdateEventSourceMapping, kPool, nullptr},
    {"Millrace_20261121.DeleteEventSourceMapping", &kDeleteEventSourceMappingInput,
     DeleteEventSourceMapping, kPool, nullptr},
    {"Millrace_20261121.ListDeadLetters", &kListDeadLettersInput, ListDeadLetters, kPool, nullptr},
    {"Millrace_20261121.GetDeadLetter", &kGetDeadLetterInput, GetDeadLetter, kPool, nullptr},
    {"Millrace_20261121.DeleteDeadLetters", &kDeleteDeadLettersInput, DeleteDeadLetters, kLong,
     nullptr},
    {"Millrace_20261121.RedriveDeadLetters", &kRedriveDeadLettersInput, RedriveDeadLetters, kPool,
     nullptr},
    {"Millrace_20261121.StartReplay", &kStartReplayInput, StartReplay, kPool, nullptr},
    {"Millrace_20261121.ListJobs", &kListJobsInput, ListJobs, kPool, nullptr},
    {"Millrace_20261121.DescribeJob", &kDescribeJobInput, DescribeJob, kPool, nullptr},
    {"Millrace_20261121.StopJob", &kStopJobInput, StopJob, kPool, nullptr},
    {"Millrace_20261121.GetJobOutput", &kGetJobOutputInput, GetJobOutput, kPool, nullptr},
    {"Millrace_20261121.CreatePipeline", &kCreatePipelineInput, CreatePipeline, kPool, nullptr},
    {"Millrace_20261121.DescribePipeline", &kPipelineNameInput, DescribePipeline, kPool, nullptr},
    {"Millrace_20261121.ListPipelines", &kListPipelinesInput, ListPipelines, kPool, nullptr},
    {"Millrace_20261121.UpdatePipeline", &kUpdatePipelineInput, UpdatePipeline, kPool, nullptr},
    {"Millrace_20261121.PausePipeline", &kPipelineNameInput, PausePipeline, kPool, nullptr},
    {"Millrace_20261121.ResumePipeline", &kPipelineNameInput, ResumePipeline, kPool, nullptr},
    {"Millrace_20261121.DeletePipeline", &kPipelineNameInput, DeletePipeline, kPool, nullptr},
    {"Millrace_20261121.VerifyPipeline", &kPipelineNameInput, VerifyPipeline, kLong, nullptr},
    {"Millrace_20261121.GetItemHistory", &kGetItemHistoryInput, GetItemHistory, kPool, nullptr},
    {"Millrace_20261121.TailTable", &kTailTableInput, TailTable, kPool, nullptr},
    {"Millrace_20261121.RebuildTable", &kRebuildTableInput, RebuildTable, kLong, nullptr},
    {"Millrace_20261121.VerifyTable", &kVerifyTableInput, VerifyTableFromLog, kLong, nullptr},
};

}  // namespace

ConstantSpan<Operation> AllOperations() {
  return SpanOf(kOperations);
}

}  // namespace millrace
