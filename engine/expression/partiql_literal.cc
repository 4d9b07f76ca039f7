#include "engine/expression/partiql_literal.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/partiql_decimal.h"
#include "engine/model/number.h"

namespace millrace::expr {
namespace {

// The item itself is a level, so that a value in it may have one less than this.
constexpr auto kOpenMax = static_cast<size_t>(kNestingDepthMax);

// A list, map, bag or parenthesis that is still open.
struct OpenContainer {
  ValueType type = ValueType::kList;  // kStringSet for a bag of any kind
  bool parenthesised = false;         // "(" of one value, which it is, or of a list
  std::vector<std::string> elements;
  std::vector<std::string> names;    // of a map
  std::vector<std::string> written;  // of a bag: its elements as they are shown
};

bool IsSign(const SqlToken& token) {
  return token.Is("-") || token.Is("+");
}

class LiteralParser {
 public:
  explicit LiteralParser(SqlCursor* cursor) : cursor_(*cursor) {}

  Result<std::string> Run() {
    for (;;) {
      RETURN_IF_ERROR(Begin());
      while (value_) {
        if (open_.empty()) return std::move(*value_);
        RETURN_IF_ERROR(AddToContainer());
      }
    }
  }

 private:
  // Reads what opens containers, up to and including a scalar or an empty container.
  Status Begin();
  Status ReadScalar();
  Status ReadNumber();
  // Puts the value into the innermost container, and closes that if it ends.
  Status AddToContainer();
  Status AddToBag(OpenContainer* bag, std::string value);
  Status ReadName(OpenContainer* map);
  Status Close();
  Status CloseBag(OpenContainer bag);
  void CloseMap(OpenContainer map);

  std::string_view Closing() const {
    if (open_.back().parenthesised) return ")";
    switch (open_.back().type) {
      case ValueType::kList:
        return "]";
      case ValueType::kMap:
        return "}";
      default:
        return ">>";
    }
  }
  std::string_view ExpectedClosing() const {
    if (open_.back().parenthesised) return "Expected RIGHT_PAREN";
    switch (open_.back().type) {
      case ValueType::kList:
        return "Expected RIGHT_BRACKET";
      case ValueType::kMap:
        return "Expected RIGHT_CURLY";
      default:
        return "Expected RIGHT_DOUBLE_ANGLE_BRACKET";
    }
  }
  // "root.a[0]": where the next value goes.
  std::string Place() const;
  Status TooDeep() const {
    return Status::Validation("Nesting Levels have exceeded supported limits under " + Place());
  }

  SqlCursor& cursor_;
  std::vector<OpenContainer> open_;
  std::optional<std::string> value_;  // just completed
  std::string written_;               // how that is shown
};

Status LiteralParser::Begin() {
  for (;;) {
    if (open_.size() >= kOpenMax) return TooDeep();
    OpenContainer container;
    if (cursor_.Accept("[")) {
      container.type = ValueType::kList;
    } else if (cursor_.Accept("(")) {
      container.parenthesised = true;
    } else if (cursor_.Accept("{")) {
      container.type = ValueType::kMap;
    } else if (cursor_.Accept("<<")) {
      container.type = ValueType::kStringSet;
    } else {
      return ReadScalar();
    }
    open_.push_back(std::move(container));
    if (open_.back().parenthesised) continue;
    if (cursor_.Accept(Closing())) return open_.size() < kOpenMax ? Close() : TooDeep();
    if (open_.back().type == ValueType::kMap) RETURN_IF_ERROR(ReadName(&open_.back()));
  }
}

Status LiteralParser::ReadScalar() {
  const SqlToken token = cursor_.current();
  written_ = token.text;
  if (token.kind == SqlTokenKind::kNumber || IsSign(token)) return ReadNumber();
  if (token.kind == SqlTokenKind::kString) {
    written_ = Unquote(token.text, '\'');
    value_ = Value::String(written_).Encode();
  } else if (token.IsKeyword("TRUE") || token.IsKeyword("FALSE")) {
    value_ = Value::Bool(token.IsKeyword("TRUE")).Encode();
  } else if (token.IsKeyword("NULL")) {
    value_ = Value::Null().Encode();
  } else if (token.kind == SqlTokenKind::kParameter) {
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation(
        "Unsupported data type: Parameter under key " + Place() + cursor_.Position(token))));
    RETURN_IF_ERROR(cursor_.TakeParameter().status());
    value_ = Value::Null().Encode();
    return Status::Ok();
  } else if (cursor_.AtCall()) {
    return Status::Validation("Unsupported data type: " + std::string(token.text) + " under key " +
                              Place() + cursor_.Position(token));
  } else if (cursor_.AtName() || token.IsKeyword("MISSING")) {
    // The names of the types are not confirmed.
    return Status::Validation(std::string("Unsupported data type: ") +
                              (cursor_.AtName() ? "VariableReference" : "LiteralMissing") +
                              " under key " + Place() + cursor_.Position(token));
  } else {
    return cursor_.NoTerm();
  }
  cursor_.Advance();
  return Status::Ok();
}

