#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// Functions and event source mappings, under Millrace_20261121: bodies are spelled as Lambda's, in
// DynamoDB's form (POST, JSON, X-Amz-Target). Source: the AWS Lambda API reference.
//
// Where Millrace differs: Code is {"Path": file on the server's machine}, and UpdateFunctionCode
// takes Path; Processes is how many of a function's may run at once; EventSourceArn may be a
// table's name; DestinationConfig.OnFailure.Destination is a table's name; StartingPosition may be
// AT_TIMESTAMP, which Lambda has for other kinds of streams only.
namespace millrace {

class Call;

extern const Shape kCreateFunctionInput;
Status CreateFunction(Call* call);

extern const Shape kUpdateFunctionCodeInput;
Status UpdateFunctionCode(Call* call);

extern const Shape kUpdateFunctionConfigurationInput;
Status UpdateFunctionConfiguration(Call* call);

extern const Shape kGetFunctionInput;
Status GetFunction(Call* call);

extern const Shape kListFunctionsInput;
Status ListFunctions(Call* call);

extern const Shape kDeleteFunctionInput;
Status DeleteFunction(Call* call);

// {FunctionName, Cursor?, Limit?, WaitSeconds?} -> {Lines: [{Timestamp, Message}], NextCursor,
// SkippedLines}: what it printed, from the cursor on; 0 or absent is the oldest kept. When there is
// nothing yet, the reply waits for it that long.
extern const Shape kGetFunctionLogsInput;
Status GetFunctionLogs(Call* call);

extern const Shape kCreateEventSourceMappingInput;
Status CreateEventSourceMapping(Call* call);

extern const Shape kGetEventSourceMappingInput;
Status GetEventSourceMapping(Call* call);

extern const Shape kListEventSourceMappingsInput;
Status ListEventSourceMappings(Call* call);

extern const Shape kUpdateEventSourceMappingInput;
Status UpdateEventSourceMapping(Call* call);

extern const Shape kDeleteEventSourceMappingInput;
Status DeleteEventSourceMapping(Call* call);

}  // namespace millrace
