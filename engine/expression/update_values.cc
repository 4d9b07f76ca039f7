#include "engine/expression/update_values.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace millrace::expr {
namespace {

Operand Number2(Operator op, ValueView a, ValueView b) {
  const Result<Number> result = op == Operator::kPlus ? Number::Add(a.number(), b.number())
                                                      : Number::Subtract(a.number(), b.number());
  if (!result.ok()) return Operand::OutOfRange(result.status());
  std::string bytes(1, static_cast<char>(ValueType::kNumber));
  bytes += result->Packed();
  return Operand::Made(std::move(bytes));
}

// The first operand with a problem, looked at from the left.
const Operand* FirstProblem(const Operand& a, const Operand& b, ValueType wanted,
                            bool* wrong_type) {
  for (const Operand* operand : {&a, &b}) {
    if (!operand->ok()) return operand;
    if (!operand->value().Is(wanted)) {
      *wrong_type = true;
      return operand;
    }
  }
  return nullptr;
}

Operand Combine(const Node& node, Operand a, Operand b) {
  if (node.kind == NodeKind::kCall && node.function == Function::kIfNotExists) {
    // The second must be there even when it is not taken: DynamoDB local works out both. That the
    // service does is not confirmed.
    const bool takes_first = a.ok() && b.problem() != Operand::Problem::kMissing;
    return takes_first ? std::move(a) : std::move(b);
  }
  const bool arithmetic = node.kind == NodeKind::kArithmetic;
  bool wrong_type = false;
  const Operand* problem =
      FirstProblem(a, b, arithmetic ? ValueType::kNumber : ValueType::kList, &wrong_type);
  if (wrong_type) return Operand::WrongType();
  if (problem != nullptr) return *problem;
  if (arithmetic) return Number2(node.op, a.value(), b.value());

  const ListView first = a.value().list();
  const ListView second = b.value().list();
  std::vector<std::string_view> elements;
  elements.reserve(first.size() + second.size());
  for (size_t i = 0; i < first.size(); ++i) elements.push_back(first.element(i));
  for (size_t i = 0; i < second.size(); ++i) elements.push_back(second.element(i));
  std::string bytes;
  AppendContainer(ValueType::kList, elements, &bytes);
  return Operand::Made(std::move(bytes));
}

Operand Leaf(const Ast& ast, const Node& node, MapView item) {
  if (node.kind == NodeKind::kValue) return Operand::Borrowed(node.value);
  const std::optional<ValueView> found = FindPath(item, PathAt(ast, node.ref));
  return found ? Operand::Borrowed(*found) : Operand::Missing();
}

std::vector<std::string_view> ElementsOf(ValueView set) {
  const ListView list = set.list();
  std::vector<std::string_view> elements(list.size());
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = list.element(i);
  return elements;
}

Operand SetOf(ValueType type, const std::vector<std::string_view>& elements) {
  if (elements.empty()) return Operand::Missing();
  std::string bytes;
  AppendContainer(type, elements, &bytes);
  return Operand::Made(std::move(bytes));
}

}  // namespace

Status Operand::ToStatus() const {
  switch (problem_) {
    case Problem::kNone:
      return Status::Ok();
    case Problem::kMissing:
      return Status::Validation(
          "The provided expression refers to an attribute that does not exist in the item");
    case Problem::kWrongType:
      return Status::Validation("An operand in the update expression has an incorrect data type");
    case Problem::kOutOfRange:
      return Status::Validation(made_);
  }
  return Status::Ok();
}

Operand EvaluateSet(const Ast& ast, const Action& action, MapView item) {
  if (action.node_count == 1) return Leaf(ast, ast.nodes[action.first_node], item);
  std::vector<Operand> stack;
  stack.reserve(ast.stack_depth);
  for (uint32_t i = action.first_node; i < action.first_node + action.node_count; ++i) {
    const Node& node = ast.nodes[i];
    if (node.kind == NodeKind::kPath || node.kind == NodeKind::kValue) {
      stack.push_back(Leaf(ast, node, item));
      continue;
    }
    MILLRACE_CHECK(node.operands == 2 && stack.size() >= 2);
    Operand second = std::move(stack.back());
    stack.pop_back();
    Operand first = std::move(stack.back());
    stack.back() = Combine(node, std::move(first), std::move(second));
  }
  MILLRACE_CHECK(stack.size() == 1);
  return std::move(stack.front());
}

Operand AddValues(ValueView old, ValueView added) {
  if (old.type() != added.type()) return Operand::WrongType();
  if (old.Is(ValueType::kNumber)) return Number2(Operator::kPlus, old, added);
  const std::vector<std::string_view> a = ElementsOf(old);
  const std::vector<std::string_view> b = ElementsOf(added);
  std::vector<std::string_view> both;
  both.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return SetOf(old.type(), both);
}

Operand DeleteElements(ValueView old, ValueView deleted) {
  if (old.type() != deleted.type()) return Operand::WrongType();
  const std::vector<std::string_view> a = ElementsOf(old);
  const std::vector<std::string_view> b = ElementsOf(deleted);
  std::vector<std::string_view> left;
  left.reserve(a.size());
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(left));
  return SetOf(old.type(), left);
}

}  // namespace millrace::expr
