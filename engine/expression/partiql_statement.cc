#include "engine/expression/partiql_statement.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/expression/partiql_condition.h"
#include "engine/expression/partiql_literal.h"
#include "engine/expression/partiql_types.h"

namespace millrace::expr {
namespace {

class StatementParser {
 public:
  explicit StatementParser(ParsedStatement* statement)
      : statement_(*statement), cursor_(&statement->source) {}

  // What is wrong with the syntax comes first, then what else was found first.
  Status Parse() {
    const Status status = ParseAll();
    return status.ok() || !IsNotWellFormed(status) ? FirstOf(cursor_.refused(), status) : status;
  }

 private:
  static const Status& FirstOf(const Status& first, const Status& second) {
    return first.ok() ? second : first;
  }
  Status ParseAll() {
    RETURN_IF_ERROR(ParseByFirstWord());
    if (cursor_.Accept(";") && !cursor_.AtEnd()) {
      return NotWellFormed("Unexpected token after semicolon. (Only one query is allowed.)");
    }
    if (!cursor_.AtEnd()) return Leftover();
    return cursor_.CheckParametersUsed();
  }

  Status ParseByFirstWord();
  Status ParseSelect();
  Status ParseProjection();
  Status ParseColumn();
  bool SkipCall();
  Status RefuseOperators() const;
  Status ParseOrder();
  Status ParseExists();
  Status ParseInsert();
  Status ParseItem();
  Status RefuseInsert();
  Status RefuseExpression();
  bool BeginsTerm() const;
  Status ParseUpdate();
  Status ParseFromFirstUpdate();
  Status ParseDelete();
  Status ParseSource();
  Status RefuseAlias(bool of_source = true);
  bool AtJoin() const;
  Status ParseWhere();
  Status ParseReturning();
  Status Leftover() const;
  Status UnsupportedClause(std::string_view clause) const;
  Status UnexpectedComponent(const SqlToken& token) const;

