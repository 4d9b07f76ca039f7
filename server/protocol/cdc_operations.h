#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// CDC pipelines: a table's changes as files in a directory of the server's machine. Beyond AWS, in
// the same form; Kafka Connect's words where it has them. A PIPELINE is what DescribePipeline
// returns; see cdc_operations.cc for its members.
namespace millrace {

class Call;

// {PipelineName, TableName, Directory, Snapshot?, StartingPosition?: LATEST | TRIM_HORIZON,
//  StreamViewType?, RollBytes?, RollSeconds?, CompressionLevel?, Paused?} -> PIPELINE
extern const Shape kCreatePipelineInput;
Status CreatePipeline(Call* call);

// {PipelineName} -> PIPELINE
extern const Shape kPipelineNameInput;
Status DescribePipeline(Call* call);
Status PausePipeline(Call* call);
Status ResumePipeline(Call* call);
Status DeletePipeline(Call* call);

// {} -> {Pipelines: [PIPELINE...]}
extern const Shape kListPipelinesInput;
Status ListPipelines(Call* call);

// {PipelineName, RollBytes?, RollSeconds?} -> PIPELINE
extern const Shape kUpdatePipelineInput;
Status UpdatePipeline(Call* call);

// {PipelineName} -> {Intact, ProblemCount, Problems: [...], Files, Records, ...}: the files against
// their manifest and the log. Takes as long as reading both takes.
Status VerifyPipeline(Call* call);

}  // namespace millrace
