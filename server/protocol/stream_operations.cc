#include "server/protocol/stream_operations.h"

#include <string>

#include "engine/base/limits.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/record_json.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_name.h"

// Source: "Amazon DynamoDB Streams" in the API reference.
namespace millrace {
namespace {

constexpr Shape kStreamArn = StringOf(37, 1024);
constexpr Shape kShardId = StringOf(28, 65);
constexpr Shape kSequenceNumber = StringOf(21, 40);
constexpr Shape kIterator = StringOf(1, 2048);
constexpr Shape kPageLimit = NumberOf(ShapeKind::kInteger, 1, StreamService::kStreamPageMax);
constexpr Shape kRecordsLimit = NumberOf(ShapeKind::kInteger, 1, kGetRecordsMax);

// An ARN is taken as it is by the operations on tables; AWS's reference names only the name.
constexpr Shape kListedTable = OrArn(kPlainTableName);
constexpr Member kListStreamsMembers[] = {
    {"TableName", &kListedTable},
    {"Limit", &kPageLimit},
    {"ExclusiveStartStreamArn", &kStreamArn},
};

constexpr std::string_view kShardFilterTypes[] = {"CHILD_SHARDS"};
constexpr Shape kShardFilterType = EnumOf(kShardFilterTypes);
constexpr Member kShardFilterMembers[] = {
    {"Type", &kShardFilterType},
    {"ShardId", &kShardId},
};
constexpr Shape kShardFilter = StructureOf("ShardFilter", kShardFilterMembers);
constexpr Member kDescribeStreamMembers[] = {
    {"StreamArn", &kStreamArn, Presence::kRequired},
    {"Limit", &kPageLimit},
    {"ExclusiveStartShardId", &kShardId},
    {"ShardFilter", &kShardFilter},
};

constexpr std::string_view kIteratorTypes[] = {"AFTER_SEQUENCE_NUMBER", "LATEST",
                                               "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"};
constexpr Shape kIteratorType = EnumOf(kIteratorTypes);
constexpr Member kGetShardIteratorMembers[] = {
    {"StreamArn", &kStreamArn, Presence::kRequired},
    {"ShardId", &kShardId, Presence::kRequired},
    {"ShardIteratorType", &kIteratorType, Presence::kRequired},
    {"SequenceNumber", &kSequenceNumber},
};

constexpr Member kGetRecordsMembers[] = {
    {"ShardIterator", &kIterator, Presence::kRequired},
    {"Limit", &kRecordsLimit},
};

// The table whose streams are asked for, which may be gone; nullopt for all.
Result<std::optional<std::string_view>> ListedTable(const Call& call) {
  const std::optional<std::string_view> text = call.input.String("TableName");
  if (!text) return text;
  const ArnScope& scope = call.services.scope;
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(*text, scope.region, scope.account));
  return std::optional<std::string_view>(name);
}

// AWS's reference requires neither member; what the service says when one is missing could not be
// confirmed.
Status CheckShardFilter(const Members& filter) {
  for (const std::string_view member : {"Type", "ShardId"}) {
    if (!filter.Has(member)) {
      return Status::Validation("ShardFilter requires " + std::string(member));
    }
  }
  return Status::Ok();
}

size_t LimitOf(const Members& input, size_t absent) {
  const auto limit = input.Integer("Limit");
  return limit ? static_cast<size_t>(*limit) : absent;
}

void WriteShard(const ShardDescription& shard, JsonWriter* reply) {
  reply->BeginObject();
  reply->Key("ShardId");
  reply->String(shard.shard_id);
  reply->Key("SequenceNumberRange");
  reply->BeginObject();
  reply->Key("StartingSequenceNumber");
  reply->String(shard.starting_sequence_number);
  if (shard.ending_sequence_number) {
    reply->Key("EndingSequenceNumber");
    reply->String(*shard.ending_sequence_number);
  }
  reply->EndObject();
  reply->EndObject();
}

void WriteStreamDescription(const StreamDescription& stream, JsonWriter* reply) {
  reply->BeginObject();
  reply->Key("StreamArn");
  reply->String(stream.arn);
  reply->Key("StreamLabel");
  reply->String(stream.label);
  reply->Key("StreamStatus");
  reply->String(WireName(stream.status));
  reply->Key("StreamViewType");
  reply->String(WireName(stream.view));
  reply->Key("CreationRequestDateTime");
  reply->Timestamp(stream.created_micros);
  reply->Key("TableName");
  reply->String(stream.table_name);
  WriteKeySchema(stream.key_schema, reply);
  reply->Key("Shards");
  reply->BeginArray();
  for (const ShardDescription& shard : stream.shards) WriteShard(shard, reply);
  reply->EndArray();
  if (stream.last_evaluated_shard) {
    reply->Key("LastEvaluatedShardId");
    reply->String(*stream.last_evaluated_shard);
  }
  reply->EndObject();
}

}  // namespace

