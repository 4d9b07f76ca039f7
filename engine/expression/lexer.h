#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::expr {

// The tokens of all five expression kinds. Keywords are keywords everywhere: `or` is no attribute
// name in a projection either.
enum class TokenKind : uint8_t {
  kEnd,
  kName,              // a letter, then letters, digits and _
  kNamePlaceholder,   // #name
  kValuePlaceholder,  // :value
  kIndex,             // 0, or digits that do not begin with 0
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kPlus,
  kMinus,
  kOpen,        // (
  kClose,       // )
  kOpenIndex,   // [
  kCloseIndex,  // ]
  kDot,
  kComma,
  kAnd,
  kOr,
  kNot,
  kIn,
  kBetween,
  kSet,
  kRemove,
  kAdd,
  kDelete,
  kUnknown,  // one character (of UTF-8) that begins no token
};

// Offsets are into the expression's text.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Splits an expression into tokens on demand, one ahead. The text must outlive it.
class Lexer {
 public:
  explicit Lexer(std::string_view text);

  const Token& current() const { return current_; }
  bool At(TokenKind kind) const { return current_.kind == kind; }
  std::string_view text() const {
    return text_.substr(current_.begin, current_.end - current_.begin);
  }
  void Advance();
  // The token after the current one is "(".
  bool OpenFollows() const;

  // `Syntax error; token: "x", near: "a x b"` for the current token: the text from the token before
  // it to the one after it.
  std::string SyntaxErrorText() const;

 private:
  Token Read(uint32_t at) const;
  std::string_view text_;
  Token current_;
  uint32_t previous_begin_ = 0;
  bool first_ = true;
};

}  // namespace millrace::expr
