#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/model/item.h"

namespace millrace {

// {"__type":"com.amazon.coral.validate#ValidationException","message":"..."}: replaces `body`. What
// a client cannot act on says nothing of our insides. `item`: of a failed condition, when it was
// asked for.
void WriteErrorBody(const Status& error, std::string* body, ItemView item = {});
// The text that a client may see: nothing of our insides.
std::string_view PublicMessage(const Status& error);
int HttpStatusOf(const Status& error);
// Something is wrong on our side, and the text belongs in the log, not in the reply.
bool IsInternal(ErrorCode code);

}  // namespace millrace
