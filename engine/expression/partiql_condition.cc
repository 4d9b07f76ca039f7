#include "engine/expression/partiql_condition.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "engine/expression/condition_frames.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/partiql_literal.h"
#include "engine/expression/partiql_types.h"

namespace millrace::expr {
namespace {

std::optional<Operator> ComparatorOf(const SqlToken& token) {
  if (token.Is("=")) return Operator::kEqual;
  if (token.Is("<>") || token.Is("!=")) return Operator::kNotEqual;
  if (token.Is("<")) return Operator::kLess;
  if (token.Is("<=")) return Operator::kLessOrEqual;
  if (token.Is(">")) return Operator::kGreater;
  if (token.Is(">=")) return Operator::kGreaterOrEqual;
  return std::nullopt;
}

// Whether a frame awaits an operand that binds tighter than it: one without AND or OR.
bool IsTest(FrameKind kind) {
  return kind == FrameKind::kComparison || kind == FrameKind::kBetweenLow ||
         kind == FrameKind::kBetweenHigh;
}

bool IsList(const std::vector<Frame>& open) {
  return !open.empty() &&
         (open.back().kind == FrameKind::kCall || open.back().kind == FrameKind::kIn);
}

bool IsEquality(Operator op) {
  return op == Operator::kEqual || op == Operator::kNotEqual;
}

// At a test that binds tighter than equality: a = b < c is a = (b < c). What binds alike is read
// from the left.
bool AtTighterTest(const SqlCursor& cursor) {
  const std::optional<Operator> op = ComparatorOf(cursor.current());
  if (op) return !IsEquality(*op);
  return cursor.AtKeyword("BETWEEN") ||
         (cursor.AtKeyword("NOT") && cursor.Ahead(1).IsKeyword("BETWEEN"));
}

// Whether what is in a call's parentheses is more than operands; nothing here reads it.
bool HasOwnSyntax(const SqlToken& function) {
  constexpr std::string_view kFunctions[] = {"CAST",    "DATE_ADD",  "DATE_DIFF",
                                             "EXTRACT", "SUBSTRING", "TRIM"};
  return std::any_of(std::begin(kFunctions), std::end(kFunctions),
                     [&function](std::string_view name) { return function.IsKeyword(name); });
}

// Whether the statement or a clause of it goes on after WHERE's expression.
bool EndsWhere(const SqlCursor& cursor) {
  if (cursor.AtEnd() || cursor.At(")") || cursor.At(";")) return true;
  constexpr std::string_view kClauses[] = {"ORDER",  "GROUP",     "HAVING", "LIMIT",
                                           "OFFSET", "RETURNING", "SET",    "REMOVE"};
  return std::any_of(std::begin(kClauses), std::end(kClauses),
                     [&cursor](std::string_view clause) { return cursor.AtKeyword(clause); });
}

class SqlConditionParser {
 public:
  SqlConditionParser(SqlCursor* cursor, Ast* ast) : cursor_(*cursor), ast_(ast) {}

  Status Parse() {
    bool done = false;
    while (!done) {
      RETURN_IF_ERROR(ParseStart());
      RETURN_IF_ERROR(ParseContinuation(&done));
    }
    return Status::Ok();
  }

 private:
  // Reads opening tokens up to and including a leaf.
  Status ParseStart();
  Status OpenCall();
  // With something completed: closes and combines until an operand or condition is awaited again,
  // or nothing in the text goes on from it.
  Status ParseContinuation(bool* done);
  Status ContinueTest(bool* again);
  Status ContinueFromOperand(bool* again, bool* done);
  Status ContinueFromCondition(bool* again, bool* done);
  Status ContinueList(bool* again);
  Status OpenTest(bool* opened);
  Status EmitIs();
  Status CloseList(Frame frame);
  std::string_view UnsupportedOperator() const;
  Status RequireCondition();
  void RequireOperand();

  Status NothingStarts() const;
  void Emit(NodeKind kind, Operator op, uint32_t operands);
  void Combine(FrameKind loosest);
  void PushJump(FrameKind kind, NodeKind jump);

