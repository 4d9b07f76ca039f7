#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/path.h"
#include "engine/model/value.h"

// The values that the actions of an update write, worked out from the item as it was.
namespace millrace::expr {

// Canonical bytes of a value, borrowed from the item and the placeholders where nothing had to be
// made, or why there are none. Problems are values, not errors: if_not_exists drops those of an
// operand it does not take, and which one is reported depends on the other actions.
class Operand {
 public:
  enum class Problem : uint8_t { kNone, kMissing, kWrongType, kOutOfRange };

  static Operand Borrowed(ValueView value) {
    Operand operand;
    operand.borrowed_ = value.bytes();
    return operand;
  }
  static Operand Made(std::string bytes) {
    Operand operand;
    operand.made_ = std::move(bytes);
    return operand;
  }
  static Operand Missing() { return Operand(Problem::kMissing); }
  static Operand WrongType() { return Operand(Problem::kWrongType); }
  static Operand OutOfRange(Status status) {
    Operand operand(Problem::kOutOfRange);
    operand.made_ = status.message();
    return operand;
  }

  Problem problem() const { return problem_; }
  bool ok() const { return problem_ == Problem::kNone; }
  // Requires ok().
  std::string_view bytes() const { return made_.empty() ? borrowed_ : std::string_view(made_); }
  ValueView value() const { return ValueView(bytes()); }
  // The error text of a problem, as DynamoDB has it.
  Status ToStatus() const;

 private:
  Operand() = default;
  explicit Operand(Problem problem) : problem_(problem) {}

  Problem problem_ = Problem::kNone;
  std::string_view borrowed_;
  std::string made_;  // or the text of kOutOfRange
};

// The right side of a SET action. `item` is a map.
Operand EvaluateSet(const Ast& ast, const Action& action, MapView item);
// ADD: number plus number, set plus set. `old` is what is at the target.
Operand AddValues(ValueView old, ValueView added);
// DELETE: a set without elements. The result has no bytes when nothing is left: Missing().
Operand DeleteElements(ValueView old, ValueView deleted);

}  // namespace millrace::expr
