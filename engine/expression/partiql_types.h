#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/partiql_cursor.h"

namespace millrace::expr {

// A type's name, as IS takes it.
struct SqlType {
  std::string_view name;
  // As attribute_type takes it, canonical bytes. Empty: not one of DynamoDB's types; or MISSING.
  std::string_view type_bytes;

  bool is_missing() const { return name == "MISSING"; }
};

// Takes the name at the cursor, of one or two words, in either case. Source of the names: the
// reference grammar of PartiQL; of those that DynamoDB has: the text that DynamoDB local refuses
// others with. Error: no type's name, confirmed.
Result<SqlType> TakeSqlType(SqlCursor* cursor);

// Why IS does not take the type. The text is that of DynamoDB local.
Status NoTypeForIs(const SqlType& type);

}  // namespace millrace::expr
