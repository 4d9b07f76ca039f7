#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// What of AWS's API asks about things that Millrace does not have yet: backups, exports, imports,
// global tables, Contributor Insights, Kinesis destinations. The answer is the truth: that they are
// switched off, or that there are none. Whoever would switch one on, or make one, is refused by
// name.
namespace millrace {

class Call;

extern const Shape kTableNameOnlyInput;
Status DescribeContinuousBackups(Call* call);
Status DescribeKinesisStreamingDestination(Call* call);
Status DescribeTableReplicaAutoScaling(Call* call);

extern const Shape kUpdateContinuousBackupsInput;
Status UpdateContinuousBackups(Call* call);

extern const Shape kListBackupsInput;
Status ListBackups(Call* call);
extern const Shape kBackupArnInput;
Status DescribeBackup(Call* call);
Status DeleteBackup(Call* call);

extern const Shape kListExportsInput;
Status ListExports(Call* call);
extern const Shape kDescribeExportInput;
Status DescribeExport(Call* call);
extern const Shape kListImportsInput;
Status ListImports(Call* call);
extern const Shape kDescribeImportInput;
Status DescribeImport(Call* call);

extern const Shape kListGlobalTablesInput;
Status ListGlobalTables(Call* call);
extern const Shape kGlobalTableNameInput;
Status DescribeGlobalTable(Call* call);

extern const Shape kContributorInsightsInput;
Status DescribeContributorInsights(Call* call);
extern const Shape kUpdateContributorInsightsInput;
Status UpdateContributorInsights(Call* call);
extern const Shape kListContributorInsightsInput;
Status ListContributorInsights(Call* call);

extern const Shape kDisableKinesisStreamingDestinationInput;
Status DisableKinesisStreamingDestination(Call* call);

}  // namespace millrace
