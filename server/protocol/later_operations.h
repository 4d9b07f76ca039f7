#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// What of AWS's API is about things that Millrace does not have yet: global tables, Contributor
// Insights, Kinesis destinations. The answer is the truth, in AWS's words: that they are switched
// off, or that there are none. Whoever would switch one on, or make one, is refused by name.
namespace millrace {

class Call;

extern const Shape kCreateGlobalTableInput;
Status CreateGlobalTable(Call* call);
extern const Shape kUpdateGlobalTableInput;
Status UpdateGlobalTable(Call* call);
extern const Shape kListGlobalTablesInput;
Status ListGlobalTables(Call* call);
extern const Shape kGlobalTableNameInput;
Status DescribeGlobalTable(Call* call);
extern const Shape kUpdateGlobalTableSettingsInput;
Status UpdateGlobalTableSettings(Call* call);
extern const Shape kReplicaAutoScalingInput;
Status ReplicaAutoScaling(Call* call);

extern const Shape kContributorInsightsInput;
Status DescribeContributorInsights(Call* call);
extern const Shape kUpdateContributorInsightsInput;
Status UpdateContributorInsights(Call* call);
extern const Shape kListContributorInsightsInput;
Status ListContributorInsights(Call* call);

extern const Shape kDescribeKinesisStreamingDestinationInput;
Status DescribeKinesisStreamingDestination(Call* call);
extern const Shape kEnableKinesisStreamingDestinationInput;
Status EnableKinesisStreamingDestination(Call* call);
Status DisableKinesisStreamingDestination(Call* call);
extern const Shape kUpdateKinesisStreamingDestinationInput;
Status UpdateKinesisStreamingDestination(Call* call);

}  // namespace millrace
