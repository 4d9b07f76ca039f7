#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "streams/stream_names.h"
#include "triggers/trigger_types.h"

// What may be asked for: Lambda's limits and texts. Pure.
namespace millrace {

std::string FunctionArn(const ArnScope& scope, std::string_view name);
// The name in a function's name, partial or full ARN (without a qualifier).
std::string_view FunctionNameOf(std::string_view name_or_arn);

// kInvalidParameterValue.
Status CheckFunctionSpec(const FunctionSpec& spec);
// As DynamoDB's CreateTable takes it.
bool IsTableName(std::string_view name);
// The table's name, of its ARN or name; kInvalidParameterValue when it is neither, or of another
// region or account.
Result<std::string> DeadLetterTableOf(const ArnScope& scope, std::string_view name_or_arn);
Status CheckMappingSpec(const MappingSpec& spec);
Status CheckStartingPosition(const MappingSpec& spec, int64_t now_micros);
// The members that are given. DestinationConfig's names are taken as they are.
MappingSpec Updated(MappingSpec spec, const MappingUpdate& update);

}  // namespace millrace