  ParsedStatement& statement_;
  SqlCursor cursor_;
};

Status StatementParser::ParseByFirstWord() {
  if (cursor_.AtKeyword("SELECT")) return ParseSelect();
  if (cursor_.AtKeyword("INSERT")) return ParseInsert();
  if (cursor_.AtKeyword("UPDATE")) return ParseUpdate();
  if (cursor_.AtKeyword("DELETE")) return ParseDelete();
  if (cursor_.AtKeyword("FROM")) return ParseFromFirstUpdate();
  if (cursor_.AtKeyword("EXISTS") && cursor_.Ahead(1).Is("(")) return ParseExists();
  return RefuseExpression();
}

// Whether the reference parser reads a term from the current token on.
bool StatementParser::BeginsTerm() const {
  if (AtLiteral(cursor_) || cursor_.AtName() || cursor_.AtCall() || cursor_.At("@") ||
      cursor_.current().kind == SqlTokenKind::kParameter) {
    return true;
  }
  constexpr std::string_view kFirst[] = {
      "SELECT",  "PIVOT",    "VALUES",    "SET",  "REMOVE", "UPDATE",  "DELETE", "FROM",
      "CREATE",  "DROP",     "CASE",      "CAST", "NOT",    "MISSING", "EXEC",   "SUBSTRING",
      "EXTRACT", "DATE_ADD", "DATE_DIFF", "TRIM", "DATE",   "TIME"};
  return std::any_of(std::begin(kFirst), std::end(kFirst),
                     [this](std::string_view word) { return cursor_.AtKeyword(word); });
}

// No statement: what PartiQL's reference parser says of the expression that it is. Confirmed are
// the reply to a misspelt SELECT before "* FROM", that DynamoDB follows that parser elsewhere, and
// the name IsType; not the name Id.
Status StatementParser::RefuseExpression() {
  size_t parentheses = 0;
  while (cursor_.Ahead(parentheses).Is("(")) ++parentheses;
  const SqlToken& first = cursor_.Ahead(parentheses);
  if (first.kind == SqlTokenKind::kEnd) return cursor_.NoTerm();
  const Status none = NotWellFormed("Expected data manipulation");
  if (!cursor_.AtName()) {
    while (parentheses-- > 0) cursor_.Advance();
    return BeginsTerm() ? none : cursor_.NoTerm();
  }
  cursor_.TakeName();
  if (cursor_.AtEnd()) return Status::Validation("Unsupported operation: Id");
  if (cursor_.AcceptKeyword("IS")) {
    cursor_.AcceptKeyword("NOT");
    RETURN_IF_ERROR(TakeSqlType(&cursor_).status());
    return cursor_.AtEnd() ? Status::Validation("Unsupported operation: IsType")
                           : UnexpectedToken();
  }
  if (cursor_.Accept("*")) {
    if (!cursor_.AtName()) return none;
    cursor_.TakeName();
  }
  const bool ends = cursor_.current().kind != SqlTokenKind::kPunctuation && !cursor_.AtEnd();
  return ends ? UnexpectedToken() : none;
}

Status StatementParser::Leftover() const {
  if (statement_.kind != StatementKind::kSelect) return UnexpectedToken();
  for (const std::string_view clause : {"LIMIT", "GROUP", "HAVING", "OFFSET", "LET"}) {
    if (cursor_.AtKeyword(clause)) return UnsupportedClause(clause);
  }
  return UnexpectedToken();
}

Status StatementParser::UnsupportedClause(std::string_view clause) const {
  return Status::Validation("Unsupported clause: " + std::string(clause) +
                            cursor_.Position(cursor_.current()));
}

Status StatementParser::UnexpectedComponent(const SqlToken& token) const {
  return Status::Validation("Unexpected path component" + cursor_.Position(token));
}

Status StatementParser::ParseSource() {
  if (cursor_.At("(") || AtLiteral(cursor_) || cursor_.AtKeyword("UNPIVOT") ||
      cursor_.current().kind == SqlTokenKind::kParameter) {
    return Status::Validation("Unexpected from source");
  }
  if (!cursor_.AtName()) return cursor_.NoTerm();
  statement_.table = cursor_.TakeName();
  if (cursor_.Accept(".")) {
    if (!cursor_.AtName()) return NotWellFormed("Invalid path dot component");
    statement_.index = cursor_.TakeName();
    while (cursor_.Accept(".")) {
      if (!cursor_.AtName()) return NotWellFormed("Invalid path dot component");
      cursor_.TakeName();
      RETURN_IF_ERROR(cursor_.Refuse(
          Status::Validation("A path may contain at most 2 components in the FROM clause")));
    }
  }
  if (statement_.table.empty() || (statement_.index && statement_.index->empty())) {
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("Path component cannot be an empty string")));
  }
  if (cursor_.At("[")) return Status::Validation("Invalid list expression in source.");
  return Status::Ok();
}

// AS may be left out. What is no name after it is refused by the reference parser. That AT and BY
// of a source are aliases for DynamoDB is not confirmed.
Status StatementParser::RefuseAlias(bool of_source) {
  for (const std::string_view keyword : {"AS", "AT", "BY"}) {
    if (keyword != "AS" && !of_source) break;
    const bool said = cursor_.AcceptKeyword(keyword);
    if (!cursor_.AtName() && said) {
      return NotWellFormed("Expected identifier for " + std::string(keyword) + "-alias");
    }
    if (!cursor_.AtName() || (!said && keyword != "AS")) continue;
    cursor_.TakeName();
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("Aliasing is not supported")));
  }
  return Status::Ok();
}

// At [INNER | LEFT | RIGHT | FULL | OUTER] [OUTER] [CROSS] JOIN, or a comma, which is one.
bool StatementParser::AtJoin() const {
  size_t ahead = 0;
  for (const std::string_view word : {"INNER", "LEFT", "RIGHT", "FULL"}) {
    if (cursor_.AtKeyword(word)) ahead = 1;
  }
  if (cursor_.Ahead(ahead).IsKeyword("OUTER")) ++ahead;
  if (cursor_.Ahead(ahead).IsKeyword("CROSS")) ++ahead;
  return cursor_.At(",") || cursor_.Ahead(ahead).IsKeyword("JOIN");
}

