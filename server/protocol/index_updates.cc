#include "server/protocol/index_updates.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/base/check.h"
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

Status NotFound(const Table& table, const std::string& index) {
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Index " + index + " for table " + table.spec.name);
}

IndexNote ReadUpdate(const Action& action, const IndexRequest& request, TableUpdate* update) {
  const Members members = action.members;
  update->index_settings.emplace_back(
      action.index,
      [mode = request.mode, region = std::string(request.region), now = request.now_micros,
       members](Index* own) { return ChangeIndexCapacity(members, mode, region, now, own); });
  IndexNote note;
  note.name = action.index;
  note.new_units = members.Has("ProvisionedThroughput");
  note.warms = members.Has("WarmThroughput");
  if (note.new_units || members.Has("OnDemandThroughput")) note.status = "UPDATING";
  return note;
}

}  // namespace

Status CheckIndexUpdates(const Members& input) {
  if (!input.Has("GlobalSecondaryIndexUpdates")) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<Action> actions, ReadActions(input));
  for (const Action& action : actions) {
    if (action.kind == "Update") RETURN_IF_ERROR(CheckIndexUpdate(action.members));
  }
  return Status::Ok();
}

bool OnlyWarmsIndexes(const Members& input) {
  const Result<std::vector<Action>> actions = ReadActions(input);
  if (!actions.ok() || actions->empty()) return false;
  return std::all_of(actions->begin(), actions->end(), [](const Action& action) {
    return action.kind == "Update" && action.members.Has("WarmThroughput") &&
           !action.members.Has("ProvisionedThroughput") &&
           !action.members.Has("OnDemandThroughput");
  });
}

Result<std::vector<IndexNote>> ReadIndexUpdates(const Members& input, const IndexRequest& request,
                                                TableUpdate* update) {
  std::vector<IndexNote> notes;
  if (!input.Has("GlobalSecondaryIndexUpdates")) return notes;
  ASSIGN_OR_RETURN(const std::vector<Action> actions, ReadActions(input));
  const Table& table = request.table;
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
                       ReadNewIndex(action.members, ReadDefinitions(input), table,
                                    request.mode.after, request.region));
    } else if (action.kind == "Delete") {
      ++made_or_removed;
      if (local) return NotGlobal("delete", action.index);
      update->delete_index = action.index;
      IndexNote note;
      note.name = action.index;
      note.status = "DELETING";
      notes.push_back(note);
    } else {
      if (local) return NotGlobal("update", action.index);
      if (index == nullptr) return NotFound(table, action.index);
      notes.push_back(ReadUpdate(action, request, update));
    }
  }
  if (made_or_removed <= 1) return notes;
  return Status(ErrorCode::kLimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                "simultaneously per table");
}

}  // namespace millrace
