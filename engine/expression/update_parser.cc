#include "engine/expression/update_parser.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/expression/parser_base.h"

namespace millrace::expr {
namespace {

constexpr std::array<std::string_view, 4> kSectionNames = {"SET", "REMOVE", "ADD", "DELETE"};

std::optional<ActionKind> SectionOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kSet:
      return ActionKind::kSet;
    case TokenKind::kRemove:
      return ActionKind::kRemove;
    case TokenKind::kAdd:
      return ActionKind::kAdd;
    case TokenKind::kDelete:
      return ActionKind::kDelete;
    default:
      return std::nullopt;
  }
}

enum class FrameKind : uint8_t {
  kGroup,         // "(" where arithmetic may stand
  kOperandGroup,  // "(" where only an operand may stand
  kCall,
  kArithmetic,  // the right operand is awaited
};

struct Frame {
  FrameKind kind;
  Operator op = Operator::kPlus;
  Function function = Function::kUnknown;
  uint32_t at = 0;
  uint32_t count = 0;
  std::string_view name = {};
};

// What was just completed of a value.
struct Completed {
  bool arithmetic = false;
  bool parentheses = false;
  bool redundant =
      false;  // parentheses directly in parentheses, unless what follows is a syntax error
};

class UpdateParser final : public ParserBase {
 public:
  UpdateParser(std::string_view parameter, ParsedText* parsed) : ParserBase(parameter, parsed) {}

  Status Parse() {
    do {
      RETURN_IF_ERROR(ParseSection());
    } while (!At(TokenKind::kEnd));
    return FirstNote();
  }

 private:
  // DynamoDB checks section by section, in the order of their first appearance; that a section
  // stands twice comes after everything in it.
  uint64_t KeyOf(uint32_t at) const override { return uint64_t{rank_} << 32 | at; }

  Status ParseSection();
  Status ParseAction(ActionKind kind);
  Status ParseValue();
  Status ParseValueStart();
  Status ParseValueContinuation(bool* done);
  Status ContinueInOperands(bool* again);
  Status ContinueValue(bool* again, bool* done);
  bool ArithmeticMayStart() const {
    return frames_.empty() || frames_.back().kind == FrameKind::kGroup;
  }
  void OpenCall();
  void NoteMisused(Function function, uint32_t at, std::string_view name);
  void CloseCall();
  void CloseArithmetic();

  uint32_t section_ = 0;
  uint32_t rank_ = 0;  // of the current kind of section
  uint32_t ranks_ = 0;
  std::array<std::optional<uint32_t>, 4> rank_of_kind_;
  std::vector<Frame> frames_;
  Completed have_;
};

Status UpdateParser::ParseSection() {
  const std::optional<ActionKind> kind = SectionOf(lexer_.current().kind);
  if (!kind) return SyntaxError();
  std::optional<uint32_t>& rank = rank_of_kind_[static_cast<size_t>(*kind)];
  const bool repeated = rank.has_value();
  if (!repeated) rank = ranks_++;
  rank_ = *rank;
  do {
    lexer_.Advance();  // the keyword or the comma
    RETURN_IF_ERROR(ParseAction(*kind));
  } while (At(TokenKind::kComma));
  if (!At(TokenKind::kEnd) && !SectionOf(lexer_.current().kind)) return SyntaxError();
  if (repeated) {
    const std::string name(kSectionNames[static_cast<size_t>(*kind)]);
    Note(KeyOf(std::numeric_limits<uint32_t>::max()),
         "The \"" + name + "\" section can only be used once in an update expression;");
  }
  ++section_;
  return Status::Ok();
}

Status UpdateParser::ParseAction(ActionKind kind) {
  Action action{.kind = kind, .section = section_};
  if (!ParsePath(&action.path)) return SyntaxError();
  action.first_node = static_cast<uint32_t>(ast_->nodes.size());
  if (kind == ActionKind::kSet) {
    if (!At(TokenKind::kEqual)) return SyntaxError();
    lexer_.Advance();
    RETURN_IF_ERROR(ParseValue());
  } else if (kind != ActionKind::kRemove) {
    if (!At(TokenKind::kValuePlaceholder)) return SyntaxError();
    EmitValue();
  }
  action.node_count = static_cast<uint32_t>(ast_->nodes.size()) - action.first_node;
  if (action.node_count != 0) AdjustStack(1, 0);
  ast_->actions.push_back(action);
  return Status::Ok();
}

Status UpdateParser::ParseValue() {
  bool done = false;
  while (!done) {
    RETURN_IF_ERROR(ParseValueStart());
    RETURN_IF_ERROR(ParseValueContinuation(&done));
  }
  if (!have_.redundant) return Status::Ok();
  const bool follows =
      At(TokenKind::kComma) || At(TokenKind::kEnd) || SectionOf(lexer_.current().kind);
  return follows ? RedundantParentheses() : SyntaxError();
}

