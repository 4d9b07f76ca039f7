#pragma once

#include "engine/base/status.h"
#include "server/protocol/expression_rules.h"
#include "server/protocol/shape.h"

// The operations on items: each one's input and its function, for the dispatch table.
namespace millrace {

class Call;

extern const Shape kGetItemInput;
extern const ExpressionRules kGetItemExpressions;
Status GetItem(Call* call);

extern const Shape kPutItemInput;
extern const ExpressionRules kPutItemExpressions;
Status PutItem(Call* call);

extern const Shape kUpdateItemInput;
extern const ExpressionRules kUpdateItemExpressions;
Status UpdateItem(Call* call);

extern const Shape kDeleteItemInput;
extern const ExpressionRules kDeleteItemExpressions;
Status DeleteItem(Call* call);

extern const Shape kBatchGetItemInput;
Status BatchGetItem(Call* call);

extern const Shape kBatchWriteItemInput;
Status BatchWriteItem(Call* call);

extern const Shape kTransactGetItemsInput;
Status TransactGetItems(Call* call);

extern const Shape kTransactWriteItemsInput;
Status TransactWriteItems(Call* call);

extern const Shape kQueryInput;
extern const ExpressionRules kQueryExpressions;
Status Query(Call* call);

extern const Shape kScanInput;
extern const ExpressionRules kScanExpressions;
Status Scan(Call* call);

}  // namespace millrace
