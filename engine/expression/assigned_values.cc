#include "engine/expression/assigned_values.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/parsed.h"

namespace millrace {

Value AssignedValues(const UpdateExpression& update) {
  const expr::Ast& ast = ExpressionMaker::Parsed(update).ast;
  std::map<std::string_view, ValueView> assigned;  // in the order of a map's members
  for (const expr::Action& action : ast.actions) {
    const expr::PathRef& path = ast.paths[action.path];
    const bool has_value = action.kind == expr::ActionKind::kSet && action.node_count == 1 &&
                           ast.nodes[action.first_node].kind == expr::NodeKind::kValue;
    if (!has_value || path.count != 1) continue;
    assigned.emplace(ast.elements[path.first].name, ast.nodes[action.first_node].value);
  }
  std::vector<std::string> entries;
  for (const auto& [name, value] : assigned) {
    AppendMapEntry(name, value.bytes(), &entries.emplace_back());
  }
  std::string map;
  AppendContainer(ValueType::kMap, {entries.begin(), entries.end()}, &map);
  return Value(ValueView(map));
}

}  // namespace millrace
