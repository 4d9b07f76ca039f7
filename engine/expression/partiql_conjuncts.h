#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/expression/ast.h"
#include "engine/model/value.h"

// What a WHERE clause demands of single attributes, so that keys can be found in it.
namespace millrace::expr {

// ast.nodes[first, end): one condition.
struct NodeRange {
  uint32_t first = 0;
  uint32_t end = 0;
};

// The jump that joins all of the range: the first of those that lead to its end, since what stands
// to its right leads there too. Null when the range is one condition or a NOT.
std::optional<uint32_t> TopJump(const Ast& ast, NodeRange range);

// The conditions that AND joins into all of `ast`'s nodes, in the order of the text; parentheses
// around ANDs do not matter.
std::vector<NodeRange> SplitConjuncts(const Ast& ast);

enum class AttributeTest : uint8_t {
  kEqual,  // IN with one value too
  kIn,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith,
};

// A condition that compares one whole attribute with values.
struct AttributeDemand {
  NodeRange range;
  std::string_view name;
  AttributeTest test = AttributeTest::kEqual;
  bool is_in = false;
  std::vector<ValueView> values;
};

// Null: the condition is something else.
std::optional<AttributeDemand> ReadDemand(const Ast& ast, NodeRange range);

// Appends the conditions, joined by AND, to `to`'s nodes; a condition that `to` already has goes in
// front. The paths of `from` are appended too.
void AppendConjunction(const Ast& from, const std::vector<NodeRange>& ranges, Ast* to);

}  // namespace millrace::expr
