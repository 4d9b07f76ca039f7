#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// The operations that take PartiQL statements: each one's input and its function, for the dispatch
// table.
namespace millrace {

class Call;

extern const Shape kExecuteStatementInput;
Status ExecuteStatement(Call* call);

extern const Shape kBatchExecuteStatementInput;
Status BatchExecuteStatement(Call* call);

extern const Shape kExecuteTransactionInput;
Status ExecuteTransaction(Call* call);

}  // namespace millrace
