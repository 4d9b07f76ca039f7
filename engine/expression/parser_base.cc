#include "engine/expression/parser_base.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/base/limits.h"
#include "engine/expression/reserved_words.h"

namespace millrace::expr {
namespace {

// Not in AWS's reference: published as measured on the service. One more is refused.
constexpr uint32_t kListIndexMax = 4'294'967'294;

}  // namespace

Status Invalid(std::string_view parameter, std::string_view text) {
  std::string message;
  if (!parameter.empty()) message.append("Invalid ").append(parameter).append(": ");
  message += text;
  return Status::Validation(std::move(message));
}

Status CheckTextSize(std::string_view parameter, std::string_view text) {
  if (text.empty()) return Invalid(parameter, "The expression can not be empty;");
  if (text.size() > kExpressionSizeMax) {
    std::string error = "Expression size has exceeded the maximum allowed size;";
    // Only of an update AWS does not say how large it is.
    if (parameter != "UpdateExpression") {
      error += " expression size: " + std::to_string(text.size());
    }
    return Invalid(parameter, error);
  }
  return Status::Ok();
}

Function FunctionNamed(std::string_view name) {
  switch (name.size()) {
    case 4:
      if (name == "size") return Function::kSize;
      break;
    case 8:
      if (name == "contains") return Function::kContains;
      break;
    case 11:
      if (name == "begins_with") return Function::kBeginsWith;
      if (name == "list_append") return Function::kListAppend;
      break;
    case 13:
      if (name == "if_not_exists") return Function::kIfNotExists;
      break;
    case 14:
      if (name == "attribute_type") return Function::kAttributeType;
      break;
    case 16:
      if (name == "attribute_exists") return Function::kAttributeExists;
      break;
    case 20:
      if (name == "attribute_not_exists") return Function::kAttributeNotExists;
      break;
    default:
      break;
  }
  return Function::kUnknown;
}

bool IsUpdateFunction(Function function) {
  return function == Function::kIfNotExists || function == Function::kListAppend;
}

Status ParserBase::RedundantParentheses() const {
  return Invalid(parameter_, "The expression has redundant parentheses;");
}

void ParserBase::Note(uint64_t key, std::string text) {
  if (!problem_ || key < problem_->key) problem_ = FirstProblem{key, std::move(text)};
}

Status ParserBase::FirstNote() const {
  return problem_ ? Invalid(parameter_, problem_->text) : Status::Ok();
}

bool ParserBase::AddElement(const Token& name) {
  const std::string_view text = lexer_.text();
  if (name.kind == TokenKind::kName) {
    if (IsReservedWord(text)) {
      Note(KeyOf(name.begin),
           "Attribute name is a reserved keyword; reserved keyword: " + std::string(text));
    }
  } else if (name.kind != TokenKind::kNamePlaceholder) {
    return false;
  }
  ast_->elements.push_back({.name = text});
  lexer_.Advance();
  return true;
}

void ParserBase::AddIndex() {
  const std::string_view text = lexer_.text();
  uint32_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || index > kListIndexMax) {
    Note(KeyOf(position()),
         "List index is not within the allowable range; index: [" + std::string(text) + "]");
  }
  ast_->elements.push_back({.name = {}, .index = index, .is_index = true});
  lexer_.Advance();
}

bool ParserBase::ParsePath(uint32_t* path) {
  const auto first = static_cast<uint32_t>(ast_->elements.size());
  if (!AddElement(lexer_.current())) return false;
  for (;;) {
    if (At(TokenKind::kDot)) {
      lexer_.Advance();
      if (!AddElement(lexer_.current())) return false;
    } else if (At(TokenKind::kOpenIndex)) {
      lexer_.Advance();
      if (!At(TokenKind::kIndex)) return false;
      AddIndex();
      if (!At(TokenKind::kCloseIndex)) return false;
      lexer_.Advance();
    } else {
      break;
    }
  }
  *path = static_cast<uint32_t>(ast_->paths.size());
  const auto count = static_cast<uint32_t>(ast_->elements.size()) - first;
  ast_->paths.push_back({.first = first, .count = count});
  return true;
}

void ParserBase::CountOperator(uint32_t at) {
  ++operators_;
  if (operators_ == kExpressionOperatorsMax + 1) {
    Note(KeyOf(at), "The expression contains too many operators; operator count: " +
                        std::to_string(operators_));
  }
}

Node& ParserBase::Emit(NodeKind kind, uint32_t at) {
  Node& node = ast_->nodes.emplace_back();
  node.kind = kind;
  node.at = at;
  return node;
}

void ParserBase::EmitPath(uint32_t path, uint32_t at) {
  Emit(NodeKind::kPath, at).ref = path;
  AdjustStack(0, 1);
}

void ParserBase::EmitValue() {
  Emit(NodeKind::kValue, position()).text = lexer_.text();
  AdjustStack(0, 1);
  lexer_.Advance();
}

void ParserBase::AdjustStack(uint32_t pops, uint32_t pushes) {
  stack_ = stack_ - pops + pushes;
  ast_->stack_depth = std::max(ast_->stack_depth, stack_);
}

}  // namespace millrace::expr
