#include "server/native/native_service.h"

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/index_entries.h"
#include "server/native/native_writes.h"
#include "server/protocol/batch_core.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/error_reply.h"
#include "server/protocol/index_read.h"
#include "server/protocol/item_core.h"
#include "server/protocol/log.h"
#include "server/protocol/metered_read.h"
#include "server/protocol/scan_request.h"
#include "server/protocol/throughput.h"

namespace millrace {
namespace {

// Units of one large item, 1.2 MB of canonical bytes: a page of 1 MB, or 16 MB of a batch, in AWS's
// bytes.
constexpr size_t kPageWeight = 3;
constexpr size_t kBatchWeight = 40;

constexpr ThroughputLimiter::Kind kReads = ThroughputLimiter::Kind::kRead;
constexpr ThroughputLimiter::Kind kWrites = ThroughputLimiter::Kind::kWrite;

Result<Placeholders> MakePlaceholders(const native::Pairs& names, const native::Pairs& values) {
  Placeholders placeholders;
  for (const auto& [placeholder, name] : names) {
    RETURN_IF_ERROR(placeholders.AddName(placeholder, name));
  }
  for (const auto& [placeholder, bytes] : values) {
    RETURN_IF_ERROR(placeholders.AddValue(placeholder, Value(ValueView(bytes))));
  }
  return placeholders;
}

// "Placeholders without an expression", as CheckExpressionRules says it of a request in JSON.
Status CheckPlaceholdersHaveUse(bool has_expression, const native::Pairs& names,
                                const native::Pairs& values) {
  if (has_expression || (names.empty() && values.empty())) return Status::Ok();
  return Status::Validation(
      std::string(names.empty() ? "ExpressionAttributeValues" : "ExpressionAttributeNames") +
      " can only be specified when using expressions");
}

std::string_view MapBytes(std::string_view item_bytes) {
  return item_bytes.empty() ? item_bytes : item_bytes.substr(kItemHeaderSize);
}

void AppendItem(std::string_view bytes, std::string* items, native::Items* to) {
  items->append(bytes);
  to->ends.push_back(static_cast<uint32_t>(items->size()));
}

// What a Query and a Scan have in common but for Select. Refers to `read`.
template <typename Read>
void SetPageParameters(const Read& read, PageParameters* parameters) {
  parameters->filter = read.filter;
  parameters->projection = read.projection;
  parameters->consistent = read.consistent;
  parameters->start_key = MapBytes(read.start_key);
  if (read.limit > 0) parameters->limit = read.limit;
}

// Select, as CheckSelect takes it. A query or a scan.
template <typename Read>
Result<std::string_view> SelectOf(const Read& read, bool on_index, bool all_attributes,
                                  bool is_query) {
  if (read.count_only && all_attributes) {
    return Status::Validation("count_only and all_attributes exclude each other");
  }
  const std::string_view select = read.count_only  ? "COUNT"
                                  : all_attributes ? "ALL_ATTRIBUTES"
                                                   : "";
  RETURN_IF_ERROR(CheckSelect({.select = select,
                               .has_projection = read.projection.has_value(),
                               .on_index = on_index,
                               .is_query = is_query}));
  return select;
}

// As HTTP has it: what is out of range is found before what doesn't fit together.
Result<ScanSegment> SegmentOf(const native::Scan& scan) {
  if (scan.total_segments == 0 && scan.segment == 0) return ScanSegment();
  if (scan.total_segments > kScanSegmentsMax) {
    return Status::Validation("1 validation error detected: Value '" +
                              std::to_string(scan.total_segments) +
                              "' at 'totalSegments' failed to satisfy constraint: Member must have "
                              "value less than or equal to " +
                              std::to_string(kScanSegmentsMax));
  }
  return MakeScanSegment(scan.segment, scan.total_segments == 0
                                           ? std::nullopt
                                           : std::optional<int64_t>(scan.total_segments));
}

// Item bytes; empty: there is no more.
std::string LastKeyOf(const PageRequest& request, const Page& page) {
  if (!page.last_evaluated) return "";
  const Table& table = *request.table;
  return request.index == nullptr ? KeysItem(table.spec.schema, *page.last_evaluated)
                                  : IndexKeysItem(table, *request.index, *page.last_evaluated,
                                                  page.last_evaluated_index);
}

// Is a page the reply?
bool IsPage(const native::Request& request) {
  return std::holds_alternative<native::Query>(request.body) ||
         std::holds_alternative<native::IndexQuery>(request.body) ||
         std::holds_alternative<native::Scan>(request.body);
}

// Looks each table up once.
class Tables {
 public:
  explicit Tables(const Services& services) : services_(services) {}
  Result<TableRef> Find(std::string_view name) {
    TableRef& table = tables_[name];
    if (table == nullptr) {
      ASSIGN_OR_RETURN(table, FindTable(services_, name));
    }
    return table;
  }

