#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"
#include "engine/expression/parsed.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/path.h"
#include "engine/expression/path_clash.h"
#include "engine/expression/resolve.h"
#include "engine/expression/select_paths.h"
#include "engine/expression/update_apply.h"
#include "engine/expression/update_parser.h"
#include "engine/expression/update_values.h"

namespace millrace {
namespace {

constexpr std::string_view kParameter = "UpdateExpression";

// DynamoDB's names of the types in the errors of ADD and DELETE.
std::string_view LongTypeName(ValueType type) {
  switch (type) {
    case ValueType::kNull:
      return "NULL";
    case ValueType::kBool:
      return "BOOLEAN";
    case ValueType::kNumber:
      return "NUMBER";
    case ValueType::kString:
      return "STRING";
    case ValueType::kBinary:
      return "BINARY";
    case ValueType::kStringSet:
      return "STRING_SET";
    case ValueType::kNumberSet:
      return "NUMBER_SET";
    case ValueType::kBinarySet:
      return "BINARY_SET";
    case ValueType::kList:
      return "LIST";
    case ValueType::kMap:
      return "MAP";
  }
  return "";
}

Status CheckAddOrDelete(const expr::Ast& ast, const expr::Action& action) {
  const bool add = action.kind == expr::ActionKind::kAdd;
  if (!add && action.kind != expr::ActionKind::kDelete) return Status::Ok();
  const ValueType type = ast.nodes[action.first_node].value.type();
  if (IsSet(type) || (add && type == ValueType::kNumber)) return Status::Ok();
  const std::string name = add ? "ADD" : "DELETE";
  return expr::Invalid(kParameter, "Incorrect operand type for operator or function; operator: " +
                                       name + ", operand type: " + std::string(LongTypeName(type)) +
                                       ", typeSet: ALLOWED_FOR_" + name + "_OPERAND");
}

// The targets in the order of the text, then everything else from the last action back to the
// first, all names before all values: what DynamoDB reports when several things are wrong.
Status Resolve(expr::Ast* ast, Placeholders* placeholders, std::vector<expr::Path>* sorted) {
  std::vector<expr::Path> targets;
  targets.reserve(ast->actions.size());
  for (const expr::Action& action : ast->actions) {
    expr::PathRef& path = ast->paths[action.path];
    RETURN_IF_ERROR(expr::ResolveNames(kParameter, &path, ast, placeholders));
    targets.push_back(expr::PathOf(*ast, path));
  }
  RETURN_IF_ERROR(expr::CheckPathClashes(kParameter, targets, sorted));
  for (auto action = ast->actions.rbegin(); action != ast->actions.rend(); ++action) {
    for (uint32_t i = action->first_node; i < action->first_node + action->node_count; ++i) {
      const expr::Node& node = ast->nodes[i];
      if (node.kind != expr::NodeKind::kPath) continue;
      RETURN_IF_ERROR(expr::ResolveNames(kParameter, &ast->paths[node.ref], ast, placeholders));
    }
  }
  for (auto action = ast->actions.rbegin(); action != ast->actions.rend(); ++action) {
    RETURN_IF_ERROR(expr::CheckPathDepth(kParameter, ast->paths[action->path]));
    RETURN_IF_ERROR(
        expr::ResolveNodes(kParameter, action->first_node, action->node_count, ast, placeholders));
    RETURN_IF_ERROR(CheckAddOrDelete(*ast, *action));
  }
  return Status::Ok();
}

// What AttributeUpdates say of a type that ADD or DELETE cannot be applied to.
Status LegacyText(Status status) {
  if (status.message() != expr::Operand::WrongType().ToStatus().message()) return status;
  return Status::Validation("Type mismatch for attribute to update");
}

}  // namespace

Status expr::CheckUpdateKeys(const Ast& ast, const KeySchema& schema) {
  for (const Action& action : ast.actions) {
    const std::string_view name = PathAt(ast, action.path)[0].name;
    if (!IsKeyAttribute(schema, name)) continue;
    return Status::Validation(
        "One or more parameter values were invalid: Cannot update attribute " + std::string(name) +
        ". This attribute is part of the key");
  }
  return CheckKeysAreScalars(ast, schema);
}

Result<UpdateExpression> UpdateExpression::Parse(std::string_view text, const KeySchema& schema,
                                                 Placeholders* placeholders) {
  RETURN_IF_ERROR(expr::CheckTextSize(kParameter, text));
  const auto parsed = std::make_shared<ParsedUpdate>(text);
  RETURN_IF_ERROR(expr::ParseUpdateText(kParameter, parsed.get()));
  RETURN_IF_ERROR(Resolve(&parsed->ast, placeholders, &parsed->targets));
  RETURN_IF_ERROR(expr::CheckUpdateKeys(parsed->ast, schema));
  return ExpressionMaker::Make(parsed);
}

Result<Value> UpdateExpression::Apply(ItemView base) const {
  MILLRACE_CHECK(!base.empty(), "an update starts from the key at least");
  const Result<std::string> bytes = expr::ApplyActions(parsed_->ast, base.value());
  if (!bytes.ok()) return parsed_->is_legacy ? LegacyText(bytes.status()) : bytes.status();
  return Value(ValueView(*bytes));
}

std::vector<std::string> UpdateExpression::AttributesWithin() const {
  return expr::NamesGoneInto(parsed_->ast);
}

bool UpdateExpression::OnlyRemoves() const {
  const auto& actions = parsed_->ast.actions;
  return !actions.empty() &&
         std::all_of(actions.begin(), actions.end(), [](const expr::Action& action) {
           return action.kind == expr::ActionKind::kRemove ||
                  action.kind == expr::ActionKind::kDelete;
         });
}

std::optional<Value> UpdateExpression::SelectUpdated(ItemView item) const {
  if (item.empty()) return std::nullopt;
  const std::string selected = expr::SelectPaths(item.value(), parsed_->targets);
  if (ValueView(selected).count() == 0) return std::nullopt;
  return Value(ValueView(selected));
}

}  // namespace millrace
