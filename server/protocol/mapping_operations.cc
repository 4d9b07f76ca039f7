#include <cmath>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/function_operations.h"
#include "server/protocol/trigger_json.h"
#include "triggers/trigger_service.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

constexpr double kTimestampSecondsMax = 1e11;  // year 5138

constexpr Shape kInteger = PlainOf(ShapeKind::kInteger);
constexpr Shape kAnyStructure = EmptyStructure("Structure");
constexpr std::string_view kStartingPositionValues[] = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"};
constexpr Shape kStartingPosition = EnumOf(kStartingPositionValues);
constexpr std::string_view kResponseTypeValues[] = {"ReportBatchItemFailures"};
constexpr Shape kResponseType = EnumOf(kResponseTypeValues);
constexpr Shape kResponseTypes = ListOf(&kResponseType, 0, 1);
constexpr Member kOnFailureMembers[] = {{"Destination", &kAnyText}};
constexpr Shape kOnFailure = StructureOf("OnFailure", kOnFailureMembers);
constexpr Member kDestinationMembers[] = {
    {"OnFailure", &kOnFailure},
    {"OnSuccess", &kAnyStructure, Presence::kNotBuilt},
};
constexpr Shape kDestination = StructureOf("DestinationConfig", kDestinationMembers);

// What can be said at the making and changed later.
constexpr Member kSettings[] = {
    {"BatchSize", &kInteger},
    {"MaximumBatchingWindowInSeconds", &kInteger},
    {"MaximumRetryAttempts", &kInteger},
    {"MaximumRecordAgeInSeconds", &kInteger},
    {"BisectBatchOnFunctionError", &kAnyBoolean},
    {"ParallelizationFactor", &kInteger},
    {"FunctionResponseTypes", &kResponseTypes},
    {"Enabled", &kAnyBoolean},
    {"DestinationConfig", &kDestination},
    {"FilterCriteria", &kAnyStructure, Presence::kNotBuilt},
    {"TumblingWindowInSeconds", &kInteger, Presence::kNotBuilt},
    {"KMSKeyArn", &kAnyText, Presence::kNotBuilt},
    {"MetricsConfig", &kAnyStructure, Presence::kNotBuilt},
};
template <size_t N>
struct MembersAndSettings {
  Member members[N + std::size(kSettings)];
};
template <size_t N>
constexpr MembersAndSettings<N> WithSettings(const Member (&own)[N]) {
  MembersAndSettings<N> all{};
  for (size_t i = 0; i < N; ++i) all.members[i] = own[i];
  for (size_t i = 0; i < std::size(kSettings); ++i) all.members[N + i] = kSettings[i];
  return all;
}
constexpr auto kCreate = WithSettings({
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"EventSourceArn", &kAnyText, Presence::kRequired},
    {"StartingPosition", &kStartingPosition},
    {"StartingPositionTimestamp", &kAnyNumber},
    {"Tags", &kAnyStructure, Presence::kNotBuilt},
});
constexpr auto kUpdate = WithSettings({
    {"UUID", &kAnyText, Presence::kRequired},
    {"FunctionName", &kAnyText},
});
constexpr Member kUuidMembers[] = {{"UUID", &kAnyText, Presence::kRequired}};
constexpr Member kListMembers[] = {
    {"FunctionName", &kAnyText},
    {"EventSourceArn", &kAnyText},
};

// `field` stays as it is when the member is absent.
template <typename T>
Status ReadMember(const Members& input, std::string_view name, std::optional<T>* field,
                  uint32_t least = 1) {
  if (!input.Has(name)) return Status::Ok();
  if constexpr (std::is_same_v<T, bool>) {
    *field = input.Boolean(name);
  } else if constexpr (std::is_signed_v<T>) {
    ASSIGN_OR_RETURN(*field, ReadSigned(input, name, 0));
  } else {
    ASSIGN_OR_RETURN(*field, ReadUnsigned(input, name, 0, least));
  }
  return Status::Ok();
}

