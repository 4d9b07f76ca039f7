#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/arena.h"
#include "engine/expression/ast.h"
#include "engine/expression/partiql_lexer.h"
#include "engine/model/value.h"

namespace millrace::expr {

// What everything parsed from a statement points into.
struct StatementText {
  std::string text;
  std::vector<SqlToken> tokens;
  std::vector<std::string> parameters;  // canonical bytes
  Arena arena;                          // names and literals that differ from how they are written
};

// A word of SQL-92 or of PartiQL's own grammar, which is no name unless it is quoted.
bool IsSqlKeyword(const SqlToken& token);

// Walks through a statement's tokens; shared by the parsers of its parts. The StatementText
// outlives it.
class SqlCursor {
 public:
  explicit SqlCursor(StatementText* statement) : statement_(statement) {}

  const SqlToken& current() const { return statement_->tokens[at_]; }
  // The token `distance` further on; kEnd beyond the end.
  const SqlToken& Ahead(size_t distance) const;
  bool AtEnd() const { return current().kind == SqlTokenKind::kEnd; }
  bool At(std::string_view punctuation) const { return current().Is(punctuation); }
  bool AtKeyword(std::string_view keyword) const { return current().IsKeyword(keyword); }
  void Advance() {
    if (!AtEnd()) ++at_;
  }
  bool Accept(std::string_view punctuation);
  bool AcceptKeyword(std::string_view keyword);

  // See PositionText.
  std::string Position(const SqlToken& token) const {
    return PositionText(statement_->text, token);
  }
  // Why no term begins at the current token.
  Status NoTerm() const;
  // Where only the path of an attribute or table may stand, none begins otherwise than with a name.
  Status RequireSimplePath() const {
    return AtName() ? Status::Ok() : NotWellFormed("Expected identifier for simple path");
  }

  // At a word that is no keyword, or a quoted name.
  bool AtName() const;
  // At what the reference parser reads as a call: a name, or a keyword that it knows as a function,
  // before a parenthesis.
  bool AtCall() const;
  // The name at the current token; requires AtName().
  std::string_view TakeName();
  // path := name {"." name | "[" ["+"] index "]" | "['" name "']"}. Appends to `ast`; `*path` is
  // its index in ast->paths.
  Status ParsePath(Ast* ast, uint32_t* path) { return ParsePath(ast, path, false); }
  // The same where something is written to: what is no literal in it is no syntax.
  Status ParseSimplePath(Ast* ast, uint32_t* path) { return ParsePath(ast, path, true); }

  // At "?". The views live as long as the StatementText.
  Result<ValueView> TakeParameter();
  // Keeps what is wrong with the statement's meaning, the first such thing, and answers Ok: the
  // parser goes on as if nothing were, since what is wrong with the syntax comes first. What was
  // parsed by then is of no use.
  Status Refuse(Status status) {
    if (refused_.ok()) refused_ = std::move(status);
    return Status::Ok();
  }
  const Status& refused() const { return refused_; }

  // Every parameter of the request stands in the statement.
  Status CheckParametersUsed() const;

  Arena* arena() { return &statement_->arena; }

 private:
  Status ParsePath(Ast* ast, uint32_t* path, bool simple);
  Status ParseStep(Ast* ast, bool simple);
  Status ParseIndex(Ast* ast);

  StatementText* statement_;
  size_t at_ = 0;
  size_t parameters_used_ = 0;
  Status refused_ = Status::Ok();
};

}  // namespace millrace::expr
