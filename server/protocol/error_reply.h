#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"

namespace millrace {

// {"__type":"com.amazon.coral.validate#ValidationException","message":"..."}: replaces `body`. What
// a client cannot act on says nothing of our insides. `write_members`: what else is in it.
void WriteErrorBody(const Status& error, std::string* body,
                    const std::function<void(JsonWriter*)>& write_members = nullptr);
// The text that a client may see: nothing of our insides.
std::string_view PublicMessage(const Status& error);
int HttpStatusOf(const Status& error);
// Something is wrong on our side, and the text belongs in the log, not in the reply.
bool IsInternal(ErrorCode code);

}  // namespace millrace
