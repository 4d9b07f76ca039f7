#include "server/protocol/index_updates.h"

#include <set>
#include <string>

#include "engine/base/check.h"
#include "server/protocol/capacity_settings.h"
#include "server/protocol/index_definitions.h"

namespace millrace {
namespace {

constexpr std::string_view kActions[] = {"Update", "Create", "Delete"};

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

struct Action {
  std::string_view kind;  // of kActions
  Members members;
  std::string index;
};

Result<Action> ReadAction(const Members& element) {
  Action action;
  for (const std::string_view kind : kActions) {
    const std::optional<Members> members = element.Structure(kind);
    if (!members) continue;
    if (!action.kind.empty()) {
      return Invalid(
          "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
          "object");
    }
    action = {kind, *members, std::string(members->Text("IndexName"))};
  }
  if (!action.kind.empty()) return action;
  return Invalid(
      "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
      "GlobalSecondaryIndexUpdate.Delete must not be null");
}

Result<std::vector<Action>> ReadActions(const Members& input) {
  std::vector<Action> actions;
  std::set<std::string> names;
  const std::optional<JsonValue> list = input.Find("GlobalSecondaryIndexUpdates");
  if (!list) return actions;
  RETURN_IF_ERROR(list->ForEachElement([&](JsonValue json) -> Status {
    ASSIGN_OR_RETURN(Action action, ReadAction(Members(json)));
    if (!names.insert(action.index).second) {
      return Invalid(
          "Only one global secondary index update per index is allowed simultaneously. Index: " +
          action.index);
    }
    actions.push_back(std::move(action));
    return Status::Ok();
  }));
  if (actions.empty()) return Invalid("List of GlobalSecondaryIndexUpdates is empty");
  return actions;
}

Status NotGlobal(std::string_view verb, const std::string& index) {
  return Status::Validation("Cannot " + std::string(verb) +
                            " an index that is not a GlobalSecondaryIndex: " + index);
}

std::string WillNotChange(const IndexSpec& index) {
  const std::string read = std::to_string(index.throughput.read_units);
  const std::string write = std::to_string(index.throughput.write_units);
  return "The provisioned throughput for the index " + index.name +
         " will not change. The requested value equals the current value. Current "
         "ReadCapacityUnits provisioned for index " +
         index.name + ": " + read + ". Requested ReadCapacityUnits: " + read +
         ". Current WriteCapacityUnits provisioned for index " + index.name + ": " + write +
         ". Requested WriteCapacityUnits: " + write +
         ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
         "higher limits.";
}

// The text about absent units could not be confirmed.
Status ReadThroughput(const Action& action, BillingMode billing, int64_t now_micros,
                      TableUpdate* update) {
  const std::optional<Members> throughput = action.members.Structure("ProvisionedThroughput");
  if (!throughput) {
    return Invalid("ProvisionedThroughput is not specified for index: " + action.index);
  }
  if (billing == BillingMode::kPayPerRequest) {
    return Invalid("The only Updates for index: " + action.index +
                   " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
                   "WarmThroughput");
  }
  ASSIGN_OR_RETURN(const ProvisionedThroughput wanted, ReadIndexUnits(*throughput, action.index));
  update->index_settings.emplace_back(action.index, [wanted, now_micros](Index* index) -> Status {
    if (index->spec.throughput == wanted) {
      return Status::Validation(WillNotChange(index->spec));
    }
    return ChangeUnits("index " + index->spec.name, wanted, now_micros, &index->spec.throughput,
                       &index->throughput_changes);
  });
  return Status::Ok();
}

}  // namespace

Status CheckIndexUpdates(const Members& input) {
  return input.Has("GlobalSecondaryIndexUpdates") ? ReadActions(input).status() : Status::Ok();
}

Result<std::vector<IndexNote>> ReadIndexUpdates(const Members& input, const Table& table,
                                                BillingMode billing, int64_t now_micros,
                                                TableUpdate* update) {
  std::vector<IndexNote> notes;
  if (!input.Has("GlobalSecondaryIndexUpdates")) return notes;
  ASSIGN_OR_RETURN(const std::vector<Action> actions, ReadActions(input));
  int made_or_removed = 0;
  for (const Action& action : actions) {
    const Index* const index = table.FindIndex(action.index);
    const bool local = index != nullptr && index->spec.kind == IndexKind::kLocal;
    if (action.kind == "Create") {
      ++made_or_removed;
      if (index != nullptr) {
        return Status::Validation("Attempting to create an index which already exists");
      }
      ASSIGN_OR_RETURN(update->create_index,
                       ReadNewIndex(action.members, ReadDefinitions(input), table, billing));
    } else if (action.kind == "Delete") {
      ++made_or_removed;
      if (local) return NotGlobal("delete", action.index);
      update->delete_index = action.index;
      notes.push_back({action.index, "DELETING"});
    } else {
      if (local) return NotGlobal("update", action.index);
      RETURN_IF_ERROR(ReadThroughput(action, billing, now_micros, update));
      notes.push_back({action.index, "UPDATING"});
    }
  }
  if (made_or_removed <= 1) return notes;
  return Status(ErrorCode::kLimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                "simultaneously per table");
}

}  // namespace millrace
