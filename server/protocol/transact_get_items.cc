#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_core.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/older_values.h"
#include "server/protocol/transact_core.h"
#include "server/protocol/transact_reply.h"

// TransactGetItems. Source: "TransactGetItems" in the API reference. All items come from one
// snapshot, so that no other operation is in its way: it is never canceled with
// TransactionConflict.
namespace millrace {
namespace {

constexpr Member kGetMembers[] = {
    {"Key", &kAttributeMap, Presence::kRequired},
    {"TableName", &kTableName, Presence::kRequired},
    {"ProjectionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr Shape kGet = StructureOf("Get", kGetMembers);
constexpr Member kActionMembers[] = {{"Get", &kGet, Presence::kRequired}};
constexpr Shape kAction = StructureOf("TransactGetItem", kActionMembers);
constexpr Shape kActions = ListOf(&kAction, 1, kTransactionActionsMax);
constexpr Member kMembers[] = {
    {"TransactItems", &kActions, Presence::kRequired},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
};

constexpr std::string_view kProjection[] = {"ProjectionExpression"};
constexpr ExpressionRules kRules = {SpanOf(kProjection), {}, {}};

struct Action {
  std::string key;            // value bytes of the map given as Key
  Placeholders placeholders;  // the projection reads from them
  GetRequest request;
};

Status ParseAction(const Call& call, const Members& input, Action* action) {
  RETURN_IF_ERROR(CheckExpressionRules(input, kRules));
  ASSIGN_OR_RETURN(const Value key, DecodeOlderMap(*input.Find("Key")));
  action->key = key.Encode();
  GetParameters get;
  get.key = action->key;
  get.projection = input.String("ProjectionExpression");
  ASSIGN_OR_RETURN(action->placeholders, ReadNamePlaceholders(input));
  ASSIGN_OR_RETURN(action->request,
                   ParseGet(get, call.FindTable(input.Text("TableName")), &action->placeholders));
  return Status::Ok();
}

// What only the table's key tells are reasons, as in TransactWriteItems. Empty when all is well.
Result<std::vector<CancellationReason>> ResolveActions(std::deque<Action>* actions) {
  std::vector<CancellationReason> reasons;
  bool canceled = false;
  for (Action& action : *actions) {
    const Status resolved = ResolveGet(action.key, &action.request);
    if (IsEmptyKeyValue(resolved)) return resolved;
    canceled = canceled || !resolved.ok();
    reasons.push_back(ReasonOf(resolved));
  }
  if (!canceled) reasons.clear();
  return reasons;
}

// An item of which the projection selects nothing is left out too, as was observed of DynamoDB.
void WriteSelected(const Action& action, ItemView item, JsonWriter* writer) {
  if (!action.request.projection) {
    writer->Key("Item");
    return WriteAttributeMap(item.attributes(), writer);
  }
  const std::string selected = action.request.projection->Apply(item).Encode();
  if (ValueView(selected).count() == 0) return;
  writer->Key("Item");
  WriteAttributeMap(MapView(selected), writer);
}

}  // namespace

const Shape kTransactGetItemsInput = StructureOf("TransactGetItemsInput", kMembers);

Status TransactGetItems(Call* call) {
  std::deque<Action> actions;
  RETURN_IF_ERROR(
      call->input.Find("TransactItems")->ForEachElement([call, &actions](JsonValue json) {
        return ParseAction(*call, *Members(json).Structure("Get"), &actions.emplace_back());
      }));
  ASSIGN_OR_RETURN(const std::vector<CancellationReason> reasons, ResolveActions(&actions));
  if (!reasons.empty()) {
    SendCanceled(call->TakeReply(), reasons);
    return Status::Ok();
  }
  std::vector<ItemAddress> addresses;
  for (const Action& action : actions) {
    addresses.push_back({action.request.table, action.request.key});
  }
  return ReplyWithItems(call, addresses, [&actions](size_t i, ItemView item, JsonWriter* writer) {
    WriteSelected(actions[i], item, writer);
  });
}

}  // namespace millrace
