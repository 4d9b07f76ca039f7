#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The name in what a client gave as TableName: itself, or the last part of the ARN of a table of
// this region and account. Views `text`. Errors: kValidation (a name of more than 255 characters,
// an ARN of something else or of another region), kAccessDenied (of another account). Texts as
// public measurements of the service show them.
Result<std::string_view> ResolveTableName(std::string_view text, std::string_view region,
                                          std::string_view account);

}  // namespace millrace
