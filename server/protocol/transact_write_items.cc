#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_core.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/older_values.h"
#include "server/protocol/transact_writes.h"

// TransactWriteItems. Source: "TransactWriteItems" in the API reference. Which errors are the
// request's and which are reasons of a cancellation is as observed of DynamoDB: what the request
// itself tells, tables that are not there and empty key values are the request's; what only the
// table's key or the item tells is a reason.
namespace millrace {
namespace {

constexpr Member kConditionCheckMembers[] = {
    {"Key", &kAttributeMap, Presence::kRequired},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConditionExpression", &kAnyText, Presence::kRequired},
    {"ExpressionAttributeNames", &kAttributeNames},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kConditionCheck = StructureOf("ConditionCheck", kConditionCheckMembers);
constexpr Member kPutMembers[] = {
    {"Item", &kAttributeMap, Presence::kRequired},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConditionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kPut = StructureOf("Put", kPutMembers);
constexpr Member kDeleteMembers[] = {
    {"Key", &kAttributeMap, Presence::kRequired},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConditionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kDelete = StructureOf("Delete", kDeleteMembers);
constexpr Member kUpdateMembers[] = {
    {"Key", &kAttributeMap, Presence::kRequired},
    {"UpdateExpression", &kAnyText, Presence::kRequired},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConditionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kUpdate = StructureOf("Update", kUpdateMembers);
constexpr Member kActionMembers[] = {
    {"ConditionCheck", &kConditionCheck},
    {"Put", &kPut},
    {"Delete", &kDelete},
    {"Update", &kUpdate},
};
constexpr Shape kAction = StructureOf("TransactWriteItem", kActionMembers);
constexpr Shape kActions = ListOf(&kAction, 1, kTransactionActionsMax);

constexpr Member kMembers[] = {
    {"TransactItems", &kActions, Presence::kRequired},
    {"ClientRequestToken", &kClientRequestToken},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"ReturnItemCollectionMetrics", &kReturnItemCollectionMetrics},
};

constexpr std::string_view kCondition[] = {"ConditionExpression"};
constexpr std::string_view kUpdateAndCondition[] = {"UpdateExpression", "ConditionExpression"};

struct ActionKind {
  std::string_view name;
  WriteKind kind;
  ExpressionRules rules;
};
constexpr ActionKind kActionKinds[] = {
    {"ConditionCheck", WriteKind::kConditionCheck, {SpanOf(kCondition), {}, SpanOf(kCondition)}},
    {"Put", WriteKind::kPut, {SpanOf(kCondition), {}, SpanOf(kCondition)}},
    {"Delete", WriteKind::kDelete, {SpanOf(kCondition), {}, SpanOf(kCondition)}},
    {"Update", WriteKind::kUpdate, {SpanOf(kUpdateAndCondition), {}, SpanOf(kUpdateAndCondition)}},
};

// One action, from the request to its write.
struct Action {
  Members input;
  const ActionKind* kind = nullptr;
  std::string key;            // value bytes of the map given as Key
  Placeholders placeholders;  // the write reads from them until it is planned
  ParsedWrite parsed;
};

// What is remembered of a transaction while it is being committed.
struct Transaction {
  TransactWriteReply reply;
  std::deque<Action> actions;  // their placeholders
};

Status FindKind(const Members& item, Action* action) {
  size_t found = 0;
  for (const ActionKind& kind : kActionKinds) {
    const std::optional<Members> input = item.Structure(kind.name);
    if (!input) continue;
    action->input = *input;
    action->kind = &kind;
    ++found;
  }
  if (found == 1) return Status::Ok();
  return Status::Validation(
      found == 0
          ? "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
          : "TransactItems can only contain one of Check, Put, Update or Delete");
}

Status ReadItem(const Members& input, WriteParameters* write) {
  ASSIGN_OR_RETURN(const Value attributes, DecodeOlderMap(*input.Find("Item")));
  write->item = EncodeItem(attributes);
  return CheckItemSize(ItemView(write->item));
}

Status ParseExpressions(const Call& call, WriteParameters write, Action* action) {
  const Members& input = action->input;
  write.condition = input.String("ConditionExpression");
  write.update = input.String("UpdateExpression");
  ASSIGN_OR_RETURN(action->placeholders, ReadPlaceholders(input, ValueLayer::kOlder));
  ASSIGN_OR_RETURN(
      action->parsed,
      ParseWrite(std::move(write), call.FindTable(input.Text("TableName")), &action->placeholders));
  return Status::Ok();
}

Status ReadKey(Action* action) {
  ASSIGN_OR_RETURN(const Value key, DecodeOlderMap(*action->input.Find("Key")));
  action->key = key.Encode();
  action->parsed.key = action->key;
  return Status::Ok();
}

// What one action itself says, in this order: its item, its expressions with their values, its key.
// That an item comes before the expressions of its own action is not confirmed.
Status ParseAction(const Call& call, Action* action) {
  RETURN_IF_ERROR(CheckExpressionRules(action->input, action->kind->rules));
  WriteParameters write;
  write.kind = action->kind->kind;
  const bool put = write.kind == WriteKind::kPut;
  if (put) RETURN_IF_ERROR(ReadItem(action->input, &write));
  RETURN_IF_ERROR(ParseExpressions(call, std::move(write), action));
  return put ? Status::Ok() : ReadKey(action);
}

Result<TransactWrite> ResolveAction(Action* action) {
  return MakeTransactWrite(ResolveWrite(std::move(action->parsed)),
                           action->input.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD");
}

// One action after the other; then their tables; then what those tables' keys tell. Source:
// paritysuite/dynamodb-conformance, tests/tier3/validation-ordering/transactions.test.ts and
// deepRequests.test.ts.
Status ReadActions(const Call& call, Transaction* transaction, std::vector<TransactWrite>* writes) {
  std::deque<Action>& actions = transaction->actions;
  RETURN_IF_ERROR(call.input.Find("TransactItems")->ForEachElement([&actions](JsonValue json) {
    return FindKind(Members(json), &actions.emplace_back());
  }));
  for (Action& action : actions) RETURN_IF_ERROR(ParseAction(call, &action));
  for (const Action& action : actions) RETURN_IF_ERROR(action.parsed.no_table);
  for (Action& action : actions) {
    transaction->reply.tables.push_back(action.parsed.request.table);
    ASSIGN_OR_RETURN(TransactWrite write, ResolveAction(&action));
    writes->push_back(std::move(write));
  }
  return Status::Ok();
}

}  // namespace

const Shape kTransactWriteItemsInput = StructureOf("TransactWriteItemsInput", kMembers);

Status TransactWriteItems(Call* call) {
  const auto transaction = std::make_shared<Transaction>();
  TransactWriteReply& reply = transaction->reply;
  std::vector<TransactWrite> writes;
  RETURN_IF_ERROR(ReadActions(*call, transaction.get(), &writes));
  if (call->input.Text("ReturnItemCollectionMetrics") == "SIZE") {
    reply.database = call->services.database;
    for (const TransactWrite& write : writes) {
      const WriteRequest& request = write.request;
      if (!write.invalid.ok() || request.kind == WriteKind::kConditionCheck) continue;
      reply.collections.Add(request.table->spec.name, request.table, request.key.pk);
    }
  }
  return CommitAndReply(call, "TransactItems", std::move(writes), {transaction, &reply});
}

}  // namespace millrace
