#pragma once

#include <optional>
#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/expression.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/members.h"
#include "server/protocol/shape.h"

namespace millrace {

// Which parameters of an operation are expressions and which the older parameters that they
// replaced: AWS refuses both in one request.
struct ExpressionRules {
  ConstantSpan<std::string_view> expressions;
  ConstantSpan<std::string_view> legacy;
  // Of the expressions, those that may name values.
  ConstantSpan<std::string_view> with_values;
};

// "Can not use both expression and non-expression parameters in the same request: ...", and
// placeholders or a ConditionalOperator without what they are for.
Status CheckExpressionRules(const Members& input, const ExpressionRules& rules);

// ExpressionAttributeNames and ExpressionAttributeValues of a request, ready for the parsers. All
// layers but the current one say which of the values is invalid; kOlder: numbers as in
// older_values.h.
Result<Placeholders> ReadPlaceholders(const Members& input,
                                      ValueLayer layer = ValueLayer::kUnchanged);
// Of operations that have no ExpressionAttributeValues: such a member is ignored like any other
// that isn't theirs.
Result<Placeholders> ReadNamePlaceholders(const Members& input);

}  // namespace millrace
