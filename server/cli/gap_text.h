#pragma once

#include <string>
#include <string_view>

#include "engine/json/json.h"

namespace millrace {

// What can be said of records that nobody read, from the Gaps and LastGap of `reader`: where they
// would be. `whose` are they ("the table's"), and where further gaps can be looked up, if anywhere
// ("all in the manifest"). Empty: there is no gap.
std::string GapText(JsonValue reader, std::string_view whose, std::string_view others);

}  // namespace millrace
