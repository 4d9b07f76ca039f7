#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity_settings.h"
#include "server/protocol/encryption_rules.h"
#include "server/protocol/index_capacity.h"
#include "server/protocol/index_shapes.h"
#include "server/protocol/index_updates.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// UpdateTable. Source: "UpdateTable" in the API reference; texts as AWS sent them to public test
// suites, and which of them comes first as public measurements of the service show it.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions},  // read when an index is made, else ignored
    kTableNameMember,
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"GlobalSecondaryIndexUpdates", &kIndexUpdates},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kSseSpecification},
    {"ReplicaUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"TableClass", &kAnyText},
    {"DeletionProtectionEnabled", &kAnyBoolean},
    {"MultiRegionConsistency", &kAnyText, Presence::kNotBuilt},
    {"GlobalTableWitnessUpdates", &kUnbuiltList, Presence::kNotBuilt},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
    {"GlobalTableSettingsReplicationMode", &kAnyText, Presence::kNotBuilt},
    {"DisassociationProtectionEnabled", &kAnyBoolean, Presence::kNotBuilt},
    {"VectorIndexUpdates", &kUnbuiltList, Presence::kNotBuilt},
};

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

// What a request may change; most of it one at a time.
constexpr std::array<std::string_view, 8> kChanges = {
    "SSESpecification", "TableClass",          "DeletionProtectionEnabled", "WarmThroughput",
    "BillingMode",      "StreamSpecification", "ProvisionedThroughput",     "OnDemandThroughput"};

// These two count for nothing when they are empty, as with AWS.
bool Changes(const Members& input, std::string_view member) {
  const std::optional<JsonValue> value = input.Find(member);
  if (member != "OnDemandThroughput" && member != "WarmThroughput") return value.has_value();
  return value && value->size() > 0;
}

bool NamesIndexUpdates(const Members& input) {
  const std::optional<JsonValue> updates = input.Find("GlobalSecondaryIndexUpdates");
  return updates && updates->size() > 0;
}

size_t CountChanges(const Members& input) {
  size_t changes = NamesIndexUpdates(input) ? 1 : 0;
  for (const std::string_view change : kChanges) changes += Changes(input, change) ? 1 : 0;
  return changes;
}

Status CheckSomethingToDo(const Members& input) {
  if (CountChanges(input) > 0) return Status::Ok();
  return Status::Validation(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
      "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
      "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
      "OnDemandThroughput, WarmThroughput or TableClass is required");
}

struct LoneChange {
  std::string_view member;
  std::string_view text;
};
constexpr LoneChange kLoneChanges[] = {
    {"SSESpecification", "Server-Side Encryption modification"},
    {"TableClass", "TableClass modification"},
    {"DeletionProtectionEnabled", "DeletionProtection modification"},
    {"WarmThroughput", "WarmThroughput"},
};

bool CreatesIndex(const Members& input) {
  bool creates = false;
  if (const std::optional<JsonValue> updates = input.Find("GlobalSecondaryIndexUpdates")) {
    const Status done = updates->ForEachElement([&creates](JsonValue update) {
      creates = creates || Members(update).Has("Create");
      return Status::Ok();
    });
    MILLRACE_CHECK(done.ok());
  }
  return creates;
}

