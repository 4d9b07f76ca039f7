#pragma once

#include <string>
#include <string_view>

#include "engine/database.h"
#include "engine/expression/expression.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/call.h"
#include "server/protocol/item_core.h"

// What Query and Scan have in common: Select and the other parameters, and the reply.
namespace millrace {

// For CheckSelect.
SelectParameters ReadSelect(const Members& input, bool is_query);

// The value bytes of ExclusiveStartKey; empty when absent. The older layer says first that it is
// the starting key that is invalid.
Result<std::string> ReadStartKey(const Members& input, ValueLayer layer);
// The parameters that can't be wrong by now. Refers to `start_key`, what ReadStartKey gave.
void ReadPageParameters(const Members& input, std::string_view start_key,
                        PageParameters* parameters);
// Reads the page and writes the reply.
Status ReadAndReply(Call* call, const PageRequest& request, const Selection& selection);

}  // namespace millrace
