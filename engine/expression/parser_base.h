#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/lexer.h"

namespace millrace::expr {

// `Invalid <parameter>: <text>`; only the text when there is no parameter, as in PartiQL.
Status Invalid(std::string_view parameter, std::string_view text);
// The text is not empty and not over kExpressionSizeMax.
Status CheckTextSize(std::string_view parameter, std::string_view text);

Function FunctionNamed(std::string_view name);
bool IsUpdateFunction(Function function);

// What the parsers share. DynamoDB reports a syntax error before anything else that is wrong with
// the same text; what concerns the words themselves (reserved names, unknown functions, list
// indexes, counts) comes next, the first in the text before later ones. So those are noted while
// parsing and reported at the end.
class ParserBase {
 protected:
  ParserBase(std::string_view parameter, ParsedText* parsed)
      : parameter_(parameter), lexer_(parsed->text), ast_(&parsed->ast) {}

  bool At(TokenKind kind) const { return lexer_.At(kind); }
  uint32_t position() const { return lexer_.current().begin; }
  Status SyntaxError() const { return Invalid(parameter_, lexer_.SyntaxErrorText()); }
  Status RedundantParentheses() const;

  // Notes what is wrong at a place of the text; the one with the lowest key stays.
  void Note(uint64_t key, std::string text);
  // Where the text stands, as the key of a note. Update expressions put the section in front.
  virtual uint64_t KeyOf(uint32_t at) const { return at; }
  Status FirstNote() const;

  // Requires a name or #placeholder at the front. False: a syntax error at the current token.
  [[nodiscard]] bool ParsePath(uint32_t* path);
  // Counts one operator or function against kExpressionOperatorsMax. Source of counting functions:
  // the quotas of the developer guide.
  void CountOperator(uint32_t at);

  Node& Emit(NodeKind kind, uint32_t at);
  // Emit for leaves: one more operand on the stack; for the others: `pops` less and `pushes` more.
  void EmitPath(uint32_t path, uint32_t at);
  void EmitValue();
  void AdjustStack(uint32_t pops, uint32_t pushes);

  ~ParserBase() = default;

  std::string_view parameter_;
  Lexer lexer_;
  Ast* ast_;

 private:
  bool AddElement(const Token& name);
  void AddIndex();

  struct FirstProblem {
    uint64_t key;
    std::string text;
  };
  std::optional<FirstProblem> problem_;
  uint32_t stack_ = 0;
  int operators_ = 0;
};

}  // namespace millrace::expr
