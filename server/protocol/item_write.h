#pragma once

#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/expression/expression.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/item_core.h"

// What PutItem, UpdateItem and DeleteItem have in common: a commit, and a reply that
// shows images.
namespace millrace {

ReturnValues ReadReturnValues(const Members& input);

// Commits one write and sends the reply when it is durable. `placeholders`: of the request's
// expressions. Takes the call's reply, or moves the call to
// the pool when the item isn't cached; the caller returns at once.
Status CommitAndReply(Call* call, WriteRequest request, Placeholders placeholders,
                      ReturnValues returns);

}  // namespace millrace
