#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/expression/ast.h"

// What the parsers of conditions, of expressions and of PartiQL, keep instead of recursion: nesting
// costs no stack, however deep.
namespace millrace::expr {

// What is open and waits for more text. From kNot on a condition is awaited, and the later a kind
// stands the looser it binds.
enum class FrameKind : uint8_t {
  kGroup,         // "(" where a condition may stand; an operand may turn out to be in it
  kOperandGroup,  // "(" where only an operand may stand; expressions alone tell it from kGroup
  kCall,
  kComparison,  // the right operand is awaited
  kBetweenLow,
  kBetweenHigh,
  kIn,
  kNot,
  kAnd,  // the right side is awaited
  kOr,
};

struct Frame {
  FrameKind kind = FrameKind::kGroup;
  Operator op = Operator::kEqual;
  Function function = Function::kUnknown;
  uint32_t at = 0;             // where it stands in the text
  uint32_t count = 0;          // operands of a call or IN so far
  uint32_t jump = 0;           // kAnd, kOr: node to patch
  std::string_view text = {};  // kCall: the function's name; PartiQL's kIn: what closes it
  bool negated = false;        // PartiQL's NOT IN and NOT BETWEEN
};

// What was just completed. A call may still be either.
enum class Have : uint8_t { kOperand, kCall, kCondition };

// Else the innermost frame takes operands only.
inline bool ConditionMayStart(const std::vector<Frame>& open) {
  return open.empty() || open.back().kind == FrameKind::kGroup ||
         open.back().kind >= FrameKind::kNot;
}

// With a condition complete: takes off what binds at least as tight as `loosest`. Jumps lead to the
// next node; `emit_not(frame)` appends the node of a NOT. Returns whether there was any.
template <typename EmitNot>
bool Reduce(FrameKind loosest, std::vector<Frame>* open, Ast* ast, EmitNot emit_not) {
  const size_t before = open->size();
  while (!open->empty() && open->back().kind >= FrameKind::kNot && open->back().kind <= loosest) {
    const Frame& top = open->back();
    if (top.kind == FrameKind::kNot) {
      emit_not(top);
    } else {
      ast->nodes[top.jump].ref = static_cast<uint32_t>(ast->nodes.size());
    }
    open->pop_back();
  }
  return open->size() != before;
}

}  // namespace millrace::expr
