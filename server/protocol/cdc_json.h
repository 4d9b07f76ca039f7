#pragma once

#include "connectors/cdc/cdc_service.h"
#include "engine/json/json.h"

namespace millrace {

// A pipeline as the operations on pipelines return it:
//   {PipelineName, PipelineId, State: RUNNING | PAUSED | RETRYING | ENDED, TableName, TableId,
//    Directory, StreamViewType, Snapshot, SnapshotState: NONE | RUNNING | COMPLETE | ABORTED,
//    StartingPosition, RollBytes, RollSeconds, CompressionLevel, CreationDateTime, Files, Records,
//    SnapshotRecords, Bytes, UncompressedBytes, Gaps, LastGap?: {AfterLsn, ThroughLsn,
//    BeforeDateTime?}, IncompleteRecords, ThroughLsn, LastFileDateTime?, Lag: {Commits, Records,
//    RecordsAreMore, Milliseconds}, LastError?, LastErrorDateTime?, FailedAttempts}
// Files, Records and so on are of what the manifest lists. Lag.Commits are those of all tables that
// were not looked at yet; Lag.Records are the table's that are in no listed file, at least so many
// when RecordsAreMore; Lag.Milliseconds is the age of the oldest of them.
void WritePipeline(const PipelineDescription& pipeline, JsonWriter* writer);

// {Intact, ProblemCount, Problems: [text...], PipelineName, TableName, Files, Records,
//  SnapshotRecords, Bytes, Gaps, UnlistedFiles, ThroughLsn, Ended, LogFromLsn?, LogRecords?}
void WriteCdcVerifyReport(const CdcVerifyReport& report, JsonWriter* writer);

}  // namespace millrace