  SqlCursor& cursor_;
  Ast* const ast_;
  std::vector<Frame> frames_;
  Have have_ = Have::kOperand;
  bool scalar_literal_ = false;  // the last leaf is one
};

Status SqlConditionParser::NothingStarts() const {
  if (!cursor_.AtEnd() || frames_.empty()) return cursor_.NoTerm();
  switch (frames_.back().kind) {
    case FrameKind::kAnd:
    case FrameKind::kOr:
    case FrameKind::kComparison:
    case FrameKind::kBetweenLow:
      return NotWellFormed("Missing right-hand side expression of infix operator");
    case FrameKind::kBetweenHigh:
      return NotWellFormed("Expected expression after AND");
    default:
      return cursor_.NoTerm();
  }
}

Status SqlConditionParser::ParseStart() {
  for (;;) {
    const SqlToken& token = cursor_.current();
    if (token.Is("(")) {
      frames_.push_back({.kind = FrameKind::kGroup});
      cursor_.Advance();
    } else if (token.IsKeyword("NOT")) {
      frames_.push_back({.kind = FrameKind::kNot});
      cursor_.Advance();
    } else if (cursor_.AtCall()) {
      RETURN_IF_ERROR(OpenCall());
      if (have_ == Have::kCall) return Status::Ok();
    } else if (token.kind == SqlTokenKind::kParameter || AtLiteral(cursor_) || cursor_.AtName() ||
               token.IsKeyword("MISSING")) {
      scalar_literal_ = AtLiteral(cursor_) && !token.Is("[") && !token.Is("{") && !token.Is("<<");
      RETURN_IF_ERROR(ParseSqlLeaf(&cursor_, ast_));
      have_ = Have::kOperand;
      return Status::Ok();
    } else {
      return NothingStarts();
    }
  }
}

// A call without operands is complete at once: have_ says so.
Status SqlConditionParser::OpenCall() {
  have_ = Have::kOperand;
  const SqlToken token = cursor_.current();
  const std::string name = Lowered(Unquote(token.text, '"'));
  const Function function = FunctionNamed(name);
  if (function == Function::kUnknown || IsUpdateFunction(function)) {
    const Status unrecognized =
        Status::Validation("Unrecognized function: " + name + cursor_.Position(token));
    if (HasOwnSyntax(token) || cursor_.Ahead(2).IsKeyword("SELECT")) return unrecognized;
    RETURN_IF_ERROR(cursor_.Refuse(unrecognized));
  }
  cursor_.Advance();
  cursor_.Advance();
  const Frame frame{.kind = FrameKind::kCall,
                    .function = function,
                    .at = token.at,
                    .text = cursor_.arena()->Copy(name)};
  if (cursor_.Accept(")")) return CloseList(frame);
  frames_.push_back(frame);
  return Status::Ok();
}

Status SqlConditionParser::ParseContinuation(bool* done) {
  bool again = true;
  while (again && !*done) {
    again = false;
    if (!frames_.empty() && IsTest(frames_.back().kind)) {
      RETURN_IF_ERROR(ContinueTest(&again));
    } else if (have_ == Have::kCondition) {
      RETURN_IF_ERROR(ContinueFromCondition(&again, done));
    } else {
      RETURN_IF_ERROR(ContinueFromOperand(&again, done));
    }
  }
  return Status::Ok();
}

// Operators that PartiQL has and DynamoDB's conditions have not; empty: at none of them.
std::string_view SqlConditionParser::UnsupportedOperator() const {
  for (const std::string_view symbol : {"+", "-", "*", "/", "%", "||"}) {
    if (cursor_.At(symbol)) return symbol;
  }
  // That LIKE stands in lower case is not confirmed.
  const bool like =
      cursor_.AtKeyword("LIKE") || (cursor_.AtKeyword("NOT") && cursor_.Ahead(1).IsKeyword("LIKE"));
  return like ? "like" : "";
}

// The top frame is a comparison or BETWEEN, and what it awaited is there.
Status SqlConditionParser::ContinueTest(bool* again) {
  const bool equality =
      frames_.back().kind == FrameKind::kComparison && IsEquality(frames_.back().op);
  if (!UnsupportedOperator().empty() || (equality && AtTighterTest(cursor_))) {
    bool opened = false;
    return OpenTest(&opened);
  }
  RequireOperand();
  Frame& top = frames_.back();
  if (top.text == "like" && cursor_.AcceptKeyword("ESCAPE")) {
    top.kind = FrameKind::kBetweenHigh;
    return Status::Ok();
  }
  if (top.kind == FrameKind::kBetweenLow) {
    if (!cursor_.AcceptKeyword("AND")) return NotWellFormed("Expected AND keyword");
    top.kind = FrameKind::kBetweenHigh;
    return Status::Ok();
  }
  const bool between = top.kind == FrameKind::kBetweenHigh;
  Emit(between ? NodeKind::kBetween : NodeKind::kComparison, top.op, between ? 3 : 2);
  if (top.negated) Emit(NodeKind::kNot, Operator::kEqual, 0);
  frames_.pop_back();
  have_ = Have::kCondition;
  *again = true;
  return Status::Ok();
}

// The top frame is a call or IN, and one of its operands is there.
Status SqlConditionParser::ContinueList(bool* again) {
  RequireOperand();
  Frame& top = frames_.back();
  ++top.count;
  if (cursor_.Accept(",")) return Status::Ok();
  const std::string_view closing = top.kind == FrameKind::kCall ? ")" : top.text;
  if (!cursor_.Accept(closing)) {
    return NotWellFormed(closing == "]"    ? "Expected RIGHT_BRACKET"
                         : closing == ">>" ? "Expected RIGHT_DOUBLE_ANGLE_BRACKET"
                                           : "Expected RIGHT_PAREN");
  }
  const Frame frame = top;
  frames_.pop_back();
  *again = true;
  return CloseList(frame);
}

// A call's operands, or the right side of IN, are complete.
Status SqlConditionParser::CloseList(Frame frame) {
  const bool call = frame.kind == FrameKind::kCall;
  Emit(call ? NodeKind::kCall : NodeKind::kIn, Operator::kEqual,
       call ? frame.count : frame.count + 1);
  Node& node = ast_->nodes.back();
  node.function = frame.function;
  node.text = call ? frame.text : std::string_view();
  if (frame.negated) Emit(NodeKind::kNot, Operator::kEqual, 0);
  have_ = call ? Have::kCall : Have::kCondition;
  return Status::Ok();
}

// An operand or a call where a condition or an element of a list may stand: a test goes on from it,
// or it was that already.
Status SqlConditionParser::ContinueFromOperand(bool* again, bool* done) {
  bool opened = false;
  RETURN_IF_ERROR(OpenTest(&opened));
  if (opened) return Status::Ok();
  if (have_ == Have::kCondition) {  // IS
    *again = true;
    return Status::Ok();
  }
  const bool joined = cursor_.AtKeyword("AND") || cursor_.AtKeyword("OR");
  if (IsList(frames_) && !joined) return ContinueList(again);
  if (cursor_.At(")") && !frames_.empty() && frames_.back().kind == FrameKind::kGroup) {
    cursor_.Advance();
    frames_.pop_back();
    *again = true;
    return Status::Ok();
  }
  return ContinueFromCondition(again, done);
}

// A comparison, BETWEEN, IN or IS after an operand, or after a condition, which is one then.
Status SqlConditionParser::OpenTest(bool* opened) {
  const SqlToken token = cursor_.current();
  if (token.IsKeyword("IS")) return EmitIs();
  std::optional<Operator> comparator = ComparatorOf(token);
  const std::string_view unsupported = UnsupportedOperator();
  if (!unsupported.empty()) {
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation(
        "Unsupported operator in Condition Expression. Operator: " + std::string(unsupported))));
    comparator = Operator::kLess;  // it binds at least as tight
  }
  const bool negated =
      token.IsKeyword("NOT") && (cursor_.Ahead(1).IsKeyword("IN") ||
                                 cursor_.Ahead(1).IsKeyword("BETWEEN") || unsupported == "like");
  if (negated) cursor_.Advance();
  Frame frame{.at = token.at, .text = unsupported, .negated = negated};
  if (comparator) {
    frame.kind = FrameKind::kComparison;
    frame.op = *comparator;
  } else if (cursor_.AtKeyword("BETWEEN")) {
    frame.kind = FrameKind::kBetweenLow;
  } else if (cursor_.AtKeyword("IN")) {
    frame.kind = FrameKind::kIn;
    frame.text = cursor_.Ahead(1).Is("[") ? "]" : cursor_.Ahead(1).Is("<<") ? ">>" : ")";
  } else {
    return Status::Ok();
  }
  RequireOperand();
  cursor_.Advance();
  if (frame.kind == FrameKind::kIn) {
    if (cursor_.AtEnd()) {
      return NotWellFormed("Missing right-hand side expression of infix operator");
    }
    const bool list = cursor_.Accept("[") || cursor_.Accept("<<") || cursor_.Accept("(");
    if (list && cursor_.At(")")) return cursor_.NoTerm();
    const Status no_list = Status::Validation(
        "IN operator must have a left hand argument of type Variable Reference and right hand "
        "argument of type Seq with at least one member");
    if (cursor_.AtKeyword("SELECT")) return no_list;
    if (!list || cursor_.At(frame.text)) RETURN_IF_ERROR(cursor_.Refuse(no_list));
    if (!list) {
      frame.kind = FrameKind::kComparison;
    } else if (cursor_.Accept(frame.text)) {
      return CloseList(frame);
    }
  }
  frames_.push_back(frame);
  *opened = true;
  return Status::Ok();
}