Status UpdateParser::ParseValueStart() {
  for (;;) {
    switch (lexer_.current().kind) {
      case TokenKind::kOpen:
        frames_.push_back(
            {.kind = ArithmeticMayStart() ? FrameKind::kGroup : FrameKind::kOperandGroup});
        lexer_.Advance();
        continue;
      case TokenKind::kValuePlaceholder:
        EmitValue();
        have_ = {};
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
        have_ = {};
        return Status::Ok();
      }
      default:
        return SyntaxError();
    }
  }
}

Status UpdateParser::ParseValueContinuation(bool* done) {
  bool again = true;
  while (again && !*done) {
    again = false;
    if (ArithmeticMayStart()) {
      RETURN_IF_ERROR(ContinueValue(&again, done));
    } else {
      RETURN_IF_ERROR(ContinueInOperands(&again));
    }
  }
  return Status::Ok();
}

Status UpdateParser::ContinueInOperands(bool* again) {
  Frame& top = frames_.back();
  if (top.kind == FrameKind::kArithmetic) {
    CloseArithmetic();
    *again = true;
    return Status::Ok();
  }
  if (top.kind == FrameKind::kCall) {
    ++top.count;
    if (At(TokenKind::kComma)) {
      lexer_.Advance();
      return Status::Ok();
    }
  }
  if (!At(TokenKind::kClose)) return SyntaxError();
  if (top.kind == FrameKind::kCall) {
    lexer_.Advance();
    CloseCall();
  } else {
    if (have_.parentheses) return RedundantParentheses();
    lexer_.Advance();
    frames_.pop_back();
    have_.parentheses = true;
  }
  *again = true;
  return Status::Ok();
}

// Where a value or arithmetic stands, outside of calls.
Status UpdateParser::ContinueValue(bool* again, bool* done) {
  const bool sign = At(TokenKind::kPlus) || At(TokenKind::kMinus);
  if (sign && !have_.arithmetic) {
    if (have_.redundant) return RedundantParentheses();
    const Node& left = ast_->nodes.back();
    if (left.kind == NodeKind::kCall) NoteMisused(left.function, left.at, left.text);
    CountOperator(position());
    frames_.push_back({.kind = FrameKind::kArithmetic,
                       .op = At(TokenKind::kPlus) ? Operator::kPlus : Operator::kMinus,
                       .at = position()});
    lexer_.Advance();
    return Status::Ok();
  }
  if (frames_.empty()) {
    *done = true;  // the section's parser looks at what follows
    return Status::Ok();
  }
  if (!At(TokenKind::kClose)) return SyntaxError();
  if (have_.parentheses && have_.arithmetic) return RedundantParentheses();
  lexer_.Advance();
  frames_.pop_back();
  have_.redundant = have_.redundant || have_.parentheses;
  have_.parentheses = true;
  *again = true;
  return Status::Ok();
}

void UpdateParser::OpenCall() {
  const Function function = FunctionNamed(lexer_.text());
  const uint32_t at = position();
  if (function == Function::kUnknown) {
    Note(KeyOf(at), "Invalid function name; function: " + std::string(lexer_.text()));
  } else if (!IsUpdateFunction(function)) {
    Note(KeyOf(at), "The function is not allowed in an update expression; function: " +
                        std::string(lexer_.text()));
  }
  const bool is_operand = std::any_of(frames_.begin(), frames_.end(), [](const Frame& frame) {
    return frame.kind == FrameKind::kCall || frame.kind == FrameKind::kArithmetic;
  });
  if (is_operand) NoteMisused(function, at, lexer_.text());
  CountOperator(at);
  frames_.push_back(
      {.kind = FrameKind::kCall, .function = function, .at = at, .name = lexer_.text()});
  lexer_.Advance();  // the name
  lexer_.Advance();  // "("
}

// list_append is a value of its own, and no operand of anything: DynamoDB refuses it, though the
// developer guide's grammar would allow it (ScyllaDB's tests of Alternator ran it on AWS).
void UpdateParser::NoteMisused(Function function, uint32_t at, std::string_view name) {
  if (function != Function::kListAppend) return;
  Note(KeyOf(at), "The function is not allowed to be used this way in an expression; function: " +
                      std::string(name));
}

void UpdateParser::CloseCall() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Node& node = Emit(NodeKind::kCall, frame.at);
  node.function = frame.function;
  node.operands = frame.count;
  node.text = frame.name;
  AdjustStack(frame.count, 1);
  have_ = {};
}

void UpdateParser::CloseArithmetic() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Node& node = Emit(NodeKind::kArithmetic, frame.at);
  node.op = frame.op;
  node.operands = 2;
  AdjustStack(2, 1);
  have_ = {.arithmetic = true};
}

}  // namespace

Status ParseUpdateText(std::string_view parameter, ParsedText* parsed) {
  return UpdateParser(parameter, parsed).Parse();
}

}  // namespace millrace::expr
