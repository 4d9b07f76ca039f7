#include "engine/expression/partiql_types.h"

#include <string>

namespace millrace::expr {
namespace {

struct Row {
  std::string_view word;
  std::string_view second;  // of two words
  SqlType type;
};

constexpr std::string_view kMap = "\x03M";
constexpr std::string_view kBool =
    "\x03"
    "BOOL";
constexpr Row kRows[] = {
    {"MISSING", "", {"MISSING", ""}},
    {"NULL", "", {"NULL", "\x03NULL"}},
    {"BOOLEAN", "", {"BOOLEAN", kBool}},
    {"BOOL", "", {"BOOLEAN", kBool}},
    {"BLOB",
     "",
     {"BLOB",
      "\x03"
      "B"}},
    {"STRING", "", {"STRING", "\x03S"}},
    {"NUMERIC", "", {"NUMERIC", "\x03N"}},
    {"STRUCT", "", {"STRUCT", kMap}},
    {"TUPLE", "", {"TUPLE", kMap}},
    {"LIST", "", {"LIST", "\x03L"}},
    {"SMALLINT", "", {"SMALLINT", ""}},
    {"INTEGER2", "", {"SMALLINT", ""}},
    {"INT2", "", {"SMALLINT", ""}},
    {"INTEGER4", "", {"INTEGER4", ""}},
    {"INT4", "", {"INTEGER4", ""}},
    {"INTEGER8", "", {"INTEGER8", ""}},
    {"INT8", "", {"INTEGER8", ""}},
    {"BIGINT", "", {"INTEGER8", ""}},
    {"INTEGER", "", {"INTEGER", ""}},
    {"INT", "", {"INTEGER", ""}},
    {"FLOAT", "", {"FLOAT", ""}},
    {"REAL", "", {"REAL", ""}},
    {"DOUBLE", "PRECISION", {"DOUBLE_PRECISION", ""}},
    {"DECIMAL", "", {"DECIMAL", ""}},
    {"DEC", "", {"DECIMAL", ""}},
    {"TIMESTAMP", "", {"TIMESTAMP", ""}},
    {"DATE", "", {"DATE", ""}},
    {"TIME", "", {"TIME", ""}},
    {"CHARACTER", "VARYING", {"CHARACTER_VARYING", ""}},
    {"VARCHAR", "", {"CHARACTER_VARYING", ""}},
    {"CHARACTER", "", {"CHARACTER", ""}},
    {"CHAR", "", {"CHARACTER", ""}},
    {"SYMBOL", "", {"SYMBOL", ""}},
    {"CLOB", "", {"CLOB", ""}},
    {"SEXP", "", {"SEXP", ""}},
    {"BAG", "", {"BAG", ""}},
};

// DECIMAL(5, 2) and the like.
Status TakeSizes(SqlCursor* cursor) {
  if (!cursor->Accept("(")) return Status::Ok();
  do {
    if (cursor->current().kind != SqlTokenKind::kNumber) return cursor->NoTerm();
    cursor->Advance();
  } while (cursor->Accept(","));
  return cursor->Accept(")") ? Status::Ok() : NotWellFormed("Expected RIGHT_PAREN");
}

}  // namespace

Result<SqlType> TakeSqlType(SqlCursor* cursor) {
  for (const Row& row : kRows) {
    if (!cursor->AtKeyword(row.word)) continue;
    if (!row.second.empty() && !cursor->Ahead(1).IsKeyword(row.second)) continue;
    cursor->Advance();
    if (!row.second.empty()) cursor->Advance();
    const bool sized = row.type.type_bytes.empty() && !row.type.is_missing();
    if (sized) RETURN_IF_ERROR(TakeSizes(cursor));
    return row.type;
  }
  return NotWellFormed("Expected type name");
}

Status NoTypeForIs(const SqlType& type) {
  return Status::Validation("Unsupported data type for IS operator: " + std::string(type.name) +
                            ". Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, "
                            "NUMERIC, STRUCT, TUPLE, LIST]");
}

}  // namespace millrace::expr
