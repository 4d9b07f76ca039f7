#include "engine/expression/lexer.h"

#include <algorithm>
#include <array>

namespace millrace::expr {
namespace {

enum CharClass : uint8_t { kOther = 0, kSpace = 1, kLetter = 2, kDigit = 4, kWordChar = 8 };

constexpr std::array<uint8_t, 256> MakeCharClasses() {
  std::array<uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r'}) classes[static_cast<uint8_t>(c)] = kSpace;
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = kLetter | kWordChar;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kDigit | kWordChar;
  classes['_'] = kWordChar;
  return classes;
}
constexpr std::array<uint8_t, 256> kCharClasses = MakeCharClasses();

bool Is(char c, CharClass wanted) {
  return (kCharClasses[static_cast<uint8_t>(c)] & wanted) != 0;
}

// `word` has letters only where `keyword` (upper case) has them, so folding case by a bit is exact.
bool IsKeyword(std::string_view word, std::string_view keyword) {
  for (size_t i = 0; i < keyword.size(); ++i) {
    if ((word[i] & ~0x20) != keyword[i]) return false;
  }
  return true;
}

TokenKind KindOfWord(std::string_view word) {
  switch (word.size()) {
    case 2:
      if (IsKeyword(word, "OR")) return TokenKind::kOr;
      if (IsKeyword(word, "IN")) return TokenKind::kIn;
      break;
    case 3:
      if (IsKeyword(word, "AND")) return TokenKind::kAnd;
      if (IsKeyword(word, "NOT")) return TokenKind::kNot;
      if (IsKeyword(word, "SET")) return TokenKind::kSet;
      if (IsKeyword(word, "ADD")) return TokenKind::kAdd;
      break;
    case 6:
      if (IsKeyword(word, "REMOVE")) return TokenKind::kRemove;
      if (IsKeyword(word, "DELETE")) return TokenKind::kDelete;
      break;
    case 7:
      if (IsKeyword(word, "BETWEEN")) return TokenKind::kBetween;
      break;
    default:
      break;
  }
  return TokenKind::kName;
}

TokenKind KindOfPunctuation(char c) {
  switch (c) {
    case '=':
      return TokenKind::kEqual;
    case '+':
      return TokenKind::kPlus;
    case '-':
      return TokenKind::kMinus;
    case '(':
      return TokenKind::kOpen;
    case ')':
      return TokenKind::kClose;
    case '[':
      return TokenKind::kOpenIndex;
    case ']':
      return TokenKind::kCloseIndex;
    case '.':
      return TokenKind::kDot;
    case ',':
      return TokenKind::kComma;
    default:
      return TokenKind::kUnknown;
  }
}

uint32_t Utf8Length(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

Lexer::Lexer(std::string_view text) : text_(text), current_(Read(0)) {
  previous_begin_ = current_.begin;
}

void Lexer::Advance() {
  previous_begin_ = current_.begin;
  first_ = false;
  current_ = Read(current_.end);
}

bool Lexer::OpenFollows() const {
  size_t at = current_.end;
  while (at < text_.size() && Is(text_[at], kSpace)) ++at;
  return at < text_.size() && text_[at] == '(';
}

Token Lexer::Read(uint32_t at) const {
  const auto size = static_cast<uint32_t>(text_.size());
  while (at < size && Is(text_[at], kSpace)) ++at;
  if (at == size) return {TokenKind::kEnd, size, size};

  const char c = text_[at];
  uint32_t end = at + 1;
  const auto take = [&](CharClass wanted) {
    while (end < size && Is(text_[end], wanted)) ++end;
  };
  const auto next_is = [&](char wanted) { return end < size && text_[end] == wanted; };

  if (Is(c, kLetter)) {
    take(kWordChar);
    return {KindOfWord(text_.substr(at, end - at)), at, end};
  }
  if (Is(c, kDigit)) {
    if (c != '0') take(kDigit);
    return {TokenKind::kIndex, at, end};
  }
  if (c == '#' || c == ':') {
    take(kWordChar);
    if (end == at + 1) return {TokenKind::kUnknown, at, end};
    return {c == '#' ? TokenKind::kNamePlaceholder : TokenKind::kValuePlaceholder, at, end};
  }
  if (c == '<') {
    if (next_is('>')) return {TokenKind::kNotEqual, at, end + 1};
    if (next_is('=')) return {TokenKind::kLessOrEqual, at, end + 1};
    return {TokenKind::kLess, at, end};
  }
  if (c == '>') {
    if (next_is('=')) return {TokenKind::kGreaterOrEqual, at, end + 1};
    return {TokenKind::kGreater, at, end};
  }
  const TokenKind kind = KindOfPunctuation(c);
  if (kind == TokenKind::kUnknown) end = std::min(size, at + Utf8Length(c));
  return {kind, at, end};
}

// Space after the last token, and a text of nothing but space, are shown as they are. Not confirmed
// by a reply of DynamoDB.
std::string Lexer::SyntaxErrorText() const {
  const Token next = Read(current_.end);
  std::string out = "Syntax error; token: \"";
  out += At(TokenKind::kEnd) ? std::string_view("<EOF>") : text();
  out += "\", near: \"";
  const uint32_t begin = first_ ? current_.begin : previous_begin_;
  out += text_.substr(begin, next.end - begin);
  out += '"';
  return out;
}

}  // namespace millrace::expr
