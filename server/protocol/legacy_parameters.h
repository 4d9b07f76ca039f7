#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/legacy.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/members.h"
#include "server/protocol/shape.h"

// The parameters that came before expressions, read from a request: what each holds is checked
// here, in AWS's order and with its texts; that they don't go together with expressions in
// expression_rules.h. Source: "Legacy conditional parameters" in the developer guide.
namespace millrace {

// "ConditionalOperator cannot be used without Filter or Expected", and its twin for a single one.
Status CheckConditionalOperator(const Members& input);

// Expected with ConditionalOperator; nullopt when it is absent or empty.
Result<std::optional<Condition>> ReadExpected(const Members& input);

// QueryFilter and ScanFilter with ConditionalOperator; the same.
Result<std::optional<Condition>> ReadLegacyFilter(const Members& input, std::string_view name,
                                                  ValueLayer layer);

// KeyConditions; empty when absent. Also: "Conditions can be of length 1 or 2 only".
Result<std::vector<AttributeComparison>> ReadKeyConditions(const Members& input);

// AttributeUpdates; empty when absent.
Result<std::vector<AttributeUpdate>> ReadAttributeUpdates(const Members& input);

// AttributesToGet; nullopt when absent.
Result<std::optional<Projection>> ReadAttributesToGet(const Members& input);

}  // namespace millrace
