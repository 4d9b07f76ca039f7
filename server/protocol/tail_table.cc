#include "server/protocol/tail_table.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/throttled.h"
#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/record_json.h"
#include "server/protocol/request_time.h"
#include "server/protocol/table_description.h"
#include "streams/commit_watch.h"
#include "streams/shard_scan.h"
#include "streams/table_tail.h"

namespace millrace {
namespace {

// Commits of other tables wake too: so long until the next look after one in vain.
constexpr std::chrono::milliseconds kPause(20);

constexpr std::string_view kPositions[] = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP",
                                           "AT_SEQUENCE_NUMBER"};
constexpr Shape kPosition = EnumOf(kPositions);
constexpr Shape kTime = PlainOf(ShapeKind::kTimestamp);
constexpr Shape kFlag = PlainOf(ShapeKind::kBoolean);
constexpr Shape kTailLimit = NumberOf(ShapeKind::kInteger, 1, 1000);
constexpr Shape kWaitSeconds = NumberOf(ShapeKind::kInteger, 0, 20);
constexpr Member kMembers[] = {
    kTableNameMember,
    {"TableId", &kAnyText},
    {"StartingPosition", &kPosition},
    {"StartingPositionTimestamp", &kTime},
    {"SequenceNumber", &kAnyText},
    {"Cursor", &kAnyText},
    {"Limit", &kTailLimit},
    {"WaitSeconds", &kWaitSeconds},
    {"OldImages", &kFlag},
};

Status InvalidCursor(std::string_view name) {
  return Status::Validation("Invalid " + std::string(name));
}

Result<TableRef> FindTailTable(const Call& call) {
  const std::string_view id = call.input.Text("TableId");
  if (id.empty()) return FindControlTable(call);
  for (const TableRef& table : call.services.database->TablesWithDeleted()) {
    if (table->uuid == id) return table;
  }
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: the table was deleted, and its log is gone");
}

// Where to begin, and whether something that was asked for lies before the log's beginning.
Result<Position> StartOf(const Call& call, const Table& table, bool* trimmed) {
  Database* const database = call.services.database;
  const Lsn applied = database->applied_lsn();
  const Lsn oldest = std::max(database->log()->first_lsn(), table.created_lsn);
  const auto trimmed_before = [&](Lsn wanted) {
    return wanted < oldest && oldest > table.created_lsn;
  };
  if (const auto cursor = call.input.String("Cursor")) {
    const auto position = ParseSequenceNumber(*cursor);
    return position ? Result<Position>(*position) : InvalidCursor("Cursor");
  }
  const std::string_view start = call.input.Text("StartingPosition");
  if (start == "TRIM_HORIZON") {
    *trimmed = trimmed_before(table.created_lsn);
    return Position{0, oldest, 0};
  }
  if (start == "AT_TIMESTAMP") {
    const auto micros = TimeIn(call.input, "StartingPositionTimestamp");
    if (!micros)
      return Status::Validation("StartingPositionTimestamp is required for AT_TIMESTAMP");
    ASSIGN_OR_RETURN(const Lsn lsn, database->log()->FindTime(*micros));
    *trimmed = trimmed_before(lsn) ||
               (lsn == oldest && *micros < table.created_micros && oldest > table.created_lsn);
    return Position{0, std::max(lsn, oldest), 0};
  }
  if (start == "AT_SEQUENCE_NUMBER") {
    const auto position = ParseSequenceNumber(call.input.Text("SequenceNumber"));
    if (!position || position->lsn > Lsn(applied.value() + 1))
      return InvalidCursor("SequenceNumber");
    *trimmed = trimmed_before(position->lsn);
    return std::max(*position, Position{0, oldest, 0});
  }
  return Position{0, Lsn(applied.value() + 1), 0};
}

void WriteTail(const TailPage& page, const Table& table, bool trimmed, JsonWriter* reply) {
  reply->BeginObject();
  reply->Key("TableName");
  reply->String(table.spec.name);
  reply->Key("TableId");
  reply->String(table.uuid);
  reply->Key("Records");
  reply->BeginArray();
  for (const TailRecord& record : page.records) {
    LoggedRecordNotes notes;
    notes.old_image = ItemView(record.old_image);
    notes.old_missing = record.old_missing;
    WriteLoggedRecord(record.logged.record(), notes, reply);
  }
  reply->EndArray();
  reply->Key("NextCursor");
  reply->String(SequenceNumberOf(page.next));
  reply->Key("CaughtUp");
  reply->Bool(page.caught_up);
  reply->Key("Ended");
  reply->Bool(page.ended);
  reply->Key("BeginningTrimmed");
  reply->Bool(trimmed);
  reply->EndObject();
}

// A reader for whom there is nothing yet. Between its looks it holds no thread: a commit, or the
// end of its time, has the pool look again. One look at a time: each ends by replying or by
// waiting.
struct TailWait : std::enable_shared_from_this<TailWait> {
  TailWait(Call* call, TailRequest request_in, bool trimmed_in)
      : reply(call->TakeReply()),
        services(call->services),
        pool(call->pool),
        thread(call->exchange->io_thread()),
        request(std::move(request_in)),
        trimmed(trimmed_in) {}