const Shape kListStreamsInput = StructureOf("ListStreamsInput", kListStreamsMembers);
const Shape kDescribeStreamInput = StructureOf("DescribeStreamInput", kDescribeStreamMembers);
const Shape kGetShardIteratorInput = StructureOf("GetShardIteratorInput", kGetShardIteratorMembers);
const Shape kGetRecordsInput = StructureOf("GetRecordsInput", kGetRecordsMembers);

Status ListStreams(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const std::optional<std::string_view> table, ListedTable(*call));
  ASSIGN_OR_RETURN(const StreamList list, call->services.streams->ListStreams(
                                              table, input.String("ExclusiveStartStreamArn"),
                                              LimitOf(input, StreamService::kStreamPageMax)));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Streams");
  reply.BeginArray();
  for (const StreamSummary& stream : list.streams) {
    reply.BeginObject();
    reply.Key("StreamArn");
    reply.String(stream.arn);
    reply.Key("TableName");
    reply.String(stream.table_name);
    reply.Key("StreamLabel");
    reply.String(stream.label);
    reply.EndObject();
  }
  reply.EndArray();
  if (list.last_evaluated_arn) {
    reply.Key("LastEvaluatedStreamArn");
    reply.String(*list.last_evaluated_arn);
  }
  reply.EndObject();
  return Status::Ok();
}

Status DescribeStream(Call* call) {
  const Members& input = call->input;
  const std::optional<Members> filter = input.Structure("ShardFilter");
  if (filter) RETURN_IF_ERROR(CheckShardFilter(*filter));
  ASSIGN_OR_RETURN(StreamDescription stream,
                   call->services.streams->DescribeStream(
                       input.Text("StreamArn"), input.String("ExclusiveStartShardId"),
                       LimitOf(input, StreamService::kStreamPageMax)));
  if (filter) {
    // The only filter is for the children of a shard. Shards are never split: none has any.
    stream.shards.clear();
    stream.last_evaluated_shard.reset();
  }
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("StreamDescription");
  WriteStreamDescription(stream, &reply);
  reply.EndObject();
  return Status::Ok();
}

Status GetShardIterator(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const std::string iterator,
                   call->services.streams->GetShardIterator(
                       input.Text("StreamArn"), input.Text("ShardId"),
                       *ParseShardIteratorType(input.Text("ShardIteratorType")),
                       input.String("SequenceNumber")));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("ShardIterator");
  reply.String(iterator);
  reply.EndObject();
  return Status::Ok();
}

Status GetRecords(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const RecordPage page,
                   call->services.streams->GetRecords(input.Text("ShardIterator"),
                                                      LimitOf(input, kGetRecordsMax)));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Records");
  reply.BeginArray();
  for (const StreamRecord& record : page.records) {
    WriteStreamRecord(record, call->services.scope.region, &reply);
  }
  reply.EndArray();
  if (page.next_iterator) {
    reply.Key("NextShardIterator");
    reply.String(*page.next_iterator);
  }
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
