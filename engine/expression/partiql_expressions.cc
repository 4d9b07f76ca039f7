#include "engine/expression/partiql_expressions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/expression/parsed.h"
#include "engine/expression/path.h"
#include "engine/expression/path_clash.h"
#include "engine/expression/resolve.h"

namespace millrace::expr {
namespace {

// Does a node leave an operand on the stack?
bool Pushes(const Node& node) {
  switch (node.kind) {
    case NodeKind::kPath:
    case NodeKind::kValue:
    case NodeKind::kArithmetic:
    case NodeKind::kTruth:
      return true;
    case NodeKind::kCall:
      return !node.is_condition;
    default:
      return false;
  }
}

void CopyAst(const Ast& from, Ast* to) {
  to->elements.assign(from.elements.begin(), from.elements.end());
  to->paths.assign(from.paths.begin(), from.paths.end());
  to->nodes.assign(from.nodes.begin(), from.nodes.end());
  to->actions.assign(from.actions.begin(), from.actions.end());
  uint32_t stack = 0;
  for (const Node& node : to->nodes) {
    stack = stack - node.operands + (Pushes(node) ? 1 : 0);
    to->stack_depth = std::max(to->stack_depth, stack);
  }
}

}  // namespace

Result<Condition> MakeSqlCondition(const Ast& ast, std::shared_ptr<const void> keeps) {
  const auto parsed = std::make_shared<ParsedCondition>("");
  parsed->keeps = std::move(keeps);
  CopyAst(ast, &parsed->ast);
  const auto nodes = static_cast<uint32_t>(parsed->ast.nodes.size());
  RETURN_IF_ERROR(ResolveNodes("", 0, nodes, &parsed->ast, nullptr));
  return ExpressionMaker::Make(parsed);
}

Result<UpdateExpression> MakeSqlUpdate(const Ast& ast, const KeySchema& schema,
                                       std::shared_ptr<const void> keeps) {
  const auto parsed = std::make_shared<ParsedUpdate>("");
  parsed->keeps = std::move(keeps);
  CopyAst(ast, &parsed->ast);
  std::vector<Path> targets;
  for (const Action& action : parsed->ast.actions) {
    targets.push_back(PathAt(parsed->ast, action.path));
  }
  RETURN_IF_ERROR(CheckPathClashes("", targets, &parsed->targets));
  for (const Action& action : parsed->ast.actions) {
    RETURN_IF_ERROR(ResolveNodes("", action.first_node, action.node_count, &parsed->ast, nullptr));
  }
  RETURN_IF_ERROR(CheckUpdateKeys(parsed->ast, schema));
  return ExpressionMaker::Make(parsed);
}

}  // namespace millrace::expr
