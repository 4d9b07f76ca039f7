#include "engine/expression/resolve.h"

#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/operand_checks.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/placeholder_access.h"

namespace millrace::expr {
namespace {

Status ResolveValue(std::string_view parameter, Node* node, Placeholders* placeholders) {
  if (node->text.empty()) return Status::Ok();  // a literal of PartiQL
  const std::optional<ValueView> value = PlaceholderAccess::UseValue(placeholders, node->text);
  if (!value) {
    return Invalid(
        parameter,
        "An expression attribute value used in expression is not defined; attribute value: " +
            std::string(node->text));
  }
  node->value = *value;
  return Status::Ok();
}

}  // namespace

Status ResolveNames(std::string_view parameter, PathRef* path, Ast* ast,
                    Placeholders* placeholders) {
  if (path->resolved) return Status::Ok();
  for (uint32_t i = path->first; i < path->first + path->count; ++i) {
    PathElement& element = ast->elements[i];
    if (element.is_index || element.name.front() != '#') continue;
    const std::optional<std::string_view> name =
        PlaceholderAccess::UseName(placeholders, element.name);
    if (!name) {
      return Invalid(parameter,
                     "An expression attribute name used in the document path is not defined; "
                     "attribute name: " +
                         std::string(element.name));
    }
    element.name = *name;
  }
  path->resolved = true;
  return Status::Ok();
}

Status CheckPathDepth(std::string_view parameter, const PathRef& path) {
  if (path.count <= static_cast<uint32_t>(kNestingDepthMax)) return Status::Ok();
  return Invalid(parameter, "The document path has too many nesting levels; nesting levels: " +
                                std::to_string(path.count));
}

Status ResolveNodes(std::string_view parameter, uint32_t first, uint32_t count, Ast* ast,
                    Placeholders* placeholders) {
  std::vector<uint32_t> stack;
  stack.reserve(ast->stack_depth);
  for (uint32_t i = first; i < first + count; ++i) {
    Node& node = ast->nodes[i];
    switch (node.kind) {
      case NodeKind::kPath: {
        PathRef& path = ast->paths[node.ref];
        RETURN_IF_ERROR(ResolveNames(parameter, &path, ast, placeholders));
        RETURN_IF_ERROR(CheckPathDepth(parameter, path));
        stack.push_back(i);
        break;
      }
      case NodeKind::kValue:
        RETURN_IF_ERROR(ResolveValue(parameter, &node, placeholders));
        stack.push_back(i);
        break;
      case NodeKind::kTruth:
        stack.push_back(i);
        break;
      case NodeKind::kNot:
      case NodeKind::kAndJump:
      case NodeKind::kOrJump:
        break;
      default:
        MILLRACE_CHECK(stack.size() >= node.operands);
        RETURN_IF_ERROR(
            CheckOperands(parameter, node, stack.data() + stack.size() - node.operands, *ast));
        stack.resize(stack.size() - node.operands);
        if ((node.kind == NodeKind::kCall && !node.is_condition) ||
            node.kind == NodeKind::kArithmetic)
          stack.push_back(i);
        break;
    }
  }
  return Status::Ok();
}

}  // namespace millrace::expr