Status SqlConditionParser::EmitIs() {
  cursor_.Advance();
  const bool negated = cursor_.AcceptKeyword("NOT");
  const bool takes =
      have_ == Have::kOperand && (ast_->nodes.back().kind == NodeKind::kPath || scalar_literal_);
  if (!takes) {
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation(
        "The left hand side argument to IS must be a Variable Reference, Literal, or Path")));
  }
  ASSIGN_OR_RETURN(const SqlType type, TakeSqlType(&cursor_));
  const bool missing = type.is_missing();
  if (!missing) {
    if (type.type_bytes.empty()) RETURN_IF_ERROR(cursor_.Refuse(NoTypeForIs(type)));
    ast_->nodes.push_back({.kind = NodeKind::kValue, .value = ValueView(type.type_bytes)});
  }
  Emit(NodeKind::kCall, Operator::kEqual, missing ? 1 : 2);
  Node& node = ast_->nodes.back();
  node.is_condition = true;
  node.function = !missing  ? Function::kAttributeType
                  : negated ? Function::kAttributeExists
                            : Function::kAttributeNotExists;
  node.text = missing ? "attribute_not_exists" : "attribute_type";
  if (negated && !missing) Emit(NodeKind::kNot, Operator::kEqual, 0);
  have_ = Have::kCondition;
  return Status::Ok();
}