  void Begin(std::chrono::seconds time) {
    const auto self = shared_from_this();
    thread->PostAfter(time, [self] {
      self->over = true;
      self->services.commits->Cancel(self->watch);
      self->Wake();
    });
    Arm();
  }

  const ReplySlot reply;
  const Services& services;
  WorkerPool* const pool;
  IoExecutor* const thread;
  TailRequest request;
  const bool trimmed;

 private:
  void Arm() {
    const auto self = shared_from_this();
    armed = true;
    // Everything up to here was seen: the cursor stands behind it.
    const Lsn seen(request.from.lsn.value() - (request.from.ordinal == 0 ? 1 : 0));
    watch = services.commits->Wait(seen, [self] { self->Wake(); });
    if (watch == 0) over = true;
    if (over) Wake();
  }

  // From a committer's thread, or the connection's. Only the first since Arm counts.
  void Wake() {
    if (!armed.exchange(false)) return;
    const auto self = shared_from_this();
    if (pool->Submit([self](WorkerContext*) { self->Look(); })) return;
    reply.Send(Throttled());
  }

  void Look() {
    const Result<TailPage> page = ReadTail(services.database, request);
    if (!page.ok()) return reply.Send(page.status());
    if (page->records.empty() && !page->ended && !over && !services.stopping->load()) {
      request.from = page->next;
      const auto self = shared_from_this();
      return thread->PostAfter(kPause, [self] { self->Arm(); });
    }
    JsonWriter writer(reply.body());
    WriteTail(*page, *request.table, trimmed, &writer);
    reply.Send(Status::Ok());
  }

  std::atomic<bool> armed{false};
  std::atomic<bool> over{false};
  std::atomic<uint64_t> watch{0};
};

}  // namespace

const Shape kTailTableInput = StructureOf("TailTableInput", kMembers);

Status TailTable(Call* call) {
  TailRequest request;
  bool trimmed = false;
  ASSIGN_OR_RETURN(request.table, FindTailTable(*call));
  ASSIGN_OR_RETURN(request.from, StartOf(*call, *request.table, &trimmed));
  if (const auto limit = call->input.Integer("Limit")) request.limit = static_cast<size_t>(*limit);
  const auto old_images = call->input.Find("OldImages");
  request.old_images = !old_images || old_images->boolean();
  ASSIGN_OR_RETURN(const TailPage page, ReadTail(call->services.database, request));
  const std::chrono::seconds time(call->input.Integer("WaitSeconds").value_or(0));
  const bool nothing = page.records.empty() && page.caught_up && !page.ended;
  if (nothing && time.count() > 0 && call->services.commits != nullptr) {
    request.from = page.next;
    std::make_shared<TailWait>(call, std::move(request), trimmed)->Begin(time);
    return Status::Ok();
  }
  JsonWriter reply = call->Reply();
  WriteTail(page, *request.table, trimmed, &reply);
  return Status::Ok();
}

}  // namespace millrace
