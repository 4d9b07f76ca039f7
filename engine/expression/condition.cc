#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/ast.h"
#include "engine/expression/condition_parser.h"
#include "engine/expression/condition_program.h"
#include "engine/expression/expression.h"
#include "engine/expression/parsed.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/path.h"
#include "engine/expression/resolve.h"

namespace millrace {

Result<Condition> Condition::Parse(std::string_view parameter, std::string_view text,
                                   Placeholders* placeholders) {
  RETURN_IF_ERROR(expr::CheckTextSize(parameter, text));
  const auto parsed = std::make_shared<ParsedCondition>(text);
  RETURN_IF_ERROR(expr::ParseConditionText(parameter, parsed.get()));
  const auto nodes = static_cast<uint32_t>(parsed->ast.nodes.size());
  RETURN_IF_ERROR(expr::ResolveNodes(parameter, 0, nodes, &parsed->ast, placeholders));
  return ExpressionMaker::Make(parsed);
}

Result<bool> Condition::Evaluate(ItemView item) const {
  std::optional<MapView> attributes;
  if (!item.empty()) attributes = item.attributes();
  return expr::RunCondition(parsed_->ast, attributes);
}

Status Condition::CheckKeysAreScalars(const KeySchema& schema) const {
  return expr::CheckKeysAreScalars(parsed_->ast, schema);
}

std::vector<std::string> Condition::AttributesWithin() const {
  return expr::NamesGoneInto(parsed_->ast);
}

size_t Condition::Searches() const {
  const auto& nodes = parsed_->ast.nodes;
  return static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), [](const expr::Node& node) {
    return node.kind == expr::NodeKind::kCall && node.function == expr::Function::kContains;
  }));
}

std::vector<std::string> Condition::TopLevelAttributes() const {
  return expr::TopLevelNames(parsed_->ast);
}

}  // namespace millrace