// What a condition answers is an operand like any BOOL.
void SqlConditionParser::RequireOperand() {
  if (have_ == Have::kOperand) return;
  if (have_ == Have::kCall && ast_->nodes.back().function == Function::kSize) return;
  if (have_ == Have::kCall) ast_->nodes.back().is_condition = true;
  Emit(NodeKind::kTruth, Operator::kEqual, 0);
  have_ = Have::kOperand;
}

// What stands where a condition must is one, maybe a call.
Status SqlConditionParser::RequireCondition() {
  if (have_ == Have::kCondition) return Status::Ok();
  if (have_ == Have::kCall && ast_->nodes.back().function != Function::kSize) {
    ast_->nodes.back().is_condition = true;
    have_ = Have::kCondition;
    return Status::Ok();
  }
  const bool alone = frames_.empty() || frames_.back().kind == FrameKind::kGroup;
  const bool joined = cursor_.AtKeyword("AND") || cursor_.AtKeyword("OR");
  std::string text = "WHERE clause must contain an expression that resolves to a boolean";
  if (!frames_.empty() && frames_.back().kind == FrameKind::kNot) {
    text = "The argument to NOT must be a Type or Expression";
  } else if (!alone || joined) {
    text = "The arguments to AND/OR must be Expressions";
  }
  have_ = Have::kCondition;
  return cursor_.Refuse(Status::Validation(std::move(text)));
}

