#include <string>
#include <utility>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/function_operations.h"
#include "server/protocol/trigger_json.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

constexpr Shape kInteger = PlainOf(ShapeKind::kInteger);
constexpr Shape kAnyStructure = EmptyStructure("Structure");
constexpr Shape kAnyList = ListOf(&kAnyText);
constexpr std::string_view kStartingPositionValues[] = {"TRIM_HORIZON", "LATEST"};
constexpr Shape kStartingPosition = EnumOf(kStartingPositionValues);
constexpr Member kOnFailureMembers[] = {{"Destination", &kAnyText}};
constexpr Shape kOnFailure = StructureOf("OnFailure", kOnFailureMembers);
constexpr Member kDestinationMembers[] = {
    {"OnFailure", &kOnFailure},
    {"OnSuccess", &kAnyStructure, Presence::kNotBuilt},
};
constexpr Shape kDestination = StructureOf("DestinationConfig", kDestinationMembers);

constexpr Member kCreateMembers[] = {
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"EventSourceArn", &kAnyText, Presence::kRequired},
    {"BatchSize", &kInteger},
    {"StartingPosition", &kStartingPosition},
    {"MaximumRetryAttempts", &kInteger},
    {"Enabled", &kAnyBoolean},
    {"DestinationConfig", &kDestination},
    {"FilterCriteria", &kAnyStructure, Presence::kNotBuilt},
    {"MaximumBatchingWindowInSeconds", &kInteger, Presence::kNotBuilt},
    {"ParallelizationFactor", &kInteger, Presence::kNotBuilt},
    {"StartingPositionTimestamp", &kAnyNumber, Presence::kNotBuilt},
    {"MaximumRecordAgeInSeconds", &kInteger, Presence::kNotBuilt},
    {"BisectBatchOnFunctionError", &kAnyBoolean, Presence::kNotBuilt},
    {"TumblingWindowInSeconds", &kInteger, Presence::kNotBuilt},
    {"FunctionResponseTypes", &kAnyList, Presence::kNotBuilt},
    {"Tags", &kAnyStructure, Presence::kNotBuilt},
    {"KMSKeyArn", &kAnyText, Presence::kNotBuilt},
    {"MetricsConfig", &kAnyStructure, Presence::kNotBuilt},
};
constexpr Member kUuidMembers[] = {{"UUID", &kAnyText, Presence::kRequired}};
constexpr Member kListMembers[] = {
    {"FunctionName", &kAnyText},
    {"EventSourceArn", &kAnyText},
};

Result<MappingSpec> ReadMappingSpec(const Members& input) {
  MappingSpec spec;
  spec.function = input.Text("FunctionName");
  spec.event_source = input.Text("EventSourceArn");
  ASSIGN_OR_RETURN(spec.batch_size, ReadUnsigned(input, "BatchSize", kBatchSizeDefault));
  if (input.Text("StartingPosition") == "TRIM_HORIZON") {
    spec.starting_position = StartingPosition::kTrimHorizon;
  } else if (!input.Has("StartingPosition")) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
                  "constraint: Member must not be null.");
  }
  ASSIGN_OR_RETURN(spec.maximum_retry_attempts, ReadSigned(input, "MaximumRetryAttempts", -1));
  spec.enabled = input.Boolean("Enabled", true);
  const auto destination = input.Structure("DestinationConfig");
  const auto on_failure = destination ? destination->Structure("OnFailure") : std::nullopt;
  if (on_failure) spec.dead_letter_table = on_failure->Text("Destination");
  return spec;
}

}  // namespace

const Shape kCreateEventSourceMappingInput =
    StructureOf("CreateEventSourceMappingRequest", kCreateMembers);
const Shape kGetEventSourceMappingInput = StructureOf("GetEventSourceMappingRequest", kUuidMembers);
const Shape kListEventSourceMappingsInput =
    StructureOf("ListEventSourceMappingsRequest", kListMembers);
const Shape kDeleteEventSourceMappingInput =
    StructureOf("DeleteEventSourceMappingRequest", kUuidMembers);

Status CreateEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingSpec spec, ReadMappingSpec(call->input));
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->CreateEventSourceMapping(spec));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, "Creating", &reply);
  return Status::Ok();
}

Status GetEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->GetEventSourceMapping(call->input.Text("UUID")));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, WireName(mapping.state), &reply);
  return Status::Ok();
}

Status ListEventSourceMappings(Call* call) {
  const Members& input = call->input;
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("EventSourceMappings");
  reply.BeginArray();
  for (const MappingDescription& mapping : call->services.triggers->ListEventSourceMappings(
           input.Text("FunctionName"), input.Text("EventSourceArn"))) {
    WriteMapping(mapping, WireName(mapping.state), &reply);
  }
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status DeleteEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->DeleteEventSourceMapping(call->input.Text("UUID")));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, "Deleting", &reply);
  return Status::Ok();
}

}  // namespace millrace
