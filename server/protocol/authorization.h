#pragma once

#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The access key id that an AWS4 Authorization header claims. Nothing is verified here: the
// signature is only looked for. Views `header`.
//
// Errors, in AWS's order and words: kMissingAuthenticationToken (no such header, or not AWS4-...);
// kIncompleteSignature (a parameter is missing, no date, a Credential of other than five parts, a
// key id that isn't 1 to 128 characters of ASCII: it goes into every record).
Result<std::string_view> ClaimedAccessKey(std::string_view header, bool has_date);

}  // namespace millrace
