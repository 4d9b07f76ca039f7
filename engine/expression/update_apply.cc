#include "engine/expression/update_apply.h"

#include <optional>
#include <utility>
#include <vector>

#include "engine/expression/path.h"
#include "engine/expression/update_edits.h"
#include "engine/expression/update_values.h"

namespace millrace::expr {
namespace {

Status InvalidPath() {
  return Status::Validation(
      "The document path provided in the update expression is invalid for update");
}

// Where a path writes: its container must be there, and be of the kind its last step needs.
enum class Place : uint8_t { kGood, kNoContainer, kWrongContainer };

Place PlaceOf(MapView item, Path path) {
  if (path.size() == 1) return Place::kGood;
  const std::optional<ValueView> container = FindPath(item, path.first(path.size() - 1));
  if (!container) return Place::kNoContainer;
  const ValueType wanted = path.back().is_index ? ValueType::kList : ValueType::kMap;
  return container->Is(wanted) ? Place::kGood : Place::kWrongContainer;
}

struct Planned {
  Place place = Place::kGood;
  bool none = false;  // changes nothing
  bool remove = false;
  Operand value = Operand::Missing();
};

Planned Plan(const Ast& ast, const Action& action, MapView item) {
  Planned planned;
  const Path path = PathAt(ast, action.path);
  planned.place = PlaceOf(item, path);
  if (action.kind == ActionKind::kRemove) {
    planned.remove = true;
    return planned;
  }
  if (action.kind == ActionKind::kSet) {
    planned.value = EvaluateSet(ast, action, item);
    return planned;
  }
  const ValueView operand = ast.nodes[action.first_node].value;
  const std::optional<ValueView> old = FindPath(item, path);
  if (action.kind == ActionKind::kAdd) {
    planned.value = old ? AddValues(*old, operand) : Operand::Borrowed(operand);
  } else if (!old) {
    planned.none = true;
  } else {
    planned.value = DeleteElements(*old, operand);
    planned.remove =
        planned.value.problem() == Operand::Problem::kMissing;  // nothing is left of the set
  }
  return planned;
}

bool HasProblem(const Planned& planned, Operand::Problem problem) {
  return !planned.none && !planned.remove && planned.value.problem() == problem;
}

Status FirstProblem(const Ast& ast, const std::vector<Planned>& plan) {
  bool any = false;
  for (const Planned& planned : plan) {
    any = any || planned.place != Place::kGood ||
          (!planned.none && !planned.remove && !planned.value.ok());
  }
  if (!any) return Status::Ok();

  for (const Planned& planned : plan) {
    if (planned.place == Place::kWrongContainer) return InvalidPath();
  }
  for (const Planned& planned : plan) {
    if (HasProblem(planned, Operand::Problem::kWrongType)) return planned.value.ToStatus();
  }
  for (size_t end = plan.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && ast.actions[begin - 1].section == ast.actions[end - 1].section) --begin;
    for (size_t i = begin; i < end; ++i) {
      if (plan[i].place != Place::kGood) return InvalidPath();
    }
    for (size_t i = begin; i < end; ++i) {
      if (HasProblem(plan[i], Operand::Problem::kMissing)) return plan[i].value.ToStatus();
    }
    end = begin;
  }
  for (const Planned& planned : plan) {
    if (HasProblem(planned, Operand::Problem::kOutOfRange)) return planned.value.ToStatus();
  }
  return Status::Ok();
}

}  // namespace

Result<std::string> ApplyActions(const Ast& ast, ValueView item) {
  std::vector<Planned> plan;
  plan.reserve(ast.actions.size());
  for (const Action& action : ast.actions) plan.push_back(Plan(ast, action, item.map()));
  RETURN_IF_ERROR(FirstProblem(ast, plan));

  std::vector<Edit> edits;
  edits.reserve(plan.size());
  for (size_t i = 0; i < plan.size(); ++i) {
    if (plan[i].none) continue;
    edits.push_back({.path = PathAt(ast, ast.actions[i].path),
                     .remove = plan[i].remove,
                     .value = std::move(plan[i].value)});
  }
  return ApplyEdits(item, &edits);
}

}  // namespace millrace::expr
