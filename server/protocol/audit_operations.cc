#include "server/protocol/audit_operations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/json/attribute_value.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/record_json.h"
#include "server/protocol/request_time.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"
#include "server/protocol/trigger_json.h"
#include "server/version.h"
#include "streams/history.h"
#include "streams/reader_pins.h"
#include "streams/rebuild.h"
#include "streams/table_incarnations.h"
#include "streams/table_tail.h"
#include "streams/verify.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kHistoryPageMax = 1000;

constexpr Shape kTime = PlainOf(ShapeKind::kTimestamp);
constexpr Shape kHistoryLimit = NumberOf(ShapeKind::kInteger, 1, kHistoryPageMax);
constexpr Member kHistoryMembers[] = {
    kTableNameMember,
    {"Key", &kAttributeMap, Presence::kRequired},
    {"Limit", &kHistoryLimit},
    {"FromTime", &kTime},
    {"ToTime", &kTime},
    {"FromSequenceNumber", &kAnyText},
    {"ToSequenceNumber", &kAnyText},
    {"NextToken", &kAnyText},
};

Result<HistoryRequest> ReadHistoryRequest(const Members& input) {
  HistoryRequest request;
  if (const auto limit = input.Integer("Limit")) request.limit = static_cast<size_t>(*limit);
  request.from_micros = TimeIn(input, "FromTime").value_or(request.from_micros);
  request.to_micros = TimeIn(input, "ToTime").value_or(request.to_micros);
  const auto lsn = [&input](std::string_view name, Lsn absent) -> Result<Lsn> {
    const auto text = input.String(name);
    if (!text) return absent;
    const auto position = ParseSequenceNumber(*text);
    if (!position) return Status::Validation("Invalid " + std::string(name));
    return position->lsn;
  };
  ASSIGN_OR_RETURN(request.from_lsn, lsn("FromSequenceNumber", Lsn()));
  ASSIGN_OR_RETURN(request.to_lsn, lsn("ToSequenceNumber", Lsn(UINT64_MAX)));
  if (const auto token = input.String("NextToken")) {
    request.resume = ParseSequenceNumber(*token);
    if (!request.resume) return Status::Validation("Invalid NextToken");
  }
  return request;
}

// A table that had the name, and the item's key in it.
struct KeyedTable {
  TableRef table;
  ItemKey key;
};

// The tables that had the name and whose key fits, in the order of their making. Error: there is
// none; that of the last one when the key fits none.
Result<std::vector<KeyedTable>> FindKeyedTables(const Call& call) {
  ASSIGN_OR_RETURN(const Value key_map, DecodeAttributeMap(*call.input.Find("Key")));
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(call.input.Text("TableName"), call.services.scope.region,
                                    call.services.scope.account));
  std::vector<KeyedTable> found;
  const std::string key_bytes = key_map.Encode();
  Status unfit;
  for (const TableRef& table : TablesNamed(*call.services.database, name)) {
    Result<ItemKey> key = KeyOfKeyMap(table->spec.schema, ValueView(key_bytes));
    unfit = key.status();
    if (key.ok()) found.push_back({table, std::move(key).value()});
  }
  if (!found.empty()) return found;
  if (!unfit.ok()) return unfit;
  return FindControlTable(call).status();
}

// The images before the versions, and what caused them.
class HistoryWriter {
 public:
  HistoryWriter(Database* database, JsonWriter* reply)
      : database_(database), history_(database), reply_(reply) {}

  Status Write(const Table& table, const LoggedRecord& version) {
    const RecordView record = version.record();
    LoggedRecordNotes notes;
    std::string old_image;
    RETURN_IF_ERROR(FindOld(record, &old_image, &notes.old_missing));
    notes.old_image = ItemView(old_image);
    notes.table_id = table.uuid;
    std::optional<LoggedRecord> cause;
    TableRef cause_table;
    if (record.causation().lsn.value() != 0) {
      const auto found = history_.FindRecord(record.causation());
      if (found.ok()) cause = *found;
      if (cause) cause_table = database_->FindTable(cause->table);
      if (cause_table != nullptr) {
        notes.cause_table = cause_table->spec.name;
        notes.cause_keys = cause->record().keys();
      }
    }
    WriteLoggedRecord(record, notes, reply_);
    last_position_ = record.position();
    last_image_ = record.new_image().bytes();
    return Status::Ok();
  }

