#include "engine/expression/partiql_cursor.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "engine/base/limits.h"

namespace millrace::expr {
namespace {

// That DynamoDB refuses every one is not confirmed: recorded replies refuse INNER, KEY, ORDER and
// SIZE. Its guide uses YEAR, PRICE and the like as names.
constexpr std::string_view kKeywords[] = {
#include "engine/expression/partiql_keywords.inc"
};
static_assert(std::size(kKeywords) == 252);

Status IndexOutOfRange(const std::string& index, const std::string& position) {
  return Status::Validation("List index is not within the allowable range; index: [" + index + "]" +
                            position);
}

}  // namespace

bool IsSqlKeyword(const SqlToken& token) {
  if (token.kind != SqlTokenKind::kWord) return false;
  std::string word(token.text);
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return std::binary_search(std::begin(kKeywords), std::end(kKeywords), std::string_view(word));
}

const SqlToken& SqlCursor::Ahead(size_t distance) const {
  return statement_->tokens[std::min(at_ + distance, statement_->tokens.size() - 1)];
}

bool SqlCursor::Accept(std::string_view punctuation) {
  if (!At(punctuation)) return false;
  Advance();
  return true;
}

bool SqlCursor::AcceptKeyword(std::string_view keyword) {
  if (!AtKeyword(keyword)) return false;
  Advance();
  return true;
}

Status SqlCursor::NoTerm() const {
  const SqlToken& token = current();
  for (const std::string_view op : {"IS", "LIKE", "IN", "BETWEEN", "AND", "OR"}) {
    if (token.IsKeyword(op)) return NotWellFormed("Unexpected operator");
  }
  for (const std::string_view op : {"=", "<>", "!=", "<", "<=", ">", ">=", "/", "%", "||"}) {
    if (token.Is(op)) return NotWellFormed("Unexpected operator");
  }
  if (IsSqlKeyword(token)) return NotWellFormed("Unexpected keyword");
  return NotWellFormed("Unexpected term");
}

bool SqlCursor::AtName() const {
  if (current().kind == SqlTokenKind::kQuotedName) return true;
  return current().kind == SqlTokenKind::kWord && !IsSqlKeyword(current());
}

bool SqlCursor::AtCall() const {
  if (!Ahead(1).Is("(")) return false;
  constexpr std::string_view kFunctions[] = {"EXISTS",       "COUNT",       "AVG",
                                             "MAX",          "MIN",         "SUM",
                                             "SUBSTRING",    "CHAR_LENGTH", "CHARACTER_LENGTH",
                                             "OCTET_LENGTH", "BIT_LENGTH",  "UPPER",
                                             "LOWER",        "SIZE",        "SEXP",
                                             "LIST",         "BAG",         "TRIM",
                                             "EXTRACT",      "DATE_ADD",    "DATE_DIFF",
                                             "CAST"};
  return AtName() || std::any_of(std::begin(kFunctions), std::end(kFunctions),
                                 [this](std::string_view name) { return AtKeyword(name); });
}

std::string_view SqlCursor::TakeName() {
  const SqlToken token = current();
  Advance();
  if (token.kind != SqlTokenKind::kQuotedName || token.text.find('"') == token.text.npos) {
    return token.text;
  }
  return arena()->Copy(Unquote(token.text, '"'));
}

Status SqlCursor::ParsePath(Ast* ast, uint32_t* path, bool simple) {
  if (!AtName()) return NoTerm();
  const auto first = static_cast<uint32_t>(ast->elements.size());
  ast->elements.push_back({.name = TakeName()});
  while (At(".") || At("[")) RETURN_IF_ERROR(ParseStep(ast, simple));
  const auto count = static_cast<uint32_t>(ast->elements.size()) - first;
  for (uint32_t i = first; i < first + count; ++i) {
    if (!ast->elements[i].is_index && ast->elements[i].name.empty()) {
      RETURN_IF_ERROR(Refuse(Status::Validation("Path component cannot be an empty string")));
    }
  }
  if (count > static_cast<uint32_t>(kNestingDepthMax)) {
    RETURN_IF_ERROR(Refuse(
        Status::Validation("The document path has too many nesting levels; nesting levels: " +
                           std::to_string(count))));
  }
  *path = static_cast<uint32_t>(ast->paths.size());
  ast->paths.push_back({.first = first, .count = count, .resolved = true});
  return Status::Ok();
}

Status SqlCursor::ParseStep(Ast* ast, bool simple) {
  if (Accept(".")) {
    if (At("*") && simple) return NotWellFormed("Invalid path dot component for simple path");
    if (At("*")) {
      return Status::Validation("Unpivot path component like a.*.b are not supported");
    }
    if (!AtName()) return NotWellFormed("Invalid path dot component");
    ast->elements.push_back({.name = TakeName()});
    return Status::Ok();
  }
  Advance();  // "["
  if (simple && (At("*") || current().kind == SqlTokenKind::kParameter)) {
    return NotWellFormed("Invalid path component for simple path");
  }
  if (At("*")) return Status::Validation("Wildcard path component like a[*].b are not supported");
  if (current().kind == SqlTokenKind::kString) {
    ast->elements.push_back({.name = arena()->Copy(Unquote(current().text, '\''))});
    Advance();
  } else {
    RETURN_IF_ERROR(ParseIndex(ast));
  }
  return Accept("]") ? Status::Ok() : NotWellFormed("Expected RIGHT_BRACKET");
}

Status SqlCursor::ParseIndex(Ast* ast) {
  const bool negative = Accept("-");
  if (!negative) Accept("+");
  const SqlToken token = current();
  const bool ends = AtEnd() || At("]") || At(",") || At(")");
  if (ends) return NoTerm();
  if (token.kind != SqlTokenKind::kNumber) {
    return Status::Validation("Unexpected path component" + Position(token));
  }
  int32_t index = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto [stop, error] = std::from_chars(token.text.data(), end, index);
  if (error == std::errc() && stop != end) {
    RETURN_IF_ERROR(Refuse(Status::Validation("Unexpected path component" + Position(token))));
  } else if (error != std::errc() || (negative && index != 0)) {
    RETURN_IF_ERROR(
        Refuse(IndexOutOfRange((negative ? "-" : "") + std::string(token.text), Position(token))));
  }
  ast->elements.push_back({.index = static_cast<uint32_t>(index), .is_index = true});
  Advance();
  return Status::Ok();
}

Result<ValueView> SqlCursor::TakeParameter() {
  Advance();
  if (parameters_used_ >= statement_->parameters.size()) {
    ++parameters_used_;
    RETURN_IF_ERROR(
        Refuse(Status::Validation("Number of parameters in request and statement don't match.")));
    return ValueView(arena()->Copy(Value::Null().Encode()));
  }
  return ValueView(statement_->parameters[parameters_used_++]);
}

Status SqlCursor::CheckParametersUsed() const {
  if (parameters_used_ == statement_->parameters.size()) return Status::Ok();
  return Status::Validation("Number of parameters in request and statement don't match.");
}

}  // namespace millrace::expr