Status StatementParser::ParseSelect() {
  statement_.kind = StatementKind::kSelect;
  cursor_.Advance();
  RETURN_IF_ERROR(ParseProjection());
  if (!cursor_.AcceptKeyword("FROM")) return NotWellFormed("Expected FROM after SELECT list");
  RETURN_IF_ERROR(ParseSource());
  RETURN_IF_ERROR(RefuseAlias());
  if (AtJoin()) {
    return Status::Validation("Only select from a single table or index is supported.");
  }
  if (cursor_.At("-")) return Status::Validation("Unexpected from source");
  RETURN_IF_ERROR(ParseWhere());
  return ParseOrder();
}

Status StatementParser::ParseProjection() {
  if (cursor_.AtKeyword("VALUE") || cursor_.AtKeyword("PIVOT")) {
    return Status::Validation("Select projection doesn't support value or pivot keywords");
  }
  if (cursor_.AtKeyword("DISTINCT")) return UnsupportedClause("DISTINCT");  // not confirmed
  cursor_.AcceptKeyword("ALL");
  if (cursor_.AtKeyword("FROM")) return NotWellFormed("Expected data manipulation");
  size_t count = 0;
  do {
    ++count;
    if (cursor_.Accept("*")) {
      statement_.whole_items = true;
      continue;
    }
    RETURN_IF_ERROR(ParseColumn());
  } while (cursor_.Accept(","));
  if (statement_.whole_items && count > 1) {
    return cursor_.Refuse(Status::Validation(
        "Other attributes should not be present in the projection when '*' is used."));
  }
  return Status::Ok();
}

// Past a function's name and its arguments; false when they don't end.
bool StatementParser::SkipCall() {
  size_t open = 0;
  do {
    cursor_.Advance();
    if (cursor_.At("(")) ++open;
    if (cursor_.At(")")) --open;
  } while (open > 0 && !cursor_.AtEnd());
  return cursor_.Accept(")");
}

// A path, or one in parentheses. Which token is named of what else the reference parser takes is
// not confirmed.
Status StatementParser::ParseColumn() {
  size_t parentheses = 0;
  while (cursor_.Accept("(")) ++parentheses;
  const SqlToken& token = cursor_.current();
  const bool call = token.kind == SqlTokenKind::kWord && cursor_.Ahead(1).Is("(");
  if (call) {
    const Status refused = UnexpectedComponent(token);
    if (statement_.call_refused.ok()) statement_.call_refused = refused;
    if (!SkipCall()) return refused;
  } else if (AtLiteral(cursor_) || token.kind == SqlTokenKind::kParameter ||
             cursor_.AtKeyword("NOT") || cursor_.AtKeyword("MISSING")) {
    return UnexpectedComponent(token);
  } else {
    uint32_t path = 0;
    RETURN_IF_ERROR(cursor_.ParsePath(&statement_.projection, &path));
  }
  for (;; --parentheses) {
    RETURN_IF_ERROR(RefuseOperators());
    if (parentheses == 0) return RefuseAlias(false);
    if (cursor_.At(",")) return UnexpectedComponent(cursor_.current());  // a row
    if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
  }
}

// What makes more of a path than one.
Status StatementParser::RefuseOperators() const {
  const size_t ahead = cursor_.AtKeyword("NOT") ? 1 : 0;
  for (const std::string_view word : {"AND", "OR", "IS", "IN", "BETWEEN", "LIKE"}) {
    if (cursor_.Ahead(ahead).IsKeyword(word)) return UnexpectedComponent(cursor_.current());
  }
  for (const std::string_view op :
       {"+", "-", "*", "/", "%", "||", "=", "<>", "!=", "<", "<=", ">", ">="}) {
    if (cursor_.At(op)) return UnexpectedComponent(cursor_.current());
  }
  return Status::Ok();
}

Status StatementParser::ParseWhere() {
  if (!cursor_.AcceptKeyword("WHERE")) return Status::Ok();
  statement_.has_where = true;
  return ParseSqlCondition(&cursor_, &statement_.where);
}

