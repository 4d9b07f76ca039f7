#include "server/protocol/cdc_operations.h"

#include <string>
#include <utility>

#include "connectors/cdc/cdc_service.h"
#include "server/protocol/call.h"
#include "server/protocol/cdc_json.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/trigger_json.h"

namespace millrace {
namespace {

constexpr Shape kInteger = PlainOf(ShapeKind::kInteger);
constexpr Shape kLong = PlainOf(ShapeKind::kLong);
constexpr std::string_view kStartValues[] = {"TRIM_HORIZON", "LATEST"};
constexpr Shape kStart = EnumOf(kStartValues);
constexpr std::string_view kViewValues[] = {"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                            "KEYS_ONLY"};
constexpr Shape kView = EnumOf(kViewValues);

constexpr Member kCreateMembers[] = {
    {"PipelineName", &kAnyText, Presence::kRequired},
    {"TableName", &kControlTableName, Presence::kRequired},
    {"Directory", &kAnyText, Presence::kRequired},
    {"Snapshot", &kAnyBoolean},
    {"StartingPosition", &kStart},
    {"StreamViewType", &kView},
    {"RollBytes", &kLong},
    {"RollSeconds", &kInteger},
    {"CompressionLevel", &kInteger},
    {"Paused", &kAnyBoolean},
};
constexpr Member kNameMembers[] = {{"PipelineName", &kAnyText, Presence::kRequired}};
constexpr Member kUpdateMembers[] = {
    {"PipelineName", &kAnyText, Presence::kRequired},
    {"RollBytes", &kLong},
    {"RollSeconds", &kInteger},
};

// What is negative is refused as the smallest value is.
uint64_t ReadBytes(const Members& input, uint64_t absent) {
  const auto value = input.Integer("RollBytes");
  if (!value) return absent;
  return *value < 0 ? 0 : static_cast<uint64_t>(*value);
}

Result<PipelineSpec> ReadSpec(Call* call) {
  const Members& input = call->input;
  PipelineSpec spec;
  spec.name = input.Text("PipelineName");
  ASSIGN_OR_RETURN(const TableRef table, call->FindTable());
  spec.table = table->spec.name;
  spec.directory = input.Text("Directory");
  spec.snapshot = input.Boolean("Snapshot");
  if (input.Text("StartingPosition") == "TRIM_HORIZON") spec.start = CdcStart::kTrimHorizon;
  if (input.Has("StreamViewType")) spec.view = ParseStreamViewType(input.Text("StreamViewType"));
  spec.roll_bytes = ReadBytes(input, kRollBytesDefault);
  ASSIGN_OR_RETURN(spec.roll_seconds, ReadUnsigned(input, "RollSeconds", kRollSecondsDefault));
  ASSIGN_OR_RETURN(spec.compression_level, ReadUnsigned(input, "CompressionLevel", 1));
  spec.paused = input.Boolean("Paused");
  return spec;
}

Status Reply(Call* call, const Result<PipelineDescription>& pipeline) {
  if (!pipeline.ok()) return pipeline.status();
  JsonWriter reply = call->Reply();
  WritePipeline(*pipeline, &reply);
  return Status::Ok();
}

Status SetPaused(Call* call, bool paused) {
  PipelineChange change;
  change.paused = paused;
  return Reply(call, call->services.cdc->Update(call->input.Text("PipelineName"), change));
}

}  // namespace

const Shape kCreatePipelineInput = StructureOf("CreatePipelineInput", kCreateMembers);
const Shape kPipelineNameInput = StructureOf("PipelineNameInput", kNameMembers);
const Shape kListPipelinesInput = EmptyStructure("ListPipelinesInput");
const Shape kUpdatePipelineInput = StructureOf("UpdatePipelineInput", kUpdateMembers);

Status CreatePipeline(Call* call) {
  ASSIGN_OR_RETURN(const PipelineSpec spec, ReadSpec(call));
  return Reply(call, call->services.cdc->Create(spec));
}

Status DescribePipeline(Call* call) {
  return Reply(call, call->services.cdc->Describe(call->input.Text("PipelineName")));
}

Status PausePipeline(Call* call) {
  return SetPaused(call, true);
}

Status ResumePipeline(Call* call) {
  return SetPaused(call, false);
}

Status DeletePipeline(Call* call) {
  return Reply(call, call->services.cdc->Delete(call->input.Text("PipelineName")));
}

Status ListPipelines(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Pipelines");
  reply.BeginArray();
  for (const PipelineDescription& pipeline : call->services.cdc->List()) {
    WritePipeline(pipeline, &reply);
  }
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status UpdatePipeline(Call* call) {
  const Members& input = call->input;
  PipelineChange change;
  if (input.Has("RollBytes")) change.roll_bytes = ReadBytes(input, 0);
  if (input.Has("RollSeconds")) {
    ASSIGN_OR_RETURN(change.roll_seconds, ReadUnsigned(input, "RollSeconds", 0));
  }
  return Reply(call, call->services.cdc->Update(input.Text("PipelineName"), change));
}

Status VerifyPipeline(Call* call) {
  const Services& services = call->services;
  ASSIGN_OR_RETURN(const CdcVerifyReport report,
                   services.cdc->Verify(call->input.Text("PipelineName"),
                                        [&services] { return services.stopping->load(); }));
  JsonWriter reply = call->Reply();
  WriteCdcVerifyReport(report, &reply);
  return Status::Ok();
}

}  // namespace millrace