 private:
  const Services& services_;
  std::map<std::string_view, TableRef> tables_;
};

}  // namespace

struct NativeService::Running {
  const NativeCaller& caller;
  bool may_wait;
  NativeReplies* replies;
  bool* moved;

  void Reply(native::ReplyBody body) const { replies->Send(caller, std::move(body)); }
  Status Move() const {
    *moved = true;
    return Status::Ok();
  }
};

size_t NativeService::WeightOf(const native::Request& request) {
  if (std::holds_alternative<native::BatchGet>(request.body)) return kBatchWeight;
  if (IsPage(request)) return kPageWeight;
  const auto* write = std::get_if<native::Write>(&request.body);
  const bool images =
      write != nullptr && (write->returns != native::Returns::kNone || write->old_on_failure);
  return images ? 1 : 0;
}

bool NativeService::RunsOnPool(const native::Request& request) {
  return std::holds_alternative<native::BatchGet>(request.body) || IsPage(request);
}

bool NativeService::Run(const NativeCaller& caller, const native::Request& request, bool may_wait,
                        NativeReplies* replies) {
  bool moved = false;
  const Running running{caller, may_wait, replies, &moved};
  Status status;
  try {
    status = std::visit([&](const auto& body) { return Do(running, body); }, request.body);
  } catch (const std::exception& error) {
    status = Status(ErrorCode::kInternal, error.what());
  }
  if (!status.ok()) Fail(running, status);
  return !moved;
}

void NativeService::Fail(const Running& running, const Status& status) const {
  if (IsInternal(status.code())) {
    services_.log->Error("native request " + std::to_string(running.caller.request) + ": " +
                         status.ToString());
  }
  Fail(running.caller, status, running.replies);
}

void NativeService::Fail(const NativeCaller& caller, const Status& status, NativeReplies* replies,
                         std::string_view item) {
  replies->Send(caller, native::Failure{InfoOf(status.code()).name, PublicMessage(status), item});
}

WriteOrigin NativeService::OriginOf(const NativeCaller& caller) const {
  WriteOrigin origin;
  origin.principal = caller.principal;
  origin.request_id =
      "native-" + std::to_string(caller.connection) + "-" + std::to_string(caller.request);
  return origin;
}

Status NativeService::Do(const Running& running, const native::Get& get) {
  RETURN_IF_ERROR(CheckPlaceholdersHaveUse(get.projection.has_value(), get.names, {}));
  Placeholders placeholders;
  if (get.projection) {
    ASSIGN_OR_RETURN(placeholders, MakePlaceholders(get.names, {}));
  }
  ASSIGN_OR_RETURN(const GetRequest request,
                   MakeGetRequest({MapBytes(get.key), get.projection},
                                  FindTable(services_, get.table_name), &placeholders));
  std::string bytes;
  const Result<bool> found =
      services_.database->Get(*request.table, request.key, &bytes, !running.may_wait);
  if (!found.ok()) {
    const bool cold = !running.may_wait && found.status().Is(ErrorCode::kUnavailable);
    return cold ? running.Move() : found.status();
  }
  if (!*found) bytes.clear();
  const double units = ReadUnits(*found ? ItemView(bytes).aws_size() : 0, get.consistent);
  RETURN_IF_ERROR(TakeUnits(services_.throughput, *request.table, kReads, units));
  if (*found && request.projection) {
    bytes = EncodeItem(request.projection->Apply(ItemView(bytes)));
  }
  native::Found reply{bytes, {}};
  if (get.return_capacity) reply.capacity = native::Capacity{units, 0};
  running.Reply(std::move(reply));
  return Status::Ok();
}

Status NativeService::Do(const Running& running, const native::Write& write) {
  static_assert(static_cast<int>(native::Kind::kDelete) == static_cast<int>(WriteKind::kDelete) &&
                static_cast<int>(native::Kind::kUpdate) == static_cast<int>(WriteKind::kUpdate));
  static_assert(
      static_cast<int>(native::Returns::kUpdatedNew) ==
          static_cast<int>(ReturnValues::kUpdatedNew) &&
      static_cast<int>(native::Returns::kAllNew) == static_cast<int>(ReturnValues::kAllNew) &&
      static_cast<int>(native::Returns::kAllOld) == static_cast<int>(ReturnValues::kAllOld));
  WriteParameters parameters;
  parameters.kind = static_cast<WriteKind>(write.kind);
  const auto returns = static_cast<ReturnValues>(write.returns);
  if (parameters.kind != WriteKind::kUpdate) RETURN_IF_ERROR(CheckReturnsOldOnly(returns));
  if (parameters.kind == WriteKind::kPut) {
    RETURN_IF_ERROR(CheckItemSize(ItemView(write.item)));
    parameters.item = write.item;
  } else {
    parameters.key = MapBytes(write.item);
  }
  parameters.condition = write.condition;
  parameters.update = write.update;
  RETURN_IF_ERROR(
      CheckPlaceholdersHaveUse(write.condition || write.update, write.names, write.values));
  const auto pending = std::make_shared<PendingWrite>();
  ASSIGN_OR_RETURN(pending->placeholders, MakePlaceholders(write.names, write.values));
  ASSIGN_OR_RETURN(WriteRequest request,
                   MakeWriteRequest(std::move(parameters), FindTable(services_, write.table_name),
                                    &pending->placeholders));
  std::string probed;
  if (PlanProbe(*services_.database, running.may_wait, &probed).HoldsUp(request)) {
    return running.Move();
  }
  RETURN_IF_ERROR(TakeUnits(services_.throughput, *request.table, kWrites, WriteUnits(0)));
  pending->caller = running.caller;
  pending->table = request.table;
  pending->returns = returns;
  pending->old_on_failure = write.old_on_failure;
  pending->return_capacity = write.return_capacity;
  if (returns == ReturnValues::kUpdatedOld || returns == ReturnValues::kUpdatedNew) {
    pending->update = request.update;
  }
  request.return_images = returns != ReturnValues::kNone;
  request.count_indexes =
      write.return_capacity || ChargesIndexes(services_.throughput, *request.table);
  CommitRequest commit;
  commit.writes.push_back(std::move(request));
  commit.origin = OriginOf(running.caller);
  services_.database->Commit(std::move(commit), loop_,
                             [pending, replies = loop_replies_,
                              throughput = services_.throughput](const CommitResult& result) {
                               ChargeCommit(throughput, *pending->table, result);
                               ReplyTo(*pending, result, replies);
                             });
  return Status::Ok();
}

Status NativeService::Do(const Running& running, const native::Query& query) {
  return RunQuery(running, query, {}, false);
}

Status NativeService::Do(const Running& running, const native::IndexQuery& query) {
  return RunQuery(running, query.query, query.index_name, query.all_attributes);
}

Status NativeService::RunQuery(const Running& running, const native::Query& query,
                               native::Text index, bool all_attributes) {
  QueryParameters parameters;
  parameters.key_condition = query.key_condition;
  RETURN_IF_ERROR(RequireKeyCondition(query.key_condition.has_value()));
  parameters.index = index;
  ASSIGN_OR_RETURN(parameters.select, SelectOf(query, index.has_value(), all_attributes, true));
  SetPageParameters(query, &parameters);
  parameters.forward = !query.backward;
  ASSIGN_OR_RETURN(Placeholders placeholders, MakePlaceholders(query.names, query.values));
  ASSIGN_OR_RETURN(
      const ReadRequest request,
      MakeQueryRequest(parameters, FindTable(services_, query.table_name), &placeholders));
  return ReadPage(running, request.Page(), request.selection, query.consistent,
                  query.return_capacity);
}

Status NativeService::Do(const Running& running, const native::Scan& scan) {
  RETURN_IF_ERROR(
      CheckPlaceholdersHaveUse(scan.filter || scan.projection, scan.names, scan.values));
  ScanParameters parameters;
  if (!scan.index_name.empty()) parameters.index = scan.index_name;
  ASSIGN_OR_RETURN(parameters.select,
                   SelectOf(scan, parameters.index.has_value(), scan.all_attributes, false));
  SetPageParameters(scan, &parameters);
  ASSIGN_OR_RETURN(parameters.segment, SegmentOf(scan));
  ASSIGN_OR_RETURN(Placeholders placeholders, MakePlaceholders(scan.names, scan.values));
  ASSIGN_OR_RETURN(
      const ReadRequest request,
      MakeScanRequest(parameters, FindTable(services_, scan.table_name), &placeholders));
  return ReadPage(running, request.Page(), request.selection, scan.consistent,
                  scan.return_capacity);
}

Status NativeService::ReadPage(const Running& running, const PageRequest& request,
                               const Selection& selection, bool consistent, bool return_capacity) {
  ASSIGN_OR_RETURN(const Page page,
                   ReadMeteredPage(services_.database, services_.throughput, request, consistent));
  native::Page reply;
  std::string items;
  if (!selection.count_only) {
    const std::optional<Projection>& projection = selection.projection;
    for (const std::string& item : page.items) {
      AppendItem(projection ? EncodeItem(projection->Apply(ItemView(item))) : item, &items, &reply);
    }
  }
  reply.items = items;
  reply.count = static_cast<uint32_t>(page.count);
  reply.scanned_count = static_cast<uint32_t>(page.scanned_count);
  const std::string last = LastKeyOf(request, page);
  reply.last_key = last;
  if (return_capacity) {
    const PageCost cost = CostOfPage(request.index, page, consistent);
    reply.capacity = native::Capacity{cost.table, cost.index};
  }
  running.Reply(std::move(reply));
  return Status::Ok();
}

Status NativeService::Do(const Running& running, const native::BatchGet& batch) {
  if (batch.keys.empty()) {
    return Status::Validation("The requestItems parameter is required for BatchGetItem");
  }
  if (batch.keys.size() > kBatchGetKeysMax) {
    return Status::Validation("Too many items requested for the BatchGetItem call");
  }
  Tables tables(services_);
  std::vector<std::pair<TableRef, ItemKey>> keys;
  std::set<std::pair<TableId, ItemKey>> seen;
  for (const auto& [table_name, key_bytes] : batch.keys) {
    ASSIGN_OR_RETURN(const TableRef table, tables.Find(table_name));
    ASSIGN_OR_RETURN(ItemKey key, KeyOfKeyMap(table->spec.schema, ValueView(MapBytes(key_bytes))));
    if (!seen.emplace(table->id, key).second) return DuplicateKeys();
    keys.emplace_back(table, std::move(key));
  }
  native::Batch reply;
  std::string items;
  uint64_t size = 0;
  double cost = 0;
  bool full = false;
  Status throttled;
  std::set<TableId> throttled_tables;  // of these, what follows is not read either
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto& [table, key] = keys[i];
    std::string item;
    BatchRead read = BatchRead::kFull;
    if (!full && throttled_tables.count(table->id) == 0) {
      const Status taken =
          TakeUnits(services_.throughput, *table, kReads, ReadUnits(0, batch.consistent));
      if (taken.ok()) {
        ASSIGN_OR_RETURN(read, ReadOfBatch(*services_.database, *table, key, &size, &item));
        full = read == BatchRead::kFull;
      } else {
        throttled = taken;
        throttled_tables.insert(table->id);
      }
    }
    if (read == BatchRead::kFound) {
      const double units = ReadUnits(ItemView(item).aws_size(), batch.consistent);
      ChargeUnits(services_.throughput, *table, kReads, units - ReadUnits(0, batch.consistent));
      cost += units;
    } else if (read != BatchRead::kFull) {
      cost += ReadUnits(0, batch.consistent);
    }
    if (read == BatchRead::kFull) reply.unprocessed.push_back(static_cast<uint32_t>(i));
    AppendItem(read == BatchRead::kFound ? std::string_view(item) : std::string_view(), &items,
               &reply);
  }
  // The call fails only when not one key could be read.
  if (reply.unprocessed.size() == keys.size()) RETURN_IF_ERROR(throttled);
  reply.items = items;
  if (batch.return_capacity) reply.capacity = native::Capacity{cost, 0};
  running.Reply(std::move(reply));
  return Status::Ok();
}