// What create and update share.
Result<MappingUpdate> ReadUpdate(const Members& input) {
  MappingUpdate update;
  RETURN_IF_ERROR(ReadMember(input, "BatchSize", &update.batch_size));
  RETURN_IF_ERROR(ReadMember(input, "MaximumRetryAttempts", &update.maximum_retry_attempts));
  RETURN_IF_ERROR(
      ReadMember(input, "MaximumBatchingWindowInSeconds", &update.batching_window_seconds, 0));
  RETURN_IF_ERROR(
      ReadMember(input, "MaximumRecordAgeInSeconds", &update.maximum_record_age_seconds));
  RETURN_IF_ERROR(
      ReadMember(input, "BisectBatchOnFunctionError", &update.bisect_batch_on_function_error));
  RETURN_IF_ERROR(ReadMember(input, "ParallelizationFactor", &update.parallelization_factor));
  RETURN_IF_ERROR(ReadMember(input, "Enabled", &update.enabled));
  if (const auto types = input.Find("FunctionResponseTypes")) {
    update.report_batch_item_failures = false;
    RETURN_IF_ERROR(types->ForEachElement([&update](JsonValue) {
      update.report_batch_item_failures = true;
      return Status::Ok();
    }));
  }
  if (const auto destination = input.Structure("DestinationConfig")) {
    const auto on_failure = destination->Structure("OnFailure");
    update.dead_letter_table = on_failure ? on_failure->Text("Destination") : std::string_view();
  }
  return update;
}

Result<MappingSpec> ReadMappingSpec(const Members& input) {
  ASSIGN_OR_RETURN(const MappingUpdate given, ReadUpdate(input));
  MappingSpec spec = Updated(MappingSpec(), given);
  spec.function = input.Text("FunctionName");
  spec.event_source = input.Text("EventSourceArn");
  if (!input.Has("StartingPosition")) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
                  "constraint: Member must not be null.");
  }
  const std::string_view position = input.Text("StartingPosition");
  if (position == "TRIM_HORIZON") spec.starting_position = StartingPosition::kTrimHorizon;
  if (position == "AT_TIMESTAMP") spec.starting_position = StartingPosition::kAtTimestamp;
  if (const auto timestamp = input.Find("StartingPositionTimestamp")) {
    const double seconds = timestamp->number();
    if (!(seconds > 0 && seconds < kTimestampSecondsMax)) {
      return Status(ErrorCode::kInvalidParameterValue,
                    "StartingPositionTimestamp is not a time in seconds since 1970.");
    }
    spec.starting_timestamp_micros = std::llround(seconds * 1e6);
  }
  return spec;
}

}  // namespace

const Shape kCreateEventSourceMappingInput =
    StructureOf("CreateEventSourceMappingRequest", kCreate.members);
const Shape kGetEventSourceMappingInput = StructureOf("GetEventSourceMappingRequest", kUuidMembers);
const Shape kListEventSourceMappingsInput =
    StructureOf("ListEventSourceMappingsRequest", kListMembers);
const Shape kUpdateEventSourceMappingInput =
    StructureOf("UpdateEventSourceMappingRequest", kUpdate.members);
const Shape kDeleteEventSourceMappingInput =
    StructureOf("DeleteEventSourceMappingRequest", kUuidMembers);

Status CreateEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingSpec spec, ReadMappingSpec(call->input));
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->CreateEventSourceMapping(spec));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, &reply);
  return Status::Ok();
}

Status GetEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->GetEventSourceMapping(call->input.Text("UUID")));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, &reply);
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
    WriteMapping(mapping, &reply);
  }
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status UpdateEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(MappingUpdate update, ReadUpdate(call->input));
  update.uuid = call->input.Text("UUID");
  if (const auto function = call->input.String("FunctionName")) update.function = *function;
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->UpdateEventSourceMapping(update));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, &reply);
  return Status::Ok();
}

Status DeleteEventSourceMapping(Call* call) {
  ASSIGN_OR_RETURN(const MappingDescription mapping,
                   call->services.triggers->DeleteEventSourceMapping(call->input.Text("UUID")));
  JsonWriter reply = call->Reply();
  WriteMapping(mapping, &reply);
  return Status::Ok();
}

}  // namespace millrace
