#include "server/protocol/rebuild_table.h"

#include <string>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/request_time.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"
#include "streams/table_copy.h"

namespace millrace {
namespace {

constexpr int64_t kCallNanos = 300'000'000;  // of one call, before it says how far it is

constexpr int64_t kAtTextMax = 64;  // characters

constexpr Shape kAtText = StringOf(0, kAtTextMax);
constexpr Shape kTime = PlainOf(ShapeKind::kTimestamp);
constexpr Member kMembers[] = {
    kTableNameMember,
    {"TargetTableName", &kControlTableName, Presence::kRequired, CheckTableNameThere},
    {"AtTime", &kTime},
    {"AtSequenceNumber", &kAnyText},
    {"AtText", &kAtText},
};

Result<std::string> NameIn(const Call& call, std::string_view member) {
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(call.input.Text(member), call.services.scope.region,
                                    call.services.scope.account));
  return std::string(name);
}

Result<TableCopyRequest> ReadRequest(const Call& call) {
  Database* const database = call.services.database;
  TableCopyRequest request;
  ASSIGN_OR_RETURN(request.source_name, NameIn(call, "TableName"));
  ASSIGN_OR_RETURN(request.target_name, NameIn(call, "TargetTableName"));
  request.origin = call.Origin();
  if (request.source_name == request.target_name) {
    return Status::Validation("A table can't be made again into itself: name another one");
  }
  const auto time = TimeIn(call.input, "AtTime");
  const auto number = call.input.String("AtSequenceNumber");
  if (time && number) return Status::Validation("AtTime and AtSequenceNumber exclude each other");
  request.as_of_text = call.input.Text("AtText");
  if (time) {
    ASSIGN_OR_RETURN(const Lsn after, database->log()->FindTime(*time + 1));
    request.as_of = std::min(Lsn(after.value() - 1), database->applied_lsn());
  }
  if (number) {
    const auto position = ParseSequenceNumber(*number);
    if (!position || position->lsn > database->applied_lsn()) {
      return Status::Validation("Invalid AtSequenceNumber");
    }
    request.as_of = position->lsn;
  }
  return request;
}

void WriteNumber(std::string_view name, uint64_t value, JsonWriter* reply) {
  reply->Key(name);
  reply->Integer(static_cast<int64_t>(value));
}

}  // namespace

const Shape kRebuildTableInput = StructureOf("RebuildTableInput", kMembers);

Status RebuildTable(Call* call) {
  const Services& services = call->services;
  ASSIGN_OR_RETURN(const TableCopyRequest request, ReadRequest(*call));
  ASSIGN_OR_RETURN(TableCopy copy, BeginTableCopy(services.database, request));
  const int64_t end = services.clock->MonotonicNanos() + kCallNanos;
  const auto enough = [&services, end] {
    return services.stopping->load() || services.clock->MonotonicNanos() >= end;
  };
  RETURN_IF_ERROR(ContinueTableCopy(services.database, request.origin, enough, &copy));
  const TableRef source = services.database->FindTable(copy.source);
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableName");
  reply.String(request.source_name);
  reply.Key("TargetTableName");
  reply.String(request.target_name);
  reply.Key("Done");
  reply.Bool(copy.done());
  WriteNumber("AsOfLsn", copy.as_of.value(), &reply);
  WriteNumber("FirstLsn", source != nullptr ? source->created_lsn.value() : 0, &reply);
  WriteNumber("NextLsn", copy.next.lsn.value(), &reply);
  WriteNumber("Records", copy.records, &reply);
  WriteNumber("Writes", copy.writes, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
