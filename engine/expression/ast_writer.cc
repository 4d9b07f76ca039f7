#include "engine/base/check.h"
#include "engine/expression/parsed.h"

namespace millrace::expr {

uint32_t AstWriter::AddPath(std::string_view attribute) {
  Ast& ast = parsed_->ast;
  const auto first = static_cast<uint32_t>(ast.elements.size());
  ast.elements.push_back({.name = parsed_->Keep(attribute)});
  ast.paths.push_back({.first = first, .count = 1, .resolved = true});
  return static_cast<uint32_t>(ast.paths.size() - 1);
}

void AstWriter::Path(uint32_t path) {
  Push({.kind = NodeKind::kPath, .ref = path});
}

void AstWriter::Value(ValueView value) {
  Push({.kind = NodeKind::kValue, .value = ValueView(parsed_->Keep(value.bytes()))});
}

uint32_t AstWriter::Jump(NodeKind kind) {
  Add({.kind = kind});
  return NodeCount() - 1;
}

void AstWriter::Add(const Node& node) {
  MILLRACE_CHECK(depth_ >= node.operands);
  depth_ -= node.operands;
  if (node.kind == NodeKind::kCall && !node.is_condition) return Push(node);
  parsed_->ast.nodes.push_back(node);
}

void AstWriter::Push(const Node& node) {
  parsed_->ast.nodes.push_back(node);
  if (++depth_ > parsed_->ast.stack_depth) parsed_->ast.stack_depth = depth_;
}

}  // namespace millrace::expr
