#include "engine/expression/condition_program.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/expression/compare.h"
#include "engine/expression/path.h"

namespace millrace::expr {
namespace {

// An operand on the stack: a view, or a number made by size() whose bytes are in the slot itself.
// Not moved while in use.
struct Slot {
  std::string_view bytes;  // no bytes: an attribute that is not there
  std::array<char, 24> made;

  bool present() const { return !bytes.empty(); }
  ValueView value() const { return ValueView(bytes); }
};

// Canonical bytes.
constexpr std::string_view kFalse("\x01\0", 2);
constexpr std::string_view kTrue("\x01\x01", 2);
static_assert(static_cast<char>(ValueType::kBool) == '\x01');

class Machine {
 public:
  Machine(const Ast& ast, std::optional<MapView> item) : ast_(ast), item_(item) {
    if (ast.stack_depth > inline_.size()) {
      large_.resize(ast.stack_depth);
      stack_ = large_.data();
    }
  }

  bool Run() {
    const auto count = static_cast<uint32_t>(ast_.nodes.size());
    for (uint32_t at = 0; at < count;) {
      const Node& node = ast_.nodes[at];
      if ((node.kind == NodeKind::kAndJump && !condition_) ||
          (node.kind == NodeKind::kOrJump && condition_)) {
        at = node.ref;
        continue;
      }
      Step(node);
      ++at;
    }
    return condition_;
  }

 private:
  void Step(const Node& node) {
    switch (node.kind) {
      case NodeKind::kPath: {
        const std::optional<ValueView> found = FindPath(item_, PathAt(ast_, node.ref));
        stack_[size_++].bytes = found ? found->bytes() : std::string_view();
        break;
      }
      case NodeKind::kValue:
        stack_[size_++].bytes = node.value.bytes();
        break;
      case NodeKind::kNot:
        condition_ = !condition_;
        break;
      case NodeKind::kAndJump:
      case NodeKind::kOrJump:
        break;
      case NodeKind::kTruth:
        stack_[size_++].bytes = condition_ ? kTrue : kFalse;
        break;
      case NodeKind::kCall:
        if (node.function == Function::kSize) {
          ReplaceBySize(&stack_[size_ - 1]);
          break;
        }
        size_ -= node.operands;
        condition_ = Call(node.function, stack_ + size_);
        break;
      default:
        size_ -= node.operands;
        condition_ = Compare(node, stack_ + size_);
        break;
    }
  }

  static bool Compare(const Node& node, const Slot* operands) {
    const Slot& first = operands[0];
    switch (node.kind) {
      case NodeKind::kComparison: {
        const Slot& second = operands[1];
        if (!first.present() || !second.present()) return node.op == Operator::kNotEqual;
        return Holds(node.op, first.value(), second.value());
      }
      case NodeKind::kBetween:
        return first.present() && operands[1].present() && operands[2].present() &&
               HoldsBetween(first.value(), operands[1].value(), operands[2].value());
      case NodeKind::kIn:
        if (!first.present()) return false;
        for (uint32_t i = 1; i < node.operands; ++i) {
          if (operands[i].bytes == first.bytes) return true;
        }
        return false;
      default:
        MILLRACE_CHECK(false, "not a condition");
        return false;
    }
  }

  static bool Call(Function function, const Slot* operands) {
    const Slot& first = operands[0];
    if (function == Function::kAttributeExists) return first.present();
    if (function == Function::kAttributeNotExists) return !first.present();
    const Slot& second = operands[1];
    if (!first.present() || !second.present()) return false;
    switch (function) {
      case Function::kAttributeType:
        return WireName(first.value().type()) == second.value().text();
      case Function::kBeginsWith:
        return BeginsWith(first.value(), second.value());
      case Function::kContains:
        return ContainsValue(first.value(), second.value());
      default:
        MILLRACE_CHECK(false, "not a condition");
        return false;
    }
  }

  static void ReplaceBySize(Slot* slot) {
    if (!slot->present()) return;
    const std::optional<int64_t> size = SizeOf(slot->value());
    if (!size) {
      slot->bytes = {};
      return;
    }
    const std::string packed = Number::FromInt(*size).Packed();
    MILLRACE_CHECK(packed.size() < slot->made.size());
    slot->made[0] = static_cast<char>(ValueType::kNumber);
    std::memcpy(slot->made.data() + 1, packed.data(), packed.size());
    slot->bytes = {slot->made.data(), packed.size() + 1};
  }

  const Ast& ast_;
  const std::optional<MapView> item_;
  bool condition_ = false;
  uint32_t size_ = 0;
  std::array<Slot, 8> inline_;
  std::vector<Slot> large_;
  Slot* stack_ = inline_.data();
};

}  // namespace

bool RunCondition(const Ast& ast, std::optional<MapView> item) {
  return Machine(ast, item).Run();
}

}  // namespace millrace::expr
