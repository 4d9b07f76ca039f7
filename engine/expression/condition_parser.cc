#include "engine/expression/condition_parser.h"

#include <optional>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/condition_frames.h"
#include "engine/expression/parser_base.h"

namespace millrace::expr {
namespace {

struct Completed {
  Have kind = Have::kOperand;
  bool parentheses = false;  // stands directly in parentheses
  // Parentheses directly in parentheses. Reported once what follows has shown that they are no
  // syntax error.
  bool redundant = false;
};

std::optional<Operator> ComparatorOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return Operator::kEqual;
    case TokenKind::kNotEqual:
      return Operator::kNotEqual;
    case TokenKind::kLess:
      return Operator::kLess;
    case TokenKind::kLessOrEqual:
      return Operator::kLessOrEqual;
    case TokenKind::kGreater:
      return Operator::kGreater;
    case TokenKind::kGreaterOrEqual:
      return Operator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

class ConditionParser final : public ParserBase {
 public:
  ConditionParser(std::string_view parameter, ParsedText* parsed) : ParserBase(parameter, parsed) {
    frames_.reserve(16);
  }

  Status Parse() {
    bool done = false;
    while (!done) {
      RETURN_IF_ERROR(ParseStart());
      RETURN_IF_ERROR(ParseContinuation(&done));
    }
    return FirstNote();
  }

 private:
  // Reads opening tokens up to and including a leaf.
  Status ParseStart();
  // With something completed: closes and combines until an operand or condition is awaited again,
  // or the text ends.
  Status ParseContinuation(bool* done);
  // One step of it inside what only takes operands, and where a condition may stand. `*again`:
  // nothing is awaited yet.
  Status ContinueInOperands(bool* again);
  Status ContinueCondition(bool* again, bool* done);
  Status ContinueFromOperand(bool* again, bool* done);
  Status ContinueFromCondition(bool* again, bool* done);

  void OpenCall();
  void CloseCall();
  void CloseIn();
  void EmitComparison();
  void EmitBetween();
  void Combine(FrameKind loosest);
  void PushJump(FrameKind kind, NodeKind jump);
  // The call completed last stands where an operand must, or where a condition must.
  void NoteCallAsOperand();
  void NoteCallAsCondition();
  void CallMisused(const Node& call);
  void HaveCondition() { have_ = {.kind = Have::kCondition}; }

