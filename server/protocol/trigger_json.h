#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "server/protocol/members.h"
#include "triggers/trigger_types.h"

namespace millrace {

// An integer that the trigger service will check; only what its type cannot hold is refused here.
// A negative number is refused with Lambda's text, which names the `least` that the member takes.
Result<uint32_t> ReadUnsigned(const Members& input, std::string_view name, uint32_t absent,
                              uint32_t least = 1);
Result<int32_t> ReadSigned(const Members& input, std::string_view name, int32_t absent);

// FunctionConfiguration, and of Millrace: Processes (the setting), ReadyProcesses, RunningProcesses
// with the code that each runs.
void WriteFunction(const FunctionDescription& function, JsonWriter* writer);
// EventSourceMappingConfiguration, and of Millrace: TableName, RecordsProcessed, DeadLetters,
// Discarded, Shards.
void WriteMapping(const MappingDescription& mapping, JsonWriter* writer);
void WriteLogPage(const LogPage& page, JsonWriter* writer);
// Of Status.
void WriteTriggerStatus(const TriggerStatus& status, JsonWriter* writer);

}  // namespace millrace