Status NativeService::Do(const Running& running, const native::BatchWrite& batch) {
  if (batch.writes.empty()) {
    return Status::Validation("The requestItems parameter is required for BatchWriteItem");
  }
  if (batch.writes.size() > kBatchWriteActionsMax) {
    return Status::Validation("Too many items requested for the BatchWriteItem call");
  }
  const auto pending = std::make_shared<PendingBatch>();
  pending->writes.resize(batch.writes.size());
  Tables tables(services_);
  std::set<std::pair<TableId, ItemKey>> seen;
  for (size_t i = 0; i < batch.writes.size(); ++i) {
    const native::Write& from = batch.writes[i];
    WriteRequest& request = pending->writes[i].request;
    request.kind = static_cast<WriteKind>(from.kind);
    request.count_indexes = batch.return_capacity;
    if (request.kind == WriteKind::kPut) {
      RETURN_IF_ERROR(CheckItemSize(ItemView(from.item)));
      request.item = from.item;
    }
    ASSIGN_OR_RETURN(request.table, tables.Find(from.table_name));
    ASSIGN_OR_RETURN(request.key, KeyOfBatchWrite(request.table->spec.schema, request.kind,
                                                  ItemView(from.item)));
    if (request.kind == WriteKind::kPut) {
      RETURN_IF_ERROR(CheckIndexKeys(*request.table, ItemView(from.item)));
    }
    if (!seen.emplace(request.table->id, request.key).second) return DuplicateKeys();
    pending->all.push_back(&pending->writes[i]);
  }
  std::string probed;
  PlanProbe probe(*services_.database, running.may_wait, &probed);
  for (const BatchedWrite& write : pending->writes) {
    if (probe.HoldsUp(write.request)) return running.Move();
  }
  pending->caller = running.caller;
  pending->return_capacity = batch.return_capacity;
  // The last one to be done may be this thread.
  const auto reply = [pending, loop = loop_, replies = loop_replies_] {
    std::vector<CompletionQueue::Completion> done;
    done.push_back({[pending, replies](const CommitResult&) { ReplyTo(*pending, replies); }, {}});
    loop->Post(std::move(done));
  };
  pending->throughput = services_.throughput;
  std::vector<BatchedWrite*> admitted;
  for (BatchedWrite* write : pending->all) {
    if (TakeForWrite(services_.throughput, write)) admitted.push_back(write);
  }
  CommitEach(services_.database, loop_, OriginOf(running.caller), admitted, reply);
  return Status::Ok();
}

Status NativeService::Do(const Running&, const native::Hello&) {
  return Status::Validation("Hello was said before");
}

}  // namespace millrace