Status LiteralParser::ReadNumber() {
  const std::string sign(cursor_.current().text);
  bool negative = false;
  size_t parentheses = 0;
  while (IsSign(cursor_.current()) || cursor_.At("(")) {
    if (cursor_.At("-")) negative = !negative;
    if (cursor_.At("(")) ++parentheses;
    cursor_.Advance();
  }
  const std::string_view text = cursor_.current().text;
  const bool at_number = cursor_.current().kind == SqlTokenKind::kNumber;
  if (!at_number && (AtLiteral(cursor_) || cursor_.AtName() || cursor_.AtCall() ||
                     cursor_.current().kind == SqlTokenKind::kParameter)) {
    // Observed for a sign before a path.
    return Status::Validation(
        "Incorrect number of operands for operator or function; operator or function: " + sign +
        ", number of operands: 1");
  }
  if (!at_number) return cursor_.NoTerm();
  if (!ReadJavaDecimal(text).fits) return NotWellFormed("");
  const Result<Number> number = Number::Parse(text);
  if (number.ok()) {
    value_ = Value::OfNumber(negative ? number->Negated() : *number).Encode();
  } else {
    RETURN_IF_ERROR(
        cursor_.Refuse(Status::Validation(number.status().message() + " under " + Place())));
    value_ = Value::Null().Encode();
  }
  written_ = (negative ? "-" : "") + std::string(text);
  cursor_.Advance();
  for (; parentheses > 0; --parentheses) {
    if (!cursor_.Accept(")")) return NotWellFormed("Expected RIGHT_PAREN");
  }
  return Status::Ok();
}

Status LiteralParser::AddToContainer() {
  OpenContainer& container = open_.back();
  if (container.type == ValueType::kStringSet) {
    RETURN_IF_ERROR(AddToBag(&container, std::move(*value_)));
  } else {
    container.elements.push_back(std::move(*value_));
  }
  value_.reset();
  if (cursor_.Accept(Closing())) return Close();
  if (!cursor_.Accept(",")) return NotWellFormed(ExpectedClosing());
  return container.type == ValueType::kMap ? ReadName(&container) : Status::Ok();
}

Status LiteralParser::AddToBag(OpenContainer* bag, std::string value) {
  const ValueType type = ValueView(value).type();
  const bool fits = (type == ValueType::kString || type == ValueType::kNumber) &&
                    (bag->elements.empty() || ValueView(bag->elements[0]).type() == type);
  if (!fits) {
    return cursor_.Refuse(Status::Validation(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"));
  }
  bag->elements.push_back(std::move(value));
  bag->written.push_back(written_);
  return Status::Ok();
}

Status LiteralParser::ReadName(OpenContainer* map) {
  const SqlToken token = cursor_.current();
  RETURN_IF_ERROR(CheckTupleKey(cursor_, Place()));
  std::string name = Unquote(token.text, '\'');
  if (name.empty()) {
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation("Empty attribute name")));
  }
  if (name.size() > kAttributeNameSizeMax) {
    return Status::Validation("Attribute name is too large, must be less than 65536 bytes");
  }
  if (std::find(map->names.begin(), map->names.end(), name) != map->names.end()) {
    OpenContainer inner = std::move(*map);
    open_.pop_back();  // so that Place() is the map's
    RETURN_IF_ERROR(cursor_.Refuse(
        Status::Validation("Duplicate keys in tuple. Key: " + name + " under " + Place())));
    open_.push_back(std::move(inner));
    map = &open_.back();
  }
  cursor_.Advance();
  if (!cursor_.Accept(":")) return NotWellFormed("Expected COLON");
  map->names.push_back(std::move(name));
  return Status::Ok();
}

