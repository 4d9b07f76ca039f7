#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "server/protocol/members.h"

namespace millrace {

// An SSESpecification: its members fit together, and it asks for nothing that isn't there. Data at
// rest is not encrypted yet, so that a key is refused rather than described.
// Source: "SSESpecification" in the API reference; texts as public measurements show them.
Status CheckEncryption(const Members& specification, std::string_view operation);

}  // namespace millrace