 private:
  // The version before is mostly the one just written.
  Status FindOld(RecordView record, std::string* image, bool* missing) {
    if (record.old_image().empty() && record.existed() && !last_image_.empty() &&
        record.item_previous() == last_position_) {
      *image = last_image_;
      return Status::Ok();
    }
    return FindOldImage(history_, record, image, missing);
  }

  Database* const database_;
  const ItemHistory history_;
  JsonWriter* const reply_;
  Position last_position_;
  std::string last_image_;
};

void WriteTables(const std::vector<KeyedTable>& tables, JsonWriter* reply) {
  reply->Key("Tables");
  reply->BeginArray();
  for (const KeyedTable& keyed : tables) {
    reply->BeginObject();
    reply->Key("TableId");
    reply->String(keyed.table->uuid);
    reply->Key("CreationDateTime");
    reply->Timestamp(keyed.table->created_micros);
    if (keyed.table->deleted()) {
      reply->Key("DeletionDateTime");
      reply->Timestamp(keyed.table->deleted_micros);
    }
    reply->EndObject();
  }
  reply->EndArray();
}

void WriteLog(Database* database, JsonWriter* reply) {
  const std::vector<SegmentInfo> segments = database->log()->Segments();
  uint64_t bytes = 0;
  for (const SegmentInfo& segment : segments) bytes += segment.bytes;
  reply->Key("Log");
  reply->BeginObject();
  reply->Key("FirstLsn");
  reply->Integer(static_cast<int64_t>(database->log()->first_lsn().value()));
  reply->Key("LastLsn");
  reply->Integer(static_cast<int64_t>(database->log()->last_lsn().value()));
  reply->Key("SegmentCount");
  reply->Integer(static_cast<int64_t>(segments.size()));
  reply->Key("SizeBytes");
  reply->Integer(static_cast<int64_t>(bytes));
  reply->Key("RetentionSeconds");
  reply->Integer(kStreamRetentionMicros / kMicrosPerSecond);
  reply->EndObject();
}

void WriteCount(std::string_view name, uint64_t count, JsonWriter* reply) {
  reply->Key(name);
  reply->Integer(static_cast<int64_t>(count));
}

void WriteDifference(const TableDifference& difference, const KeySchema& schema,
                     JsonWriter* reply) {
  const auto write_item = [reply](std::string_view name, const std::string& bytes) {
    if (bytes.empty()) return;
    reply->Key(name);
    WriteAttributeMap(ItemView(bytes).attributes(), reply);
  };
  reply->Key("FirstDifference");
  reply->BeginObject();
  reply->Key("Kind");
  reply->String(WireName(difference.kind));
  write_item("Key", KeysItem(schema, difference.key));
  write_item("LiveItem", difference.live_item);
  write_item("RebuiltItem", difference.rebuilt_item);
  WriteCount("AsOfLsn", difference.as_of.value(), reply);
  reply->EndObject();
}

void WriteChain(const VerifyReport& chain, JsonWriter* reply) {
  reply->Key("Chain");
  reply->BeginObject();
  reply->Key("Intact");
  reply->Bool(chain.intact());
  reply->Key("BeginningTrimmed");
  reply->Bool(chain.beginning_trimmed);
  uint64_t records = 0;
  for (const ShardChain& shard : chain.shards) records += shard.records;
  WriteCount("Records", records, reply);
  if (chain.first_break) {
    reply->Key("FirstBreak");
    reply->BeginObject();
    reply->Key("Kind");
    reply->String(WireName(chain.first_break->kind));
    WriteCount("Shard", chain.first_break->shard.value(), reply);
    WriteCount("Lsn", chain.first_break->lsn.value(), reply);
    reply->Key("SequenceNumber");
    reply->String(SequenceNumberOf(chain.first_break->position));
    reply->EndObject();
  }
  reply->EndObject();
}

}  // namespace

const Shape kStatusInput = EmptyStructure("StatusInput");
const Shape kGetItemHistoryInput = StructureOf("GetItemHistoryInput", kHistoryMembers);
const Shape kVerifyTableInput = StructureOf("VerifyTableInput", kTableNameOnly);

