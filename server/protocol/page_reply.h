#pragma once

#include <optional>
#include <string_view>

#include "engine/database.h"
#include "engine/expression/expression.h"
#include "server/protocol/call.h"

// What Query and Scan have in common: Select and projection, the starting key, and the reply.
namespace millrace {

// What is returned of the items found.
struct Selection {
  bool count_only = false;
  std::optional<Projection> projection;
};
// Select and ProjectionExpression, and whether they go together.
Result<Selection> ReadSelection(const Members& input, Placeholders* placeholders);

// ExclusiveStartKey as a map value; nullopt when absent.
Result<std::optional<Value>> ReadStartKey(const Members& input);
// The key it is. Error: "The provided starting key is invalid...".
Result<ItemKey> StartKeyOf(const KeySchema& schema, const Value& start_key);

// FilterExpression.
Result<std::optional<Condition>> ReadFilter(const Members& input, Placeholders* placeholders);

// What the selection and the filter may not do with the key of the table that was found.
Status CheckPaths(const KeySchema& schema, const Selection& selection, const Condition* filter);

// Reads the page and writes the reply.
Status ReadAndReply(Call* call, const PageRequest& request, const Selection& selection);

}  // namespace millrace
