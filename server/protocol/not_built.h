#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "server/protocol/operation.h"

namespace millrace {

class Call;

// The refusal of what AWS has and Millrace doesn't: a whole operation, or one thing (`what`) of it.
Status NotBuilt(const Operation& operation);
Status NotBuilt(const Operation& operation, std::string_view what);
// That there are none: a reply with one empty list.
Status ReplyNone(Call* call, std::string_view list);

}  // namespace millrace
