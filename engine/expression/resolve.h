#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/expression.h"

// Puts attribute names and values in the place of placeholders, and checks operands as far as they
// show without an item. In the order DynamoDB does it: node after node, the first problem is
// reported.
namespace millrace::expr {

// "An expression attribute name used in the document path is not defined; ...". Once for each path;
// later calls do nothing.
Status ResolveNames(std::string_view parameter, PathRef* path, Ast* ast,
                    Placeholders* placeholders);
// "The document path has too many nesting levels; ...".
Status CheckPathDepth(std::string_view parameter, const PathRef& path);
// Resolves and checks `count` nodes from `first`: undefined placeholders, counts and types of
// operands, repeated first operands, bounds of BETWEEN. Jumps are passed over.
Status ResolveNodes(std::string_view parameter, uint32_t first, uint32_t count, Ast* ast,
                    Placeholders* placeholders);

}  // namespace millrace::expr
