#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/expression/partiql.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_core.h"
#include "server/protocol/members.h"

// What the three operations on PartiQL statements have in common.
namespace millrace {

inline constexpr Shape kStatementText = StringOf(1, 8192);
inline constexpr Shape kStatementParameters = ListOf(&kAttributeValue, 1);

// Parameters of a structure that has a Statement. AWS reads them before the statement.
Result<std::vector<Value>> ReadParameters(const Members& input);
// The statement of ExecuteStatement, or of one in a BatchExecuteStatement.
Result<Statement> ParseStatement(const Call& call, std::string_view text,
                                 const std::vector<Value>& parameters);
// "EXISTS can only be used in ExecuteTransaction write requests."
Status RefuseExists(const Statement& statement);

ReturnValues ReturnValuesOf(Returning returning);
// The write of an INSERT, UPDATE or DELETE, or a transaction's condition check. Error: kValidation.
Result<WriteRequest> MakeStatementWrite(const Statement& statement, const TableRef& table);
// What became of it: an INSERT whose condition failed is kDuplicateItem.
Status StatementOutcome(const Statement& statement, const Status& outcome);

}  // namespace millrace