Status LiteralParser::Close() {
  OpenContainer container = std::move(open_.back());
  open_.pop_back();
  if (container.parenthesised && container.elements.size() == 1) {
    value_ = std::move(container.elements[0]);
    return Status::Ok();
  }
  switch (container.type) {
    case ValueType::kStringSet:
      return CloseBag(std::move(container));
    case ValueType::kMap:
      CloseMap(std::move(container));
      return Status::Ok();
    default: {
      const std::vector<std::string_view> elements(container.elements.begin(),
                                                   container.elements.end());
      AppendContainer(ValueType::kList, elements, &value_.emplace());
      return Status::Ok();
    }
  }
}

Status LiteralParser::CloseBag(OpenContainer bag) {
  if (bag.elements.empty()) {
    value_ = Value::Null().Encode();
    return cursor_.Refuse(Status::Validation("Empty bags are not supported"));
  }
  const bool numbers = ValueView(bag.elements[0]).Is(ValueType::kNumber);
  std::vector<std::string_view> payloads;
  for (const std::string& element : bag.elements) payloads.push_back(ValueView(element).payload());
  std::sort(payloads.begin(), payloads.end());
  if (std::adjacent_find(payloads.begin(), payloads.end()) != payloads.end()) {
    std::string text = "One or more parameter values were invalid: Input collection [";
    for (size_t i = 0; i < bag.written.size(); ++i) text += (i == 0 ? "" : ", ") + bag.written[i];
    // Both endings as DynamoDB has them.
    text += numbers ? "] contains duplicates! under " + Place() : "] contains duplicates.";
    RETURN_IF_ERROR(cursor_.Refuse(Status::Validation(std::move(text))));
  }
  AppendContainer(numbers ? ValueType::kNumberSet : ValueType::kStringSet, payloads,
                  &value_.emplace());
  return Status::Ok();
}

void LiteralParser::CloseMap(OpenContainer map) {
  std::vector<size_t> order(map.names.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&map](size_t a, size_t b) { return map.names[a] < map.names[b]; });
  std::vector<std::string> entries(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    AppendMapEntry(map.names[order[i]], map.elements[order[i]], &entries[i]);
  }
  const std::vector<std::string_view> views(entries.begin(), entries.end());
  AppendContainer(ValueType::kMap, views, &value_.emplace());
}

std::string LiteralParser::Place() const {
  std::string place = "root";
  for (const OpenContainer& container : open_) {
    if (container.type == ValueType::kMap) {
      if (container.names.size() > container.elements.size()) place += "." + container.names.back();
    } else if (container.type == ValueType::kList) {
      place += "[" + std::to_string(container.elements.size()) + "]";
    }
  }
  return place;
}

}  // namespace

bool AtLiteral(const SqlCursor& cursor) {
  const SqlToken& token = cursor.current();
  switch (token.kind) {
    case SqlTokenKind::kString:
    case SqlTokenKind::kNumber:
      return true;
    case SqlTokenKind::kWord:
      return token.IsKeyword("TRUE") || token.IsKeyword("FALSE") || token.IsKeyword("NULL");
    default:
      return token.Is("[") || token.Is("{") || token.Is("<<") || IsSign(token);
  }
}

Status CheckTupleKey(const SqlCursor& cursor, const std::string& place) {
  const SqlToken& token = cursor.current();
  if (token.kind == SqlTokenKind::kString) return Status::Ok();
  if (!cursor.AtName() && !AtLiteral(cursor)) return cursor.NoTerm();
  // What it calls the types is not confirmed.
  return Status::Validation("Tuple keys must be of type String. Actual type: " +
                            (cursor.AtName() ? "VariableReference" : std::string(token.text)) +
                            " under " + place);
}

Result<std::string> ParseLiteral(SqlCursor* cursor) {
  return LiteralParser(cursor).Run();
}

}  // namespace millrace::expr