Status SqlConditionParser::ContinueFromCondition(bool* again, bool* done) {
  if (have_ == Have::kCondition) {
    bool opened = false;
    RETURN_IF_ERROR(OpenTest(&opened));
    if (opened) return Status::Ok();
  }
  const bool goes_on = cursor_.AtKeyword("AND") || cursor_.AtKeyword("OR");
  if (have_ != Have::kCondition && !goes_on && !EndsWhere(cursor_)) return UnexpectedToken();
  RETURN_IF_ERROR(RequireCondition());
  Combine(FrameKind::kNot);
  if (!frames_.empty() && IsTest(frames_.back().kind)) {  // a = NOT b
    *again = true;
    return Status::Ok();
  }
  if (cursor_.AtKeyword("AND")) {
    Combine(FrameKind::kAnd);
    PushJump(FrameKind::kAnd, NodeKind::kAndJump);
    return Status::Ok();
  }
  Combine(FrameKind::kOr);
  if (cursor_.AtKeyword("OR")) {
    PushJump(FrameKind::kOr, NodeKind::kOrJump);
    return Status::Ok();
  }
  if (frames_.empty()) {
    *done = true;
    return Status::Ok();
  }
  if (IsList(frames_)) return ContinueList(again);
  if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
  frames_.pop_back();
  *again = true;
  return Status::Ok();
}

void SqlConditionParser::Combine(FrameKind loosest) {
  Reduce(loosest, &frames_, ast_,
         [this](const Frame&) { Emit(NodeKind::kNot, Operator::kEqual, 0); });
}

void SqlConditionParser::PushJump(FrameKind kind, NodeKind jump) {
  frames_.push_back({.kind = kind, .jump = static_cast<uint32_t>(ast_->nodes.size())});
  Emit(jump, Operator::kEqual, 0);
  cursor_.Advance();
}

void SqlConditionParser::Emit(NodeKind kind, Operator op, uint32_t operands) {
  Node& node = ast_->nodes.emplace_back();
  node.kind = kind;
  node.op = op;
  node.operands = operands;
}

}  // namespace

Status ParseSqlCondition(SqlCursor* cursor, Ast* ast) {
  return SqlConditionParser(cursor, ast).Parse();
}

Status ParseSqlLeaf(SqlCursor* cursor, Ast* ast) {
  Node node;
  node.at = cursor->current().at;
  if (cursor->AtKeyword("MISSING")) {
    RETURN_IF_ERROR(
        cursor->Refuse(Status::Validation("MISSING must be compared using IS operator")));
    cursor->Advance();
    node.kind = NodeKind::kValue;
    node.value = ValueView(cursor->arena()->Copy(Value::Null().Encode()));
  } else if (cursor->current().kind == SqlTokenKind::kParameter) {
    node.kind = NodeKind::kValue;
    ASSIGN_OR_RETURN(node.value, cursor->TakeParameter());
  } else if (AtLiteral(*cursor)) {
    node.kind = NodeKind::kValue;
    ASSIGN_OR_RETURN(const std::string bytes, ParseLiteral(cursor));
    node.value = ValueView(cursor->arena()->Copy(bytes));
  } else {
    RETURN_IF_ERROR(cursor->ParsePath(ast, &node.ref));
  }
  ast->nodes.push_back(node);
  return Status::Ok();
}

}  // namespace millrace::expr