Status StatementParser::ParseOrder() {
  if (!cursor_.AtKeyword("ORDER")) return Status::Ok();
  cursor_.Advance();
  if (!cursor_.AcceptKeyword("BY")) return NotWellFormed("Expected BY");
  do {
    // The names of the types but Path are not confirmed.
    std::string type;
    if (AtLiteral(cursor_)) type = "Literal";
    if (cursor_.current().kind == SqlTokenKind::kParameter) type = "Parameter";
    if (cursor_.AtCall()) type = "NAry";
    if (type.empty() && !cursor_.AtName()) return cursor_.NoTerm();
    if (type.empty() && (cursor_.Ahead(1).Is(".") || cursor_.Ahead(1).Is("["))) type = "Path";
    if (!type.empty()) {
      return Status::Validation("Argument to ORDER BY must be of type VariableReference. Type: " +
                                type);
    }
    OrderTerm term{.name = cursor_.TakeName()};
    if (!cursor_.AcceptKeyword("ASC")) term.descending = cursor_.AcceptKeyword("DESC");
    statement_.order.push_back(term);
  } while (cursor_.Accept(","));
  return Status::Ok();
}

Status StatementParser::ParseExists() {
  cursor_.Advance();
  cursor_.Advance();
  if (!cursor_.AtKeyword("SELECT")) return NotWellFormed("Expected data manipulation");
  RETURN_IF_ERROR(ParseSelect());
  statement_.kind = StatementKind::kExists;
  return cursor_.Accept(")") ? Status::Ok() : NotWellFormed("Expected RIGHT_PAREN");
}

Status StatementParser::ParseInsert() {
  statement_.kind = StatementKind::kInsert;
  cursor_.Advance();
  if (!cursor_.AcceptKeyword("INTO")) return NotWellFormed("Unexpected keyword");
  RETURN_IF_ERROR(cursor_.RequireSimplePath());
  RETURN_IF_ERROR(ParseSource());
  if (!cursor_.AcceptKeyword("VALUE")) return RefuseInsert();
  RETURN_IF_ERROR(ParseItem());
  if (cursor_.AtKeyword("AT")) {
    return Status::Validation("AT is not supported in insert statements.");
  }
  if (cursor_.AtKeyword("RETURNING")) {
    return Status::Validation("RETURNING is not supported in INSERT");
  }
  return Status::Ok();
}

// Without VALUE the reference parser takes what follows as several items.
Status StatementParser::RefuseInsert() {
  if (cursor_.Accept("(")) {  // (columns) VALUES (...)
    do {
      if (!cursor_.AtName()) return cursor_.NoTerm();
      cursor_.TakeName();
    } while (cursor_.Accept(","));
    return cursor_.Accept(")") ? UnexpectedToken() : NotWellFormed("Expected RIGHT_PAREN");
  }
  if (cursor_.AtEnd()) return cursor_.NoTerm();
  if (!cursor_.AtKeyword("VALUES")) {
    if (!AtLiteral(cursor_)) return UnexpectedToken();
    RETURN_IF_ERROR(ParseLiteral(&cursor_).status());
    if (!cursor_.AtEnd()) return UnexpectedToken();
  }
  return Status::Validation(
      "Unsupported operation: Inserting multiple items in a single statement is not supported, "
      "use \"INSERT INTO tableName VALUE item\" instead");
}

Status StatementParser::ParseItem() {
  const Status unsupported = Status::Validation(
      "Unsupported format in item expression. Please use struct format {...} to express item "
      "values for insert statement.");
  if (cursor_.current().kind == SqlTokenKind::kParameter) {
    ASSIGN_OR_RETURN(const ValueView item, cursor_.TakeParameter());
    if (!item.Is(ValueType::kMap)) return unsupported;
    statement_.item = item.bytes();
    return Status::Ok();
  }
  if (cursor_.AtEnd()) return cursor_.NoTerm();
  size_t parentheses = 0;
  while (cursor_.Accept("(")) ++parentheses;
  if (!cursor_.Accept("{")) return unsupported;
  Value::Map attributes;
  while (!cursor_.At("}")) {
    if (!attributes.empty() && !cursor_.Accept(",")) return NotWellFormed("Expected RIGHT_CURLY");
    RETURN_IF_ERROR(CheckTupleKey(cursor_, "root"));
    const SqlToken name = cursor_.current();
    cursor_.Advance();
    if (!cursor_.Accept(":")) return NotWellFormed("Expected COLON");
    Value value;
    if (cursor_.current().kind == SqlTokenKind::kParameter) {
      ASSIGN_OR_RETURN(const ValueView parameter, cursor_.TakeParameter());
      value = Value(parameter);
    } else {
      ASSIGN_OR_RETURN(const std::string bytes, ParseLiteral(&cursor_));
      value = Value(ValueView(bytes));
    }
    attributes.emplace_back(Unquote(name.text, '\''), std::move(value));
    if (attributes.back().first.empty()) {
      RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("Empty attribute name")));
    }
  }
  cursor_.Advance();
  for (; parentheses > 0; --parentheses) {
    if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
  }
  std::sort(attributes.begin(), attributes.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 1; i < attributes.size(); ++i) {
    if (attributes[i].first != attributes[i - 1].first) continue;
    return cursor_.Refuse(
        Status::Validation("Duplicate keys in tuple. Key: " + attributes[i].first + " under root"));
  }
  statement_.item = Value::OfMap(std::move(attributes)).Encode();
  return Status::Ok();
}

