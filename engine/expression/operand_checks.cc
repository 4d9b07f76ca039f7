#include "engine/expression/operand_checks.h"

#include <optional>
#include <string>

#include "engine/base/limits.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/path.h"

namespace millrace::expr {
namespace {

constexpr std::string_view kTypeNames = "{S,SS,N,NS,B,BS,BOOL,NULL,L,M}";
// What DynamoDB says of an operand of unknown type: its internal types, more than the ten. The
// order of the names in its sets differs between servers.
constexpr std::string_view kAnyType =
    "{S,SS,N,NS,B,BS,BOOL,NULL,L,M,HD,DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,DECIMAL,INT,DECIMALSET,"
    "INTSET}";

bool IsTypeName(std::string_view name) {
  for (int type = 0; type <= static_cast<int>(ValueType::kMap); ++type) {
    if (WireName(static_cast<ValueType>(type)) == name) return true;
  }
  return false;
}

bool IsOrdered(ValueType type) {
  return type == ValueType::kString || type == ValueType::kNumber || type == ValueType::kBinary;
}
bool HasPrefixes(ValueType type) {
  return type == ValueType::kString || type == ValueType::kBinary;
}
bool HasSize(ValueType type) {
  return type != ValueType::kNumber && type != ValueType::kBool && type != ValueType::kNull;
}
bool IsList(ValueType type) {
  return type == ValueType::kList;
}
bool IsNumber(ValueType type) {
  return type == ValueType::kNumber;
}

class Checker {
 public:
  Checker(std::string_view parameter, const Node& node, const uint32_t* operands, const Ast& ast)
      : parameter_(parameter), node_(node), operands_(operands), ast_(ast) {}

  Status Check() {
    switch (node_.kind) {
      case NodeKind::kComparison:
        return CheckComparison();
      case NodeKind::kBetween:
        return CheckBetween();
      case NodeKind::kIn:
        return CheckIn();
      case NodeKind::kArithmetic:
        return CheckTypes(OperatorText(node_.op), IsNumber);
      default:
        return CheckCall();
    }
  }

 private:
  const Node& operand(uint32_t i) const { return ast_.nodes[operands_[i]]; }

  // The type an operand has whatever the item.
  std::optional<ValueType> TypeOf(const Node& operand) const {
    if (operand.kind == NodeKind::kValue) return operand.value.type();
    if (operand.kind == NodeKind::kTruth) return ValueType::kBool;
    if (operand.kind == NodeKind::kCall && operand.function == Function::kSize)
      return ValueType::kNumber;
    return std::nullopt;
  }

  Status WrongType(std::string_view op, std::string_view type) const {
    std::string text = "Incorrect operand type for operator or function; operator or function: ";
    text += op;
    text += ", operand type: ";
    text += type;
    return Invalid(parameter_, text);
  }

  Status CheckTypes(std::string_view op, bool (*allowed)(ValueType)) const {
    for (uint32_t i = 0; i < node_.operands; ++i) {
      const std::optional<ValueType> type = TypeOf(operand(i));
      if (type && !allowed(*type)) return WrongType(op, WireName(*type));
    }
    return Status::Ok();
  }

  Status CheckDistinct(std::string_view op) const {
    if (operand(0).kind != NodeKind::kPath) return Status::Ok();
    const Path first = PathAt(ast_, operand(0).ref);
    for (uint32_t i = 1; i < node_.operands; ++i) {
      if (operand(i).kind != NodeKind::kPath || !SamePath(first, PathAt(ast_, operand(i).ref)))
        continue;
      std::string text =
          "The first operand must be distinct from the remaining operands for this operator or "
          "function; operator: ";
      text += op;
      text += ", first operand: ";
      text += PathText(first);
      return Invalid(parameter_, text);
    }
    return Status::Ok();
  }

  Status CheckComparison() const {
    const std::string_view op = OperatorText(node_.op);
    RETURN_IF_ERROR(CheckDistinct(op));
    if (node_.op == Operator::kEqual || node_.op == Operator::kNotEqual) return Status::Ok();
    return CheckTypes(op, IsOrdered);
  }

