#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/value.h"

// What the parsers produce: flat arrays that refer to each other by index. Nothing in here owns
// another part, so nesting costs neither stack nor destructor depth.
namespace millrace::expr {

// One step of a document path. Before resolution a `#placeholder` is kept as written, after it
// `name` is the attribute's name.
struct PathElement {
  std::string_view name = {};  // empty for an index
  uint32_t index = 0;
  bool is_index = false;

  bool operator==(const PathElement&) const = default;
};

// A run of Ast::elements; the first one is a name.
struct PathRef {
  uint32_t first = 0;
  uint32_t count = 0;
  bool resolved = false;
};

enum class Function : uint8_t {
  kUnknown,
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kIfNotExists,
  kListAppend,
};

enum class Operator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kPlus,
  kMinus,
};

enum class NodeKind : uint8_t {
  // Leaves: push one operand.
  kPath,
  kValue,
  // Pop `operands` operands. kCall pushes its result, or sets the condition where it is one
  // (`is_condition`).
  kCall,
  kArithmetic,
  kComparison,
  kBetween,
  kIn,
  // On the condition computed last.
  kNot,
  kAndJump,  // when it is false, to node `ref`
  kOrJump,   // when it is true, to node `ref`
  // PartiQL alone: pushes the condition computed last, a BOOL.
  kTruth,
};

// Expressions are in postfix order: operands stand before what uses them, the right side of AND and
// OR behind a jump over it.
struct Node {
  NodeKind kind = NodeKind::kPath;
  Function function = Function::kUnknown;
  Operator op = Operator::kEqual;
  bool is_condition = false;
  uint32_t ref = 0;            // kPath: index in Ast::paths; jumps: the target
  uint32_t operands = 0;       // how many it pops
  uint32_t at = 0;             // offset in the text, of what names it
  std::string_view text = {};  // kValue: ":placeholder"; kCall: the function's name as written
  ValueView value = {};        // kValue: after resolution
};

enum class ActionKind : uint8_t { kSet, kRemove, kAdd, kDelete };

// One action of an update expression.
struct Action {
  ActionKind kind = ActionKind::kSet;
  uint32_t section = 0;     // which SET, REMOVE, ADD or DELETE of the text it is in, counted from 0
  uint32_t path = 0;        // target, index in Ast::paths
  uint32_t first_node = 0;  // its value, in Ast::nodes; none for REMOVE
  uint32_t node_count = 0;
};

// Invariant: string_views point into the text handed to the parser and, after resolution, into the
// Placeholders.
struct Ast {
  explicit Ast(std::pmr::memory_resource* memory)
      : elements(memory), paths(memory), nodes(memory), actions(memory) {}

  std::pmr::vector<PathElement> elements;
  std::pmr::vector<PathRef> paths;
  std::pmr::vector<Node> nodes;
  std::pmr::vector<Action> actions;
  // Operands on the stack at most while the nodes are run.
  uint32_t stack_depth = 0;
};

// A parsed expression as it is kept: its own copy of the text and the arrays, in one piece of
// memory while they are small. Neither copied nor moved, since the arrays point into it.
class ParsedText {
 public:
  explicit ParsedText(std::string_view expression)
      : memory_(buffer_.data(), buffer_.size()), text(expression), ast(&memory_) {}
  ParsedText(const ParsedText&) = delete;
  ParsedText& operator=(const ParsedText&) = delete;

  // A copy that lives as long as this.
  std::string_view Keep(std::string_view bytes) {
    char* const copy = static_cast<char*>(memory_.allocate(bytes.size() + 1, 1));
    bytes.copy(copy, bytes.size());
    return {copy, bytes.size()};
  }

 private:
  std::array<std::byte, 1536> buffer_;
  std::pmr::monotonic_buffer_resource memory_;

 public:
  const std::string text;
  Ast ast;
};

}  // namespace millrace::expr
