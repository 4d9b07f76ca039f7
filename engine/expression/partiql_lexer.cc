#include "engine/expression/partiql_lexer.h"

#include <algorithm>

namespace millrace::expr {
namespace {

constexpr std::string_view kNotWellFormed = "Statement wasn't well formed, can't be processed: ";

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool BeginsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

class StatementLexer {
 public:
  explicit StatementLexer(std::string_view text) : text_(text) {}

  Result<std::vector<SqlToken>> Run() {
    while (SkipSpace()) {
      const char c = text_[at_];
      if (c == '\'' || c == '"') {
        if (!TakeQuoted(c)) return NotWellFormed("");
      } else if (BeginsWord(c)) {
        size_t end = at_ + 1;
        while (end < text_.size() && (BeginsWord(text_[end]) || IsDigit(text_[end]))) ++end;
        Take(SqlTokenKind::kWord, end - at_);
      } else if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) {
        const size_t length = NumberLength();
        if (length == 0) return NotWellFormed("");
        Take(SqlTokenKind::kNumber, length);
      } else if (c == '?') {
        Take(SqlTokenKind::kParameter, 1);
      } else {
        const size_t length = PunctuationLength();
        if (length == 0) return NotWellFormed("");
        Take(SqlTokenKind::kPunctuation, length);
      }
    }
    if (unterminated_) return NotWellFormed("");
    Take(SqlTokenKind::kEnd, 0);
    return std::move(tokens_);
  }

 private:
  char At(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  // To the next token; false at the end.
  bool SkipSpace() {
    while (at_ < text_.size()) {
      if (IsSpace(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_, 2) == "--") {
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const size_t end = text_.find("*/", at_ + 2);
        unterminated_ = end == text_.npos;
        at_ = unterminated_ ? text_.size() : end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  void Take(SqlTokenKind kind, size_t length) {
    tokens_.push_back({kind, text_.substr(at_, length), static_cast<uint32_t>(at_),
                       static_cast<uint32_t>(length)});
    at_ += length;
  }

  bool TakeQuoted(char quote) {
    size_t end = at_ + 1;
    for (;; end += 2) {
      end = text_.find(quote, end);
      if (end == text_.npos) return false;
      if (At(end + 1) != quote) break;
    }
    Take(quote == '"' ? SqlTokenKind::kQuotedName : SqlTokenKind::kString, end + 1 - at_);
    std::string_view& text = tokens_.back().text;
    text = text.substr(1, text.size() - 2);
    return true;
  }

  // 0: an exponent without digits, or a second point after the first; the reference lexer refuses
  // both. What else follows is another token: 1.2.3 is 1.2 and .3.
  size_t NumberLength() const {
    size_t end = at_;
    while (IsDigit(At(end))) ++end;
    if (At(end) == '.') {
      ++end;
      if (At(end) == '.') return 0;
      while (IsDigit(At(end))) ++end;
    }
    if (At(end) == 'e' || At(end) == 'E') {
      ++end;
      if (At(end) == '+' || At(end) == '-') ++end;
      if (!IsDigit(At(end))) return 0;
      while (IsDigit(At(end))) ++end;
    }
    return end - at_;
  }

  // 0: no token begins so.
  size_t PunctuationLength() const {
    const std::string_view two = text_.substr(at_, 2);
    for (const std::string_view token : {"<<", ">>", "<>", "<=", ">=", "!=", "||"}) {
      if (two == token) return 2;
    }
    return std::string_view("()[]{}.,:;=<>+-*/%@").find(text_[at_]) == std::string_view::npos ? 0
                                                                                              : 1;
  }

  const std::string_view text_;
  size_t at_ = 0;
  bool unterminated_ = false;
  std::vector<SqlToken> tokens_;
};

}  // namespace

bool SqlToken::IsKeyword(std::string_view keyword) const {
  if (kind != SqlTokenKind::kWord || text.size() != keyword.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Upper(text[i]) != keyword[i]) return false;
  }
  return true;
}

Status NotWellFormed(std::string_view detail) {
  return Status::Validation(std::string(kNotWellFormed) + std::string(detail));
}

bool IsNotWellFormed(const Status& status) {
  return std::string_view(status.message()).substr(0, kNotWellFormed.size()) == kNotWellFormed;
}

Status UnexpectedToken() {
  return NotWellFormed("Unexpected token after expression");
}

Result<std::vector<SqlToken>> LexStatement(std::string_view statement) {
  return StatementLexer(statement).Run();
}

std::string Unquote(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == quote) ++i;
  }
  return out;
}

std::string Lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string PositionText(std::string_view statement, const SqlToken& token) {
  const std::string_view before = statement.substr(0, token.at);
  const size_t line_begin = before.find_last_of("\r\n") + 1;  // npos + 1 is 0
  size_t line = 1;
  for (size_t i = 0; i < before.size(); ++i) {
    const bool ends_at_feed = before[i] == '\r' && before.substr(i + 1, 1) == "\n";
    if ((before[i] == '\r' && !ends_at_feed) || before[i] == '\n') ++line;
  }
  return " at " + std::to_string(line) + ":" +
         std::to_string(CountCharacters(before.substr(line_begin)) + 1) + ":" +
         std::to_string(CountCharacters(statement.substr(token.at, token.length)));
}

}  // namespace millrace::expr
