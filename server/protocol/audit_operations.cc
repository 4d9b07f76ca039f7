#include "server/protocol/audit_operations.h"

#include <string>
#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/record_json.h"
#include "server/protocol/table_description.h"
#include "server/protocol/trigger_json.h"
#include "server/version.h"
#include "streams/history.h"
#include "streams/rebuild.h"
#include "streams/verify.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kHistoryPageMax = 1000;

constexpr Shape kTime = PlainOf(ShapeKind::kTimestamp);
constexpr Shape kHistoryLimit = NumberOf(ShapeKind::kInteger, 1, kHistoryPageMax);
constexpr Member kHistoryMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
    {"Key", &kAttributeMap, Presence::kRequired},
    {"Limit", &kHistoryLimit},
    {"FromTime", &kTime},
    {"ToTime", &kTime},
    {"NextToken", &kAnyText},
};
constexpr Member kVerifyMembers[] = {
    {"TableName", &kControlTableName, Presence::kRequired, CheckControlTableName},
};

Result<HistoryRequest> ReadHistoryRequest(const Call& call) {
  const Members& input = call.input;
  HistoryRequest request;
  ASSIGN_OR_RETURN(const Value key_map, DecodeAttributeMap(*input.Find("Key")));
  ASSIGN_OR_RETURN(request.table, FindControlTable(call));
  ASSIGN_OR_RETURN(request.key,
                   KeyOfKeyMap(request.table->spec.schema, ValueView(key_map.Encode())));
  if (const auto limit = input.Integer("Limit")) request.limit = static_cast<size_t>(*limit);
  const auto micros = [](JsonValue seconds) {
    return static_cast<int64_t>(seconds.number() * kMicrosPerSecond);
  };
  if (const auto from = input.Find("FromTime")) request.from_micros = micros(*from);
  if (const auto to = input.Find("ToTime")) request.to_micros = micros(*to);
  if (const auto token = input.String("NextToken")) {
    request.resume = ParseSequenceNumber(*token);
    if (!request.resume) return Status::Validation("Invalid NextToken");
  }
  return request;
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
const Shape kVerifyTableInput = StructureOf("VerifyTableInput", kVerifyMembers);

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
  ASSIGN_OR_RETURN(const HistoryRequest request, ReadHistoryRequest(*call));
  ASSIGN_OR_RETURN(const HistoryPage page, ItemHistory(call->services.database).Read(request));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Records");
  reply.BeginArray();
  for (const LoggedRecord& version : page.versions) WriteLoggedRecord(version.record(), &reply);
  reply.EndArray();
  if (page.resume) {
    reply.Key("NextToken");
    reply.String(SequenceNumberOf(*page.resume));
  }
  reply.Key("BeginningTrimmed");
  reply.Bool(page.beginning_trimmed);
  reply.EndObject();
  return Status::Ok();
}

Status VerifyTableFromLog(Call* call) {
  const Services& services = call->services;
  ASSIGN_OR_RETURN(const TableRef table, FindControlTable(*call));
  const auto cancelled = [&services] { return services.stopping->load(); };
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
