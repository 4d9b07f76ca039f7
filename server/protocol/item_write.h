#pragma once

#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/expression/expression.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"

// What PutItem, UpdateItem and DeleteItem have in common: a condition, a commit, and a reply that
// shows images.
namespace millrace {

enum class ReturnValues : uint8_t { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };
ReturnValues ReadReturnValues(const Members& input);
// "ReturnValues can only be ALL_OLD or NONE"
Status CheckReturnsOldOnly(ReturnValues values);

// ConditionExpression, when there is one.
Result<std::optional<Condition>> ReadCondition(const Members& input, Placeholders* placeholders);
// What the condition may not do with the key of the table that was found.
Status CheckCondition(const WriteRequest& request);

// Commits one write and sends the reply when it is durable. `placeholders`: of the request's
// expressions. Takes the call's reply, or moves the call to
// the pool when the item isn't cached; the caller returns at once.
Status CommitAndReply(Call* call, WriteRequest request, Placeholders placeholders,
                      ReturnValues returns);

}  // namespace millrace