  std::vector<Frame> frames_;
  Completed have_;
};

Status ConditionParser::ParseStart() {
  for (;;) {
    switch (lexer_.current().kind) {
      case TokenKind::kOpen:
        frames_.push_back(
            {.kind = ConditionMayStart(frames_) ? FrameKind::kGroup : FrameKind::kOperandGroup});
        lexer_.Advance();
        continue;
      case TokenKind::kNot:
        if (!ConditionMayStart(frames_)) return SyntaxError();
        CountOperator(position());
        frames_.push_back({.kind = FrameKind::kNot, .at = position()});
        lexer_.Advance();
        continue;
      case TokenKind::kValuePlaceholder:
        EmitValue();
        have_ = {.kind = Have::kOperand};
        return Status::Ok();
      case TokenKind::kName:
        if (lexer_.OpenFollows()) {
          OpenCall();
          continue;
        }
        [[fallthrough]];
      case TokenKind::kNamePlaceholder: {
        const uint32_t at = position();
        uint32_t path = 0;
        if (!ParsePath(&path)) return SyntaxError();
        EmitPath(path, at);
        have_ = {.kind = Have::kOperand};
        return Status::Ok();
      }
      default:
        return SyntaxError();
    }
  }
}

void ConditionParser::OpenCall() {
  const Function function = FunctionNamed(lexer_.text());
  const uint32_t at = position();
  if (function == Function::kUnknown) {
    Note(KeyOf(at), "Invalid function name; function: " + std::string(lexer_.text()));
  } else if (IsUpdateFunction(function)) {
    Note(KeyOf(at), "The function is not allowed in a condition expression; function: " +
                        std::string(lexer_.text()));
  }
  CountOperator(at);
  frames_.push_back(
      {.kind = FrameKind::kCall, .function = function, .at = at, .text = lexer_.text()});
  lexer_.Advance();  // the name
  lexer_.Advance();  // "("
}

Status ConditionParser::ParseContinuation(bool* done) {
  bool again = true;
  while (again && !*done) {
    again = false;
    if (ConditionMayStart(frames_)) {
      RETURN_IF_ERROR(ContinueCondition(&again, done));
    } else {
      RETURN_IF_ERROR(ContinueInOperands(&again));
    }
  }
  return Status::Ok();
}

// The top frame takes operands only, so what was completed is one.
Status ConditionParser::ContinueInOperands(bool* again) {
  if (have_.kind == Have::kCall) NoteCallAsOperand();
  Frame& top = frames_.back();
  switch (top.kind) {
    case FrameKind::kComparison:
      EmitComparison();
      *again = true;
      return Status::Ok();
    case FrameKind::kBetweenLow:
      if (!At(TokenKind::kAnd)) return SyntaxError();
      lexer_.Advance();
      top.kind = FrameKind::kBetweenHigh;
      return Status::Ok();
    case FrameKind::kBetweenHigh:
      EmitBetween();
      *again = true;
      return Status::Ok();
    case FrameKind::kOperandGroup:
      if (!At(TokenKind::kClose)) return SyntaxError();
      if (have_.parentheses) return RedundantParentheses();
      lexer_.Advance();
      frames_.pop_back();
      have_.parentheses = true;
      if (have_.kind == Have::kCall) have_.kind = Have::kOperand;  // noted once
      *again = true;
      return Status::Ok();
    default:
      break;
  }
  // kCall and kIn: a list of operands.
  ++top.count;
  if (At(TokenKind::kComma)) {
    lexer_.Advance();
    return Status::Ok();
  }
  if (!At(TokenKind::kClose)) return SyntaxError();
  lexer_.Advance();
  if (top.kind == FrameKind::kCall) {
    CloseCall();
  } else {
    CloseIn();
  }
  *again = true;
  return Status::Ok();
}

Status ConditionParser::ContinueCondition(bool* again, bool* done) {
  return have_.kind == Have::kCondition ? ContinueFromCondition(again, done)
                                        : ContinueFromOperand(again, done);
}

// An operand or a call where a condition stands: a comparison goes on from it, or the call was the
// condition.
Status ConditionParser::ContinueFromOperand(bool* again, bool* done) {
  const std::optional<Operator> comparator = ComparatorOf(lexer_.current().kind);
  if (comparator || At(TokenKind::kBetween) || At(TokenKind::kIn)) {
    if (have_.redundant) return RedundantParentheses();
    if (have_.kind == Have::kCall) NoteCallAsOperand();
    CountOperator(position());
    Frame frame{.kind = FrameKind::kComparison, .at = position()};
    if (comparator) {
      frame.op = *comparator;
    } else {
      frame.kind = At(TokenKind::kBetween) ? FrameKind::kBetweenLow : FrameKind::kIn;
    }
    lexer_.Advance();
    if (frame.kind == FrameKind::kIn) {
      if (!At(TokenKind::kOpen)) return SyntaxError();
      lexer_.Advance();
    }
    frames_.push_back(frame);
    return Status::Ok();
  }
  if (At(TokenKind::kClose) && !frames_.empty() && frames_.back().kind == FrameKind::kGroup) {
    lexer_.Advance();
    frames_.pop_back();
    have_.redundant = have_.redundant || have_.parentheses;
    have_.parentheses = true;
    *again = true;
    return Status::Ok();
  }
  if (have_.kind != Have::kCall) return SyntaxError();
  // The call is a condition, if the text goes on as one.
  const Completed call = have_;
  have_.kind = Have::kCondition;
  RETURN_IF_ERROR(ContinueFromCondition(again, done));
  if (call.redundant) return RedundantParentheses();
  return Status::Ok();
}

Status ConditionParser::ContinueFromCondition(bool* again, bool* done) {
  const bool is_call = !ast_->nodes.empty() && ast_->nodes.back().kind == NodeKind::kCall &&
                       !ast_->nodes.back().is_condition;
  if (At(TokenKind::kAnd) || At(TokenKind::kOr) || At(TokenKind::kClose) || At(TokenKind::kEnd)) {
    if (is_call) NoteCallAsCondition();
  }
  switch (lexer_.current().kind) {
    case TokenKind::kAnd:
      Combine(FrameKind::kAnd);
      PushJump(FrameKind::kAnd, NodeKind::kAndJump);
      return Status::Ok();
    case TokenKind::kOr:
      Combine(FrameKind::kOr);
      PushJump(FrameKind::kOr, NodeKind::kOrJump);
      return Status::Ok();
    case TokenKind::kClose:
      Combine(FrameKind::kOr);
      if (frames_.empty()) return SyntaxError();
      if (have_.parentheses) return RedundantParentheses();
      lexer_.Advance();
      frames_.pop_back();
      have_.parentheses = true;
      *again = true;
      return Status::Ok();
    case TokenKind::kEnd:
      Combine(FrameKind::kOr);
      if (!frames_.empty()) return SyntaxError();
      *done = true;
      return Status::Ok();
    default:
      return SyntaxError();
  }
}

void ConditionParser::Combine(FrameKind loosest) {
  const auto emit_not = [this](const Frame& frame) { Emit(NodeKind::kNot, frame.at); };
  if (Reduce(loosest, &frames_, ast_, emit_not)) have_.parentheses = false;
}

void ConditionParser::PushJump(FrameKind kind, NodeKind jump) {
  CountOperator(position());
  frames_.push_back(
      {.kind = kind, .at = position(), .jump = static_cast<uint32_t>(ast_->nodes.size())});
  Emit(jump, position());
  lexer_.Advance();
}

void ConditionParser::CloseCall() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Node& node = Emit(NodeKind::kCall, frame.at);
  node.function = frame.function;
  node.operands = frame.count;
  node.text = frame.text;
  AdjustStack(frame.count, 1);
  have_ = {.kind = Have::kCall};
}

void ConditionParser::CloseIn() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Node& node = Emit(NodeKind::kIn, frame.at);
  node.operands = frame.count + 1;
  AdjustStack(node.operands, 0);
  HaveCondition();
}

void ConditionParser::EmitComparison() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Node& node = Emit(NodeKind::kComparison, frame.at);
  node.op = frame.op;
  node.operands = 2;
  AdjustStack(2, 0);
  HaveCondition();
}

void ConditionParser::EmitBetween() {
  const uint32_t at = frames_.back().at;
  frames_.pop_back();
  Emit(NodeKind::kBetween, at).operands = 3;
  AdjustStack(3, 0);
  HaveCondition();
}

void ConditionParser::CallMisused(const Node& call) {
  Note(KeyOf(call.at),
       "The function is not allowed to be used this way in an expression; function: " +
           std::string(call.text));
}

void ConditionParser::NoteCallAsOperand() {
  const Node& call = ast_->nodes.back();
  if (call.function != Function::kSize && call.function != Function::kUnknown) CallMisused(call);
}

void ConditionParser::NoteCallAsCondition() {
  Node& call = ast_->nodes.back();
  call.is_condition = true;
  AdjustStack(1, 0);
  if (call.function == Function::kSize) CallMisused(call);
}

}  // namespace

Status ParseConditionText(std::string_view parameter, ParsedText* parsed) {
  return ConditionParser(parameter, parsed).Parse();
}

}  // namespace millrace::expr