  Status CheckBetween() const {
    RETURN_IF_ERROR(CheckDistinct("BETWEEN"));
    RETURN_IF_ERROR(CheckTypes("BETWEEN", IsOrdered));
    const Node& low = operand(1);
    const Node& high = operand(2);
    if (low.kind != NodeKind::kValue || high.kind != NodeKind::kValue) return Status::Ok();
    std::string_view problem;
    if (low.value.type() != high.value.type()) {
      problem = "The BETWEEN operator requires same data type for lower and upper bounds; ";
    } else if (low.value.payload() > high.value.payload()) {
      problem =
          "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ";
    } else {
      return Status::Ok();
    }
    std::string text(problem);
    text += "lower bound operand: " + BoundText(low.value) +
            ", upper bound operand: " + BoundText(high.value);
    return Invalid(parameter_, text);
  }

  static std::string BoundText(ValueView value) {
    std::string out = "AttributeValue: {" + std::string(WireName(value.type())) + ":";
    if (value.Is(ValueType::kNumber)) {
      AppendPackedNumberText(value.payload(), &out);
    } else if (value.Is(ValueType::kBinary)) {
      // As Java shows a byte buffer. Not confirmed by a reply of DynamoDB.
      const std::string size = std::to_string(value.payload().size());
      out += "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]";
    } else {
      out += value.payload();
    }
    return out + "}";
  }

  Status CheckIn() const {
    const uint32_t candidates = node_.operands - 1;
    if (candidates > static_cast<uint32_t>(kInOperandsMax)) {
      return Invalid(parameter_,
                     "The IN operator is provided with too many operands; number of operands: " +
                         std::to_string(candidates));
    }
    return CheckDistinct("IN");
  }

  Status CheckCall() const {
    const bool one = node_.function == Function::kAttributeExists ||
                     node_.function == Function::kAttributeNotExists ||
                     node_.function == Function::kSize;
    if (node_.operands != (one ? 1u : 2u)) {
      std::string text =
          "Incorrect number of operands for operator or function; operator or function: ";
      text += node_.text;
      text += ", number of operands: " + std::to_string(node_.operands);
      return Invalid(parameter_, text);
    }
    if (node_.function != Function::kListAppend) RETURN_IF_ERROR(CheckDistinct(node_.text));
    switch (node_.function) {
      case Function::kAttributeExists:
      case Function::kAttributeNotExists:
      case Function::kIfNotExists:
        if (operand(0).kind == NodeKind::kPath) return Status::Ok();
        return Invalid(parameter_,
                       "Operator or function requires a document path; operator or function: " +
                           std::string(node_.text));
      case Function::kBeginsWith:
        return CheckTypes(node_.text, HasPrefixes);
      case Function::kSize:
        return CheckTypes(node_.text, HasSize);
      case Function::kListAppend:
        return CheckTypes(node_.text, IsList);
      case Function::kAttributeType:
        return CheckAttributeType();
      default:
        return Status::Ok();
    }
  }

  Status CheckAttributeType() const {
    const std::optional<ValueType> type = TypeOf(operand(1));
    if (!type) return WrongType(node_.text, kAnyType);
    if (type != ValueType::kString) return WrongType(node_.text, WireName(*type));
    const std::string_view name = operand(1).value.text();
    if (IsTypeName(name)) return Status::Ok();
    return Invalid(parameter_, "Invalid attribute type name found; type: " + std::string(name) +
                                   ", valid types: " + std::string(kTypeNames));
  }

  std::string_view parameter_;
  const Node& node_;
  const uint32_t* operands_;
  const Ast& ast_;
};

}  // namespace

std::string_view OperatorText(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return "=";
    case Operator::kNotEqual:
      return "<>";
    case Operator::kLess:
      return "<";
    case Operator::kLessOrEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterOrEqual:
      return ">=";
    case Operator::kPlus:
      return "+";
    case Operator::kMinus:
      return "-";
  }
  return "";
}

Status CheckOperands(std::string_view parameter, const Node& node, const uint32_t* operands,
                     const Ast& ast) {
  return Checker(parameter, node, operands, ast).Check();
}

}  // namespace millrace::expr
