#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The name in what a client gave as TableName: itself, or the last part of the ARN of a table of
// this region and account. Views `text`. Errors: kValidation (a name of more than 255 characters),
// kResourceNotFound (another region's or account's).
Result<std::string_view> ResolveTableName(std::string_view text, std::string_view region,
                                          std::string_view account);

}  // namespace millrace
