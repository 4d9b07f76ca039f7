#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

// The tokens of PartiQL statements. Source: the PartiQL specification's lexical structure, as far
// as "PartiQL for DynamoDB" in the developer guide uses it.
namespace millrace::expr {

enum class SqlTokenKind : uint8_t {
  kEnd,
  kWord,        // a letter, _ or $, then those and digits: a keyword or a name
  kQuotedName,  // "name", a doubled " inside stands for one
  kString,      // 'text', a doubled ' inside stands for one
  kNumber,      // digits with an optional point and exponent, without a sign
  kParameter,   // ?
  kPunctuation,
};

struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::kEnd;
  // As written; of quoted names and strings what is between the quotes, with quotes still doubled.
  std::string_view text;
  uint32_t at = 0;  // offset in the statement
  uint32_t length = 0;

  bool Is(std::string_view punctuation) const {
    return kind == SqlTokenKind::kPunctuation && text == punctuation;
  }
  // `keyword` in upper case; case does not matter in the statement.
  bool IsKeyword(std::string_view keyword) const;
};

// "Statement wasn't well formed, can't be processed: DETAIL". What cannot even be read as tokens
// has no detail, confirmed by replies of DynamoDB. The details are those of PartiQL's reference
// parser, an open one, which all that were recorded agree with.
Status NotWellFormed(std::string_view detail);
bool IsNotWellFormed(const Status& status);
// "... Unexpected token after expression"
Status UnexpectedToken();

// All tokens of a statement, the last is kEnd. Comments (-- to the end of a line, /* */) are space.
// A line ends with \n, \r or both.
Result<std::vector<SqlToken>> LexStatement(std::string_view statement);

// `text` of a quoted token with doubled quotes made single.
std::string Unquote(std::string_view text, char quote);

// A to Z in lower case.
std::string Lowered(std::string_view text);

// " at LINE:COLUMN:LENGTH" of a token, as DynamoDB ends some of its texts: counted from 1, in
// characters.
std::string PositionText(std::string_view statement, const SqlToken& token);

}  // namespace millrace::expr