Status CheckOneAtATime(const Members& input) {
  const size_t changes = CountChanges(input);
  for (const LoneChange& lone : kLoneChanges) {
    if (Changes(input, lone.member) && changes > 1) {
      if (lone.member == "WarmThroughput" && changes == 2 && OnlyWarmsIndexes(input)) continue;
      if (lone.member == "WarmThroughput" && CreatesIndex(input)) {
        return Invalid(
            "Create global secondary index cannot be specified when updating WarmThroughput");
      }
      return Invalid(std::string(lone.text) + " must be the only operation in the request");
    }
  }
  const bool has_mode = input.Has("BillingMode");
  if (Changes(input, "OnDemandThroughput") && changes > (has_mode ? 2u : 1u)) {
    return Invalid(
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  }
  const bool units =
      input.Has("ProvisionedThroughput") || input.Text("BillingMode") == "PROVISIONED";
  if (input.Has("StreamSpecification") && units) {
    return Invalid("You cannot modify stream status while updating table IOPS");
  }
  return Status::Ok();
}

Status CheckStream(const Members& stream) {
  const bool has_view = stream.Has("StreamViewType");
  if (stream.Boolean("StreamEnabled")) {
    if (has_view) return Status::Ok();
    return Invalid("If stream is being enabled then UpdateViewType is required");
  }
  if (!has_view) return Status::Ok();
  return Invalid("If stream is being disabled, then UpdateViewType must not be specified");
}

Status CheckSse(const Members& input) {
  const auto sse = input.Structure("SSESpecification");
  if (!sse) return Status::Ok();
  RETURN_IF_ERROR(CheckEncryption(*sse, "UpdateTable"));
  // AWS's words for "nothing to switch off".
  return Invalid("Table is already encrypted by default");
}

// What the engine is to do; `before` is left with the table's state before it.
Result<TableUpdate> ReadUpdate(const Call& call, TableSpec* before) {
  const Members& input = call.input;
  TableUpdate update;
  if (input.Has("DeletionProtectionEnabled")) {
    update.deletion_protection = input.Boolean("DeletionProtectionEnabled");
  }
  if (const auto stream = input.Structure("StreamSpecification")) {
    RETURN_IF_ERROR(CheckStream(*stream));
    update.stream.emplace();
    if (stream->Boolean("StreamEnabled")) {
      update.stream->view = ParseStreamViewType(stream->Text("StreamViewType"));
    }
  }
  std::optional<TableClass> table_class;
  if (const auto text = input.String("TableClass")) {
    ASSIGN_OR_RETURN(table_class, ParseTableClass(*text));
  }
  update.settings = [capacity = ReadCapacity(input), table_class, before,
                     region = call.services.scope.region,
                     now = call.services.clock->WallMicros()](TableSpec* spec) {
    *before = *spec;
    if (table_class) RETURN_IF_ERROR(ChangeTableClass(*table_class, now, &spec->settings));
    return ChangeCapacity(capacity, region, now, spec);
  };
  return update;
}

// An index comes or goes beside nothing but a change to on-demand.
Status CheckBesideIndexes(const Members& input, const TableUpdate& update) {
  if (!update.create_index && !update.delete_index) return Status::Ok();
  if (input.Has("ProvisionedThroughput") || input.Text("BillingMode") == "PROVISIONED") {
    return Invalid("You cannot create or delete index while updating table IOPS");
  }
  if (!input.Has("StreamSpecification")) return Status::Ok();
  return Invalid("You cannot create or delete index while changing stream status");
}

// A change of the billing mode changes that of the global indexes: each is to be given its units,
// or loses them.
Status FollowMode(const Table& table, BillingMode mode, const std::vector<IndexNote>& notes,
                  TableUpdate* update) {
  if (mode == table.spec.billing_mode) return Status::Ok();
  for (const Index& index : table.indexes) {
    if (index.spec.kind != IndexKind::kGlobal) continue;
    const std::string& name = index.spec.name;
    const bool named = std::any_of(notes.begin(), notes.end(), [&name](const IndexNote& note) {
      return note.name == name && note.new_units;
    });
    if (mode == BillingMode::kProvisioned && !named) {
      return Invalid("ProvisionedThroughput must be specified for index: " + name);
    }
    if (mode == BillingMode::kPayPerRequest) {
      update->index_settings.emplace_back(name, [](Index* own) {
        BecomeOnDemand(own);
        return Status::Ok();
      });
    }
  }
  return Status::Ok();
}

// As AWS replies: units, class and warm throughput as they still are, while the update is under
// way; the next DescribeTable has the new ones. A change of mode shows the new units.
Table UnderWay(const Table& updated, const TableSpec& before, const Table& table,
               const std::vector<IndexNote>& notes) {
  Table shown = updated;
  const bool same_mode = before.billing_mode == shown.spec.billing_mode;
  if (same_mode) {
    shown.spec.throughput = before.throughput;
    shown.spec.settings.throughput_changes.decreases = before.settings.throughput_changes.decreases;
  }
  shown.spec.settings.table_class = before.settings.table_class;
  shown.spec.settings.warm = WarmThroughputOf(before);
  for (const IndexNote& note : notes) {
    const Index* const old = table.FindIndex(note.name);
    for (Index& index : shown.indexes) {
      if (old == nullptr || !same_mode || index.id != old->id) continue;
      index.spec.throughput = old->spec.throughput;
      index.throughput_changes = old->throughput_changes;
      index.spec.warm = WarmThroughputOf(old->spec, before.billing_mode);
    }
  }
  return shown;
}

TableStatusText StatusOf(const Members& input, const TableUpdate& update) {
  TableStatusText status;
  const bool only_units_of_indexes = NamesIndexUpdates(input) && CountChanges(input) == 1 &&
                                     !update.create_index && !update.delete_index;
  const bool at_once = only_units_of_indexes || input.Has("DeletionProtectionEnabled") ||
                       Changes(input, "WarmThroughput") ||
                       (Changes(input, "OnDemandThroughput") && !input.Has("BillingMode"));
  if (!at_once) status.table = "UPDATING";
  if (Changes(input, "WarmThroughput")) status.warm = "UPDATING";
  status.new_mode = input.Has("BillingMode");
  return status;
}

}  // namespace

const Shape kUpdateTableInput = StructureOf("UpdateTableInput", kMembers);

Status UpdateTable(Call* call) {
  const Members& input = call->input;
  RETURN_IF_ERROR(CheckSomethingToDo(input));
  RETURN_IF_ERROR(CheckOneAtATime(input));
  RETURN_IF_ERROR(CheckIndexUpdates(input));
  TableSpec before;
  ASSIGN_OR_RETURN(TableUpdate update, ReadUpdate(*call, &before));
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  RETURN_IF_ERROR(CheckSse(input));
  const BillingMode mode = ReadCapacity(input).mode.value_or(table->spec.billing_mode);
  ASSIGN_OR_RETURN(const std::vector<IndexNote> notes,
                   ReadIndexUpdates(input,
                                    {*table,
                                     {table->spec.billing_mode, mode},
                                     call->services.scope.region,
                                     call->services.clock->WallMicros()},
                                    &update));
  RETURN_IF_ERROR(CheckBesideIndexes(input, update));
  RETURN_IF_ERROR(FollowMode(*table, mode, notes, &update));
  const Result<TableRef> updated = call->services.database->UpdateTable(table->spec.name, update);
  if (updated.status().Is(ErrorCode::kResourceNotFound) &&
      call->services.database->FindTable(table->spec.name) == nullptr) {
    return TableNotFound(table->spec.name);
  }
  RETURN_IF_ERROR(updated.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  // An index that goes is shown once more.
  const Table& shown = update.delete_index ? *table : **updated;
  WriteTableDescription(*call, UnderWay(shown, before, *table, notes), StatusOf(input, update),
                        &reply, notes);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
