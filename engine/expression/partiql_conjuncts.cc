#include "engine/expression/partiql_conjuncts.h"

#include <algorithm>

#include "engine/expression/path.h"

namespace millrace::expr {
namespace {

std::optional<AttributeTest> TestOf(const Node& node, bool swapped) {
  if (node.kind == NodeKind::kBetween) return AttributeTest::kBetween;
  if (node.kind == NodeKind::kIn) {
    return node.operands == 2 ? AttributeTest::kEqual : AttributeTest::kIn;
  }
  if (node.kind == NodeKind::kCall) {
    if (node.function != Function::kBeginsWith || node.operands != 2) return std::nullopt;
    return AttributeTest::kBeginsWith;
  }
  if (node.kind != NodeKind::kComparison) return std::nullopt;
  switch (node.op) {
    case Operator::kEqual:
      return AttributeTest::kEqual;
    case Operator::kLess:
      return swapped ? AttributeTest::kGreater : AttributeTest::kLess;
    case Operator::kLessOrEqual:
      return swapped ? AttributeTest::kGreaterOrEqual : AttributeTest::kLessOrEqual;
    case Operator::kGreater:
      return swapped ? AttributeTest::kLess : AttributeTest::kGreater;
    case Operator::kGreaterOrEqual:
      return swapped ? AttributeTest::kLessOrEqual : AttributeTest::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<uint32_t> TopJump(const Ast& ast, NodeRange range) {
  for (uint32_t i = range.first; i < range.end; ++i) {
    const NodeKind kind = ast.nodes[i].kind;
    const bool jump = kind == NodeKind::kAndJump || kind == NodeKind::kOrJump;
    if (jump && ast.nodes[i].ref == range.end) return i;
  }
  return std::nullopt;
}

std::vector<NodeRange> SplitConjuncts(const Ast& ast) {
  std::vector<NodeRange> found;
  std::vector<NodeRange> open = {{0, static_cast<uint32_t>(ast.nodes.size())}};
  while (!open.empty()) {
    const NodeRange range = open.back();
    open.pop_back();
    const std::optional<uint32_t> jump = TopJump(ast, range);
    if (jump && ast.nodes[*jump].kind == NodeKind::kAndJump) {
      open.push_back({*jump + 1, range.end});
      open.push_back({range.first, *jump});
    } else {
      found.push_back(range);
    }
  }
  return found;
}

std::optional<AttributeDemand> ReadDemand(const Ast& ast, NodeRange range) {
  const Node& test = ast.nodes[range.end - 1];
  if (range.end - range.first != test.operands + 1) return std::nullopt;
  const bool swapped = ast.nodes[range.first].kind == NodeKind::kValue;
  if (swapped && test.kind != NodeKind::kComparison) return std::nullopt;
  const std::optional<AttributeTest> kind = TestOf(test, swapped);
  if (!kind) return std::nullopt;

  AttributeDemand demand;
  demand.range = range;
  demand.test = *kind;
  demand.is_in = test.kind == NodeKind::kIn;
  for (uint32_t i = range.first; i + 1 < range.end; ++i) {
    const Node& operand = ast.nodes[i];
    if (operand.kind == NodeKind::kValue) {
      demand.values.push_back(operand.value);
      continue;
    }
    const Path path = PathAt(ast, operand.ref);
    if (!demand.name.empty() || path.size() != 1) return std::nullopt;
    demand.name = path[0].name;
  }
  if (demand.name.empty() || demand.values.empty()) return std::nullopt;
  return demand;
}

void AppendConjunction(const Ast& from, const std::vector<NodeRange>& ranges, Ast* to) {
  const auto first_path = static_cast<uint32_t>(to->paths.size());
  const auto first_element = static_cast<uint32_t>(to->elements.size());
  to->elements.insert(to->elements.end(), from.elements.begin(), from.elements.end());
  for (PathRef path : from.paths) {
    path.first += first_element;
    to->paths.push_back(path);
  }
  std::vector<uint32_t> jumps;
  for (const NodeRange& range : ranges) {
    if (!to->nodes.empty()) {
      jumps.push_back(static_cast<uint32_t>(to->nodes.size()));
      to->nodes.push_back({.kind = NodeKind::kAndJump});
    }
    const auto begin = static_cast<uint32_t>(to->nodes.size());
    for (uint32_t i = range.first; i < range.end; ++i) {
      Node node = from.nodes[i];
      if (node.kind == NodeKind::kPath) node.ref += first_path;
      if (node.kind == NodeKind::kAndJump || node.kind == NodeKind::kOrJump) {
        node.ref = node.ref - range.first + begin;
      }
      to->nodes.push_back(node);
    }
  }
  for (const uint32_t jump : jumps) to->nodes[jump].ref = static_cast<uint32_t>(to->nodes.size());
}

}  // namespace millrace::expr