Status StatementParser::ParseUpdate() {
  statement_.kind = StatementKind::kUpdate;
  cursor_.Advance();
  RETURN_IF_ERROR(cursor_.RequireSimplePath());
  RETURN_IF_ERROR(ParseSource());
  RETURN_IF_ERROR(RefuseAlias());
  RETURN_IF_ERROR(ParseSqlChanges(&cursor_, &statement_.update));
  if (statement_.update.actions.empty()) return NotWellFormed("Expected data manipulation");
  RETURN_IF_ERROR(ParseWhere());
  return ParseReturning();
}

Status StatementParser::ParseFromFirstUpdate() {
  statement_.kind = StatementKind::kUpdate;
  cursor_.Advance();
  RETURN_IF_ERROR(ParseSource());
  RETURN_IF_ERROR(RefuseAlias());
  RETURN_IF_ERROR(ParseWhere());
  RETURN_IF_ERROR(ParseSqlChanges(&cursor_, &statement_.update));
  if (statement_.update.actions.empty()) return NotWellFormed("Expected data manipulation");
  return ParseReturning();
}

Status StatementParser::ParseDelete() {
  statement_.kind = StatementKind::kDelete;
  cursor_.Advance();
  if (!cursor_.AcceptKeyword("FROM")) return NotWellFormed("Expected FROM after DELETE");
  RETURN_IF_ERROR(cursor_.RequireSimplePath());
  RETURN_IF_ERROR(ParseSource());
  RETURN_IF_ERROR(RefuseAlias());
  RETURN_IF_ERROR(ParseWhere());
  RETURN_IF_ERROR(ParseReturning());
  if (statement_.returning == Returning::kNothing || statement_.returning == Returning::kAllOld) {
    return Status::Ok();
  }
  const bool modified = statement_.returning != Returning::kAllNew;
  const bool old = statement_.returning == Returning::kModifiedOld;
  return cursor_.Refuse(Status::Validation(
      "Invalid returning clause: RETURNING " + std::string(modified ? "MODIFIED " : "ALL ") +
      (old ? "OLD" : "NEW") + " *. Only RETURNING ALL OLD * is allowed in DELETE statements."));
}

Status StatementParser::ParseReturning() {
  if (!cursor_.AcceptKeyword("RETURNING")) return Status::Ok();
  const bool all = cursor_.AtKeyword("ALL");
  const bool old = cursor_.Ahead(1).IsKeyword("OLD");
  if ((!all && !cursor_.AtKeyword("MODIFIED")) || (!old && !cursor_.Ahead(1).IsKeyword("NEW"))) {
    return NotWellFormed("Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
  }
  cursor_.Advance();
  cursor_.Advance();
  if (!cursor_.Accept("*")) {
    return Status::Validation(
        "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
  }
  if (cursor_.At(",")) {
    return Status::Validation(
        "Invalid syntax with multiple returning elements in RETURNING clause");
  }
  if (all) {
    statement_.returning = old ? Returning::kAllOld : Returning::kAllNew;
  } else {
    statement_.returning = old ? Returning::kModifiedOld : Returning::kModifiedNew;
  }
  return Status::Ok();
}

}  // namespace

Status ParseStatement(ParsedStatement* statement) {
  ASSIGN_OR_RETURN(statement->source.tokens, LexStatement(statement->source.text));
  return StatementParser(statement).Parse();
}

}  // namespace millrace::expr
