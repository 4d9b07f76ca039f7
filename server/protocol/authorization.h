#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The access key id that a request claims: in an AWS4 Authorization header, or in the query string
// of its target (X-Amz-Algorithm and its kin: a presigned URL). Nothing is verified here: the
// signature is only looked for. Views `header` or `decoded`.
//
// Errors, in AWS's order and words: kInvalidSignature (both); kMissingAuthenticationToken (neither,
// or a header that isn't AWS4-...); kIncompleteSignature (a parameter is missing, no date, a
// Credential of other than five parts, a key id that isn't 1 to 128 characters of ASCII: it goes
// into every record).
Result<std::string_view> ClaimedAccessKey(std::string_view target, std::string_view header,
                                          bool has_date, std::string* decoded);

}  // namespace millrace
