#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/json/attribute_value.h"
#include "server/protocol/capacity.h"
#include "server/protocol/partiql_operations.h"
#include "server/protocol/statement_input.h"
#include "server/protocol/statement_select.h"
#include "server/protocol/throughput.h"

// ExecuteStatement. Source: "ExecuteStatement" in the API reference.
namespace millrace {
namespace {

constexpr Shape kNextToken = StringOf(1, 32768);

constexpr Member kMembers[] = {
    {"Statement", &kStatementText, Presence::kRequired},
    {"Parameters", &kStatementParameters},
    {"ConsistentRead", &kAnyBoolean},
    {"NextToken", &kNextToken},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"Limit", &kPositiveInteger},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};

// What a NextToken is bound to.
std::string RequestText(const Members& input, const std::vector<Value>& parameters) {
  std::string text(input.Text("Statement"));
  for (const Value& parameter : parameters) {
    text.push_back('\0');
    parameter.AppendTo(&text);
  }
  return text;
}

Status Select(Call* call, const Statement& statement, const TableRef& table,
              const std::string& request) {
  const Members& input = call->input;
  const bool consistent = input.Boolean("ConsistentRead");
  ASSIGN_OR_RETURN(const SelectSource source, FindSource(statement, table, consistent));
  SelectPosition from;
  if (const auto token = input.String("NextToken")) {
    ASSIGN_OR_RETURN(from, DecodeNextToken(*table, request, *token));
  }
  ThroughputLimiter* const throughput = call->services.throughput;
  const double least = ReadUnits(0, consistent);
  RETURN_IF_ERROR(TakeReads(throughput, *table, source.index, least, &call->throttled));
  const auto limit = input.Integer("Limit");
  ASSIGN_OR_RETURN(const SelectedPage page,
                   ReadSelected(*call->services.database, statement, source, std::move(from),
                                limit ? static_cast<size_t>(*limit) : SIZE_MAX, consistent));
  ChargeReads(throughput, *table, source.index, page.table_units + page.index_units - least);
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Items");
  reply.BeginArray();
  for (const std::string& item : page.items) WriteAttributeMap(MapView(item), &reply);
  reply.EndArray();
  if (page.next) {
    reply.Key("NextToken");
    reply.String(EncodeNextToken(*table, request, *page.next));
    if (page.next->after) {
      const std::string key = LastEvaluatedKey(source, *page.next).Encode();
      reply.Key("LastEvaluatedKey");
      WriteAttributeMap(MapView(key), &reply);
    }
  }
  const ReturnConsumedCapacity mode = ReadReturnConsumedCapacity(input);
  if (mode != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    std::vector<IndexUnits> indexes;
    if (source.index != nullptr) {
      indexes.push_back({source.index->spec.name, source.index->spec.kind, page.index_units});
    }
    WriteConsumedCapacity(mode, table->spec.name, page.table_units, indexes, &reply);
  }
  reply.EndObject();
  return Status::Ok();
}

// What is remembered of a write while it is being committed.
struct PendingStatement {
  ReplySlot reply;
  Statement statement;
  TableRef table;
  std::optional<UpdateExpression> update;  // to select what it modified
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  bool item_on_failure = false;
  ThroughputLimiter* throughput = nullptr;
};

void ReplyWritten(const PendingStatement& pending, const WriteOutcome& outcome) {
  JsonWriter reply(pending.reply.body());
  reply.BeginObject();
  reply.Key("Items");
  reply.BeginArray();
  const auto item =
      ReturnedAttributes(ReturnValuesOf(pending.statement.returning()), pending.update, outcome);
  if (item) WriteAttributeMap(MapView(*item), &reply);
  reply.EndArray();
  if (pending.capacity != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    WriteConsumedCapacity(pending.capacity, pending.table->spec.name,
                          WriteUnits(std::max(outcome.old_size, outcome.new_size)),
                          UnitsOfIndexes(outcome.index_writes), &reply);
  }
  reply.EndObject();
  pending.reply.Send(Status::Ok());
}

void ReplyTo(const PendingStatement& pending, const CommitResult& result) {
  ChargeCommit(pending.throughput, *pending.table, result);
  if (result.status.ok()) return ReplyWritten(pending, result.outcomes[0]);
  const Status outcome = StatementOutcome(pending.statement, result.status);
  const bool with_item = pending.item_on_failure &&
                         outcome.Is(ErrorCode::kConditionalCheckFailed) && !result.outcomes.empty();
  pending.reply.Send(outcome, with_item ? ItemView(result.outcomes[0].old_image) : ItemView());
}

Status Write(Call* call, const Statement& statement, const TableRef& table) {
  ASSIGN_OR_RETURN(WriteRequest request, MakeStatementWrite(statement, table));
  if (call->Probe().HoldsUp(request)) return call->MoveToPool();
  ThroughputLimiter* const throughput = call->services.throughput;
  RETURN_IF_ERROR(TakeUnits(throughput, *table, ThroughputLimiter::Kind::kWrite, WriteUnits(0),
                            &call->throttled));
  const auto pending = std::make_shared<PendingStatement>(PendingStatement{
      call->TakeReply(), statement, table, request.update, ReadReturnConsumedCapacity(call->input),
      call->input.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD", throughput});
  request.count_indexes =
      pending->capacity != ReturnConsumedCapacity::kNone || ChargesIndexes(throughput, *table);
  CommitRequest commit;
  commit.writes.push_back(std::move(request));
  commit.origin = call->Origin();
  call->services.database->Commit(
      std::move(commit), call->home,
      [pending](const CommitResult& result) { ReplyTo(*pending, result); });
  return Status::Ok();
}

}  // namespace

const Shape kExecuteStatementInput = StructureOf("ExecuteStatementInput", kMembers);

Status ExecuteStatement(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const std::vector<Value> parameters, ReadParameters(input));
  ASSIGN_OR_RETURN(const Statement statement,
                   ParseStatement(*call, input.Text("Statement"), parameters));
  RETURN_IF_ERROR(RefuseExists(statement));
  ASSIGN_OR_RETURN(const TableRef table, call->FindTable(statement.table()));
  return statement.reads() ? Select(call, statement, table, RequestText(input, parameters))
                           : Write(call, statement, table);
}

}  // namespace millrace
