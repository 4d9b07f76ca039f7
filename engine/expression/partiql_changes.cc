#include <optional>
#include <string>
#include <vector>

#include "engine/expression/partiql_condition.h"
#include "engine/expression/partiql_statement.h"
#include "engine/expression/path.h"

// The SET and REMOVE clauses of UPDATE.
namespace millrace::expr {
namespace {

class ChangesParser {
 public:
  ChangesParser(SqlCursor* cursor, Ast* ast) : cursor_(*cursor), ast_(ast) {}

  Status Parse() {
    for (uint32_t section = 0;; ++section) {
      const bool set = cursor_.AtKeyword("SET");
      if (!set && !cursor_.AtKeyword("REMOVE")) return Status::Ok();
      do {
        cursor_.Advance();  // the keyword or the comma
        Action action{.kind = set ? ActionKind::kSet : ActionKind::kRemove, .section = section};
        RETURN_IF_ERROR(ParseAction(&action));
        ast_->actions.push_back(action);
      } while (set && cursor_.At(","));
    }
  }

 private:
  Status ParseAction(Action* action) {
    RETURN_IF_ERROR(cursor_.RequireSimplePath());
    RETURN_IF_ERROR(cursor_.ParseSimplePath(ast_, &action->path));
    action->first_node = static_cast<uint32_t>(ast_->nodes.size());
    if (action->kind == ActionKind::kRemove) return Status::Ok();
    if (!cursor_.Accept("=")) return NotWellFormed("Expected '='");
    RETURN_IF_ERROR(ParseChange(action));
    action->node_count = static_cast<uint32_t>(ast_->nodes.size()) - action->first_node;
    return Status::Ok();
  }

  Status ParseChange(Action* action) {
    const SqlToken token = cursor_.current();
    if (token.kind == SqlTokenKind::kWord && cursor_.Ahead(1).Is("(")) {
      if (token.IsKeyword("SET_ADD")) return ParseSetFunction(ActionKind::kAdd, action);
      if (token.IsKeyword("SET_DELETE")) return ParseSetFunction(ActionKind::kDelete, action);
    }
    if (cursor_.AtKeyword("NOT")) return Unsupported("not");
    RETURN_IF_ERROR(ParseSum());
    if (cursor_.AtKeyword("IS")) {
      return Status::Validation("IS operator is not supported in update expressions");
    }
    for (const std::string_view op : {"*", "/", "%", "||", "<", "<=", ">", ">=", "<>"}) {
      if (cursor_.At(op)) return Unsupported(op);
    }
    if (cursor_.At("!=")) return Unsupported("<>");
    // In lower case as PartiQL's syntax tree has them, not confirmed.
    const bool negated = cursor_.AtKeyword("NOT");
    for (const std::string_view op : {"AND", "OR", "IN", "BETWEEN", "LIKE"}) {
      if (cursor_.Ahead(negated ? 1 : 0).IsKeyword(op)) return Unsupported(Lowered(op));
    }
    return Status::Ok();
  }

  static Status Unsupported(std::string_view op) {
    return Status::Validation("Unsupported operator in Update Expression. Operator: " +
                              std::string(op));
  }

  // Operands joined from left to right. What is open is kept in a stack, so that parentheses cost
  // none of the thread's.
  Status ParseSum() {
    std::vector<std::optional<Operator>> open(1);  // of each group: what awaits its right side
    for (;;) {
      while (cursor_.Accept("(")) open.emplace_back();
      if (cursor_.AtEnd() && open.back()) {
        return NotWellFormed("Missing right-hand side expression of infix operator");
      }
      RETURN_IF_ERROR(ParseOperand());
      for (;;) {
        if (open.back()) Combine(NodeKind::kArithmetic, *open.back());
        open.back().reset();
        if (cursor_.At("+") || cursor_.At("-")) break;
        if (open.size() == 1) return Status::Ok();
        if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
        open.pop_back();
      }
      open.back() = cursor_.At("+") ? Operator::kPlus : Operator::kMinus;
      cursor_.Advance();
    }
  }

  Node& Combine(NodeKind kind, Operator op) {
    Node& node = ast_->nodes.emplace_back();
    node.kind = kind;
    node.op = op;
    node.operands = 2;
    return node;
  }

  std::string CallName() const { return Lowered(Unquote(cursor_.current().text, '"')); }
  Status Unrecognized() const {
    return Status::Validation("Unrecognized function: " + CallName() +
                              cursor_.Position(cursor_.current()));
  }

  Status ParseOperand() {
    if (!cursor_.AtCall()) return ParseSqlLeaf(&cursor_, ast_);
    if (CallName() != "list_append") return Unrecognized();
    cursor_.Advance();
    cursor_.Advance();
    uint32_t count = 0;
    while (count > 0 || !cursor_.At(")")) {
      if (cursor_.AtCall()) {
        if (CallName() != "list_append") return Unrecognized();
        return Status::Validation(
            "The function is not allowed to be used this way in an expression; function: "
            "list_append");
      }
      RETURN_IF_ERROR(ParseSqlLeaf(&cursor_, ast_));
      ++count;
      if (!cursor_.Accept(",")) break;
    }
    if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
    if (count != 2) {  // as CheckOperands says it of the two that others have
      RETURN_IF_ERROR(cursor_.Refuse(Status::Validation(
          "Incorrect number of operands for operator or function; operator or function: "
          "list_append, number of operands: " +
          std::to_string(count))));
    }
    Node& node = Combine(NodeKind::kCall, Operator::kEqual);
    node.function = Function::kListAppend;
    node.text = "list_append";
    return Status::Ok();
  }

  // SET_ADD and SET_DELETE are the actions ADD and DELETE of an UpdateExpression.
  Status ParseSetFunction(ActionKind kind, Action* action) {
    const std::string name = kind == ActionKind::kAdd ? "SET_ADD" : "SET_DELETE";
    const SqlToken function = cursor_.current();
    cursor_.Advance();
    cursor_.Advance();
    const SqlToken first = cursor_.current();
    const auto count_wrong = [&] {
      return Status::Validation(name + " must have exactly two arguments" +
                                cursor_.Position(function));
    };
    if (cursor_.At(")")) return count_wrong();
    RETURN_IF_ERROR(ParseSqlLeaf(&cursor_, ast_));
    const Node target = ast_->nodes.back();
    ast_->nodes.pop_back();
    if (!cursor_.Accept(",")) return count_wrong();
    RETURN_IF_ERROR(ParseSqlLeaf(&cursor_, ast_));
    if (!cursor_.Accept(")")) return count_wrong();
    if (target.kind != NodeKind::kPath ||
        !SamePath(PathAt(*ast_, target.ref), PathAt(*ast_, action->path))) {
      RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("The first argument to " + name +
                                                        " must equal the assignment value" +
                                                        cursor_.Position(function))));
    }
    const Node& value = ast_->nodes.back();
    if (value.kind != NodeKind::kValue || !IsSet(value.value.type())) {
      RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("The second argument to " + name +
                                                        " must be a value with type SET" +
                                                        cursor_.Position(first))));
    }
    action->kind = kind;
    return Status::Ok();
  }

  SqlCursor& cursor_;
  Ast* const ast_;
};

}  // namespace

Status ParseSqlChanges(SqlCursor* cursor, Ast* ast) {
  return ChangesParser(cursor, ast).Parse();
}

}  // namespace millrace::expr
