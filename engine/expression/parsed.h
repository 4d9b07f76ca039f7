#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"
#include "engine/expression/path.h"

// What the classes of expression.h hold, and how parts of this folder make them.
namespace millrace {

struct ParsedCondition : expr::ParsedText {
  using ParsedText::ParsedText;
  std::shared_ptr<const void> keeps;  // of PartiQL: what the nodes point into
};

struct ParsedProjection : expr::ParsedText {
  using ParsedText::ParsedText;
  std::vector<expr::Path> paths;  // sorted
};

struct ParsedUpdate : expr::ParsedText {
  using ParsedText::ParsedText;
  std::vector<expr::Path> targets;    // sorted
  std::shared_ptr<const void> keeps;  // of PartiQL: what the nodes point into
  bool is_legacy = false;             // of AttributeUpdates, whose errors have other texts
};

class ExpressionMaker {
 public:
  static Condition Make(std::shared_ptr<const ParsedCondition> parsed) {
    Condition condition;
    condition.parsed_ = std::move(parsed);
    return condition;
  }
  static Projection Make(std::shared_ptr<const ParsedProjection> parsed) {
    Projection projection;
    projection.parsed_ = std::move(parsed);
    return projection;
  }
  static UpdateExpression Make(std::shared_ptr<const ParsedUpdate> parsed) {
    UpdateExpression update;
    update.parsed_ = std::move(parsed);
    return update;
  }
  static const ParsedUpdate& Parsed(const UpdateExpression& update) { return *update.parsed_; }
};

namespace expr {

// "One or more parameter values were invalid: Cannot update attribute NAME. This attribute is part
// of the key", and what CheckKeysAreScalars finds.
Status CheckUpdateKeys(const Ast& ast, const KeySchema& schema);

// Writes nodes without a text: names and values are copied into the ParsedText.
class AstWriter {
 public:
  explicit AstWriter(ParsedText* parsed) : parsed_(parsed) {}

  // A path of one step; returns its index in Ast::paths.
  uint32_t AddPath(std::string_view attribute);
  void Path(uint32_t path);
  void Value(ValueView value);
  // Of the operands written last.
  void Compare(Operator op) { Add({.kind = NodeKind::kComparison, .op = op, .operands = 2}); }
  void Between() { Add({.kind = NodeKind::kBetween, .operands = 3}); }
  void In(uint32_t operands) { Add({.kind = NodeKind::kIn, .operands = operands}); }
  void Call(Function function, bool is_condition, uint32_t operands) {
    Add({.kind = NodeKind::kCall,
         .function = function,
         .is_condition = is_condition,
         .operands = operands});
  }
  void Not() { Add({.kind = NodeKind::kNot}); }
  // kAndJump or kOrJump over what is written until Land.
  uint32_t Jump(NodeKind kind);
  void Land(uint32_t jump) { parsed_->ast.nodes[jump].ref = NodeCount(); }
  uint32_t NodeCount() const { return static_cast<uint32_t>(parsed_->ast.nodes.size()); }

 private:
  void Add(const Node& node);
  void Push(const Node& node);

  ParsedText* parsed_;
  uint32_t depth_ = 0;
};

}  // namespace expr
}  // namespace millrace
