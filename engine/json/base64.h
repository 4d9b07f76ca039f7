#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// Private to this folder. Appends what `text`, standard base64 with padding, stands for. Error:
// kSerialization with AWS's text, and `out` as it was.
Status AppendDecodedBase64(std::string_view text, std::string* out);

}  // namespace millrace
