#pragma once

#include <memory>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/expression.h"

// Conditions and updates made of nodes whose names and values are in place. Operands are checked as
// those of expressions are, with the same texts, but without "Invalid ConditionExpression: " in
// front. `keeps` owns what the nodes point into.
namespace millrace::expr {

Result<Condition> MakeSqlCondition(const Ast& ast, std::shared_ptr<const void> keeps);
Result<UpdateExpression> MakeSqlUpdate(const Ast& ast, const KeySchema& schema,
                                       std::shared_ptr<const void> keeps);

}  // namespace millrace::expr