Status GetServerStatus(Call* call) {
  const Services& services = call->services;
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Version");
  reply.String(kVersion);
  reply.Key("Region");
  reply.String(services.scope.region);
  reply.Key("Durability");
  reply.String(services.sync ? "sync" : "os");
  reply.Key("StartedDateTime");
  reply.Timestamp(services.started_micros);
  reply.Key("UptimeSeconds");
  reply.Integer((services.clock->WallMicros() - services.started_micros) / kMicrosPerSecond);
  WriteCount("TableCount", services.database->Tables().size(), &reply);
  WriteCount("AppliedLsn", services.database->applied_lsn().value(), &reply);
  WriteLog(services.database, &reply);
  reply.Key("Triggers");
  WriteTriggerStatus(services.triggers->GetStatus(), &reply);
  reply.EndObject();
  return Status::Ok();
}

Status GetItemHistory(Call* call) {
  Database* const database = call->services.database;
  ASSIGN_OR_RETURN(HistoryRequest request, ReadHistoryRequest(call->input));
  ASSIGN_OR_RETURN(const std::vector<KeyedTable> tables, FindKeyedTables(*call));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Records");
  reply.BeginArray();
  HistoryWriter writer(database, &reply);
  std::optional<Position> resume;
  bool beginning_trimmed = false;
  const Lsn to = request.to_lsn;
  for (size_t i = 0; i < tables.size() && !resume; ++i) {
    const Table& table = *tables[i].table;
    if (request.resume && table.deleted() && *table.deleted_lsn < request.resume->lsn) continue;
    request.table = tables[i].table;
    request.to_lsn = table.deleted() ? std::min(to, *table.deleted_lsn) : to;
    request.key = tables[i].key;
    ASSIGN_OR_RETURN(const HistoryPage page, ItemHistory(database).Read(request));
    beginning_trimmed = beginning_trimmed || page.beginning_trimmed;
    for (const LoggedRecord& version : page.versions) {
      RETURN_IF_ERROR(writer.Write(table, version));
    }
    request.limit -= page.versions.size();
    resume = page.resume;
    if (!resume && request.limit == 0 && i + 1 < tables.size()) {
      resume = Position{0, tables[i + 1].table->created_lsn, 0};
    }
    request.resume.reset();  // it was in this table
  }
  reply.EndArray();
  WriteTables(tables, &reply);
  if (resume) {
    reply.Key("NextToken");
    reply.String(SequenceNumberOf(*resume));
  }
  reply.Key("BeginningTrimmed");
  reply.Bool(beginning_trimmed);
  reply.EndObject();
  return Status::Ok();
}

Status VerifyTableFromLog(Call* call) {
  const Services& services = call->services;
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const auto cancelled = [&services] { return services.stopping->load(); };
  std::optional<ReaderPins::Hold> hold;
  if (services.reader_pins != nullptr) {
    const Lsn first = services.database->log()->first_lsn();
    hold.emplace(services.reader_pins,
                 LogPin{"the audit of " + table->spec.name, std::max(table->created_lsn, first)});
  }
  ASSIGN_OR_RETURN(const VerifyReport chain, VerifyTable(services.database, table->id, cancelled));
  RebuildOptions options;
  options.scratch_directory =
      services.scratch_directory + "/verify-" + std::string(call->exchange->request_id());
  options.cancelled = cancelled;
  ASSIGN_OR_RETURN(const RebuildReport rebuilt,
                   RebuildAndCompare(services.database, table->id, options));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableName");
  reply.String(table->spec.name);
  reply.Key("Equal");
  reply.Bool(rebuilt.equal);
  WriteCount("Records", rebuilt.records, &reply);
  WriteCount("RebuiltItems", rebuilt.rebuilt_items, &reply);
  WriteCount("LiveItems", rebuilt.live_items, &reply);
  WriteCount("Differences", rebuilt.differences, &reply);
  if (rebuilt.first_difference) {
    WriteDifference(*rebuilt.first_difference, table->spec.schema, &reply);
  }
  WriteCount("FirstAsOfLsn", rebuilt.first_as_of.value(), &reply);
  WriteCount("LastAsOfLsn", rebuilt.last_as_of.value(), &reply);
  WriteChain(chain, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
