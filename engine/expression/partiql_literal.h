#pragma once

#include <string>

#include "engine/base/status.h"
#include "engine/expression/partiql_cursor.h"

namespace millrace::expr {

// Is there a literal at the cursor: 'text', a number (with signs), TRUE, FALSE, NULL, [...], {...},
// <<...>>?
bool AtLiteral(const SqlCursor& cursor);

// Requires a text as the name of a map's member. `place` is that of the map.
Status CheckTupleKey(const SqlCursor& cursor, const std::string& place);

// Parses the literal at the cursor into canonical bytes:
//
//   literal := 'text' | {"-"|"+"} number | TRUE | FALSE | NULL
//            | "[" [literal {"," literal}] "]"
//            | "{" ['name' ":" literal {"," 'name' ":" literal}] "}"
//            | "<<" literal {"," literal} ">>"
//
// Numbers, nesting and sets keep DynamoDB's limits; its texts name the place as "under root.a[0]",
// root being the literal itself. What is open is kept in an explicit stack of at most 32.
Result<std::string> ParseLiteral(SqlCursor* cursor);

}  // namespace millrace::expr
