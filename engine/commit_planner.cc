#include "engine/commit_planner.h"

#include <algorithm>
#include <chrono>
#include <shared_mutex>

#include "engine/base/limits.h"
#include "engine/base/throttled.h"
#include "engine/index_entries.h"
#include "engine/keys.h"
#include "engine/log_entries.h"
#include "engine/meta_keys.h"
#include "engine/plan_write.h"
#include "engine/stored_item.h"
#include "engine/table_codec.h"
#include "engine/transaction_errors.h"

namespace millrace {

namespace {

using std::chrono_literals::operator""ms;

// How long a commit waits for keys that others have claimed. Those are held while a commit is
// planned: microseconds, unless items have to be read from the disk. Source of the numbers: none;
// AWS does not say how long a conflicting request waits.
constexpr auto kTransactionPatience = 5ms;
constexpr auto kWritePatience = 100ms;
constexpr auto kServicePatience = 250ms;  // of commits that no client sent as they are

// Is it planned in microseconds? A condition may search an item for longer.
bool IsBrief(const CommitRequest& request) {
  return std::all_of(request.writes.begin(), request.writes.end(), [](const WriteRequest& write) {
    return !write.condition || write.condition->Searches() == 0;
  });
}

PendingImages::Guard::Duration PatienceOf(const CommitRequest& request) {
  if (request.transaction) return kTransactionPatience;
  return request.writes.size() == 1 && request.cells.empty() ? kWritePatience : kServicePatience;
}

Status Conflict() {
  return Status(ErrorCode::kTransactionConflict, "Transaction is ongoing for the item");
}

Status Canceled() {
  return Status(ErrorCode::kTransactionCanceled,
                "Transaction cancelled, please refer cancellation reasons for specific reasons");
}

}  // namespace

// A commit while it is being planned.
struct CommitPlanner::Draft {
  explicit Draft(size_t max) : size_max(max) {}
  // Counts what was planned. Every commit that reaches the log must fit into it.
  Status Grow(size_t bytes) {
    size += bytes;
    if (size <= size_max) return Status::Ok();
    return Status::Validation("The commit is too large: its records and cells exceed " +
                              std::to_string(size_max) + " bytes");
  }

  std::unique_ptr<CommitOp> op = std::make_unique<CommitOp>();
  std::vector<uint64_t> hashes;   // of the writes
  std::vector<std::string> keys;  // of the pending images: the writes', then the cells'
  std::vector<std::pair<size_t, PendingImages::Image>> images;  // to be set, by index into keys
  std::vector<int64_t> collection_deltas;                       // of the op's collections, bytes
  bool saw_pending = false;
  PendingImages::Guard* held = nullptr;  // the keys
  const size_t size_max;
  size_t size = 0;  // bytes, as CommitOp::ByteSize
};

// The newest image of an item, held in place.
struct CommitPlanner::OldImage {
  std::shared_ptr<const std::string> pending;
  std::string stored;
  ItemView item;
  Position position;
  std::shared_ptr<const Position> pending_position;
};

namespace {

void CountIndexWrites(const Table& table, const ItemKey& key, ItemView old_item, ItemView new_item,
                      WriteOutcome* outcome) {
  for (const Index& index : table.indexes) {
    const IndexChange change = IndexChangeOf(table, index, key, old_item, new_item);
    if (change.units == 0) continue;
    outcome->index_writes.push_back({index.spec.name, index.spec.kind, change.units});
  }
}

}  // namespace

Status CommitPlanner::MakeKeys(const CommitRequest& request, Draft* draft) const {
  for (const WriteRequest& write : request.writes) {
    draft->hashes.push_back(KeyHash(*write.table, write.key.pk));
    draft->keys.push_back(ItemStorageKey(write.table->id, draft->hashes.back(), write.key));
  }
  for (const CellChange& change : request.cells) {
    if (change.key.compare(0, 8, "catalog/") == 0) {
      return Status(ErrorCode::kInternal, "the catalog's cells are changed by the catalog alone");
    }
    draft->keys.push_back(PendingImages::CellKey(change.key));
  }
  if (draft->keys.size() < 2) return Status::Ok();
  std::vector<std::string_view> sorted(draft->keys.begin(), draft->keys.end());
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return MultipleOperationsOnOneItem();
  }
  return Status::Ok();
}

void CommitPlanner::Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback) {
  Draft draft(parts_.commit_size_max);
  draft.op->home = home;
  draft.op->callback = std::move(callback);
  draft.op->result.outcomes.resize(request.writes.size());
  Status status = MakeKeys(request, &draft);
  if (!status.ok() || draft.keys.empty()) return Queue(&draft, std::move(status));

  const std::shared_lock planning(*parts_.planning_gate);
  PendingImages::Guard guard(parts_.pending, {draft.keys.begin(), draft.keys.end()},
                             PatienceOf(request), IsBrief(request));
  draft.held = &guard;
  status =
      guard.refused().empty() ? Plan(request, &draft) : Refuse(guard.refused(), request, &draft);
  Queue(&draft, std::move(status));
}

// Others hold these keys for longer than planning takes. Nothing is held.
Status CommitPlanner::Refuse(const std::vector<std::string_view>& keys,
                             const CommitRequest& request, Draft* draft) {
  bool items = false;
  for (size_t i = 0; i < request.writes.size(); ++i) {
    if (std::find(keys.begin(), keys.end(), draft->keys[i]) == keys.end()) continue;
    draft->op->result.outcomes[i].status = Conflict();
    items = true;
  }
  if (!items) return Throttled();
  return request.transaction || request.writes.size() > 1 ? Canceled() : Conflict();
}

void CommitPlanner::TakeBackCollections(Draft* draft) {
  std::vector<std::string>& rows = draft->op->collections;
  for (size_t i = 0; i < rows.size(); ++i) {
    parts_.collections->TakeBack(rows[i], draft->collection_deltas[i]);
  }
  rows.clear();
}

// Sends the draft on its way; the images of the keys are set while the keys are still held.
void CommitPlanner::Queue(Draft* draft, Status status) {
  CommitOp* op = draft->op.get();
  if (!status.ok()) {
    op->records.clear();
    op->cells.clear();
    TakeBackCollections(draft);
    draft->images.clear();
    op->result.status = std::move(status);
  }
  if (!op->IsBarrier() || draft->saw_pending) {
    op->ticket = parts_.committer->NextTicket();
    const uint64_t ticket = op->ticket;
    status = parts_.committer->Enqueue(draft->op);
    if (status.ok()) {
      for (auto& [index, image] : draft->images) {
        image.ticket = ticket;
        draft->held->Set(draft->keys[index], std::move(image));
      }
      return;
    }
    op->result.status = status;
    for (WriteOutcome& outcome : op->result.outcomes) outcome.status = status;
    TakeBackCollections(draft);
  }
  if (draft->held != nullptr) draft->held->Release();
  std::vector<CompletionQueue::Completion> completions;
  completions.push_back({std::move(op->callback), std::move(op->result)});
  op->home->Post(std::move(completions));
}

Status CommitPlanner::Plan(const CommitRequest& request, Draft* draft) {
  // First, so that whoever is fenced hears that, and not of conditions that its own earlier commit
  // made fail.
  for (const CellChange& change : request.cells) RETURN_IF_ERROR(PlanCell(change, draft));
  bool failed = false;
  size_t items_size = 0;
  for (size_t i = 0; i < request.writes.size(); ++i) {
    WriteOutcome& outcome = draft->op->result.outcomes[i];
    const size_t before = draft->op->records.size();
    outcome.status = PlanItem(request, i, draft);
    failed = failed || !outcome.status.ok();
    if (request.writes[i].kind != WriteKind::kConditionCheck) items_size += outcome.new_size;
    if (draft->op->records.size() == before) continue;
    RETURN_IF_ERROR(draft->Grow(CommitOp::SizeOf(draft->op->records.back())));
  }
  if (failed && request.writes.size() == 1 && !request.transaction) {
    return draft->op->result.outcomes[0].status;
  }
  if (failed) return Canceled();
  if (request.transaction && items_size > kTransactionSizeMax) {
    return TransactionTooLarge();
  }
  size_t key = request.writes.size();
  for (const CellChange& change : request.cells) {
    PendingImages::Image image;
    if (change.value) image.bytes = std::make_shared<const std::string>(*change.value);
    draft->images.emplace_back(key++, std::move(image));
  }
  return Status::Ok();
}

Status CommitPlanner::ReadOld(const std::string& storage_key, Draft* draft, OldImage* old) const {
  if (std::optional<PendingImages::Image> image = draft->held->Find(storage_key)) {
    draft->saw_pending = true;
    // A removal leaves no position behind once it is applied, so it leaves none before that either:
    // the record must not depend on how far the committer is.
    if (image->bytes == nullptr) return Status::Ok();
    old->pending = std::move(image->bytes);
    old->pending_position = std::move(image->position);
    old->item = ItemView(*old->pending);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool found, parts_.reader->GetStored(storage_key, &old->stored));
  if (!found) return Status::Ok();
  const StoredItemView stored(old->stored);
  old->item = stored.item();
  old->position = stored.position();
  return Status::Ok();
}

// Only a write that grows its collection, the item and its entries in local indexes together, is
// refused.
Status CommitPlanner::PlanCollection(const Table& table, const ItemKey& key, ItemView old_item,
                                     ItemView new_item, Draft* draft) const {
  if (!table.HasLocalIndex()) return Status::Ok();
  const auto size_of = [](ItemView item) {
    return item.empty() ? int64_t{0} : int64_t{item.aws_size()};
  };
  int64_t delta = size_of(new_item) - size_of(old_item);
  for (const Index& index : table.indexes) {
    if (index.spec.kind != IndexKind::kLocal) continue;
    delta += IndexChangeOf(table, index, key, old_item, new_item).size_delta;
  }
  std::string row = CollectionRow(table.id, key.pk);
  RETURN_IF_ERROR(parts_.collections->Plan(row, delta, parts_.item_collection_size_max, [&] {
    return parts_.reader->ItemCollectionSize(table, key.pk);
  }));
  draft->op->collections.push_back(std::move(row));
  draft->collection_deltas.push_back(delta);
  return Status::Ok();
}

Status CommitPlanner::PlanItem(const CommitRequest& request, size_t index, Draft* draft) {
  const WriteRequest& write = request.writes[index];
  WriteOutcome& outcome = draft->op->result.outcomes[index];
  const TableRef table = parts_.catalog->ForPlanning(write.table->id, &draft->saw_pending);
  if (table == nullptr || table->deleted()) {
    return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
  }
  OldImage old;
  RETURN_IF_ERROR(ReadOld(draft->keys[index], draft, &old));
  outcome.existed = !old.item.empty();
  outcome.old_size = outcome.existed ? old.item.aws_size() : 0;
  WritePlan plan = PlanWrite(*table, old.item, write);
  if (write.return_images || plan.status.Is(ErrorCode::kConditionalCheckFailed)) {
    outcome.old_image.assign(old.item.bytes());
  }
  if (!plan.status.ok()) return std::move(plan.status);

  const ItemView new_item(plan.new_image);
  outcome.changed = plan.changed;
  outcome.new_size = new_item.empty() ? 0 : new_item.aws_size();
  if (write.return_images) outcome.new_image = plan.new_image;
  if (!plan.changed) return Status::Ok();
  RETURN_IF_ERROR(PlanCollection(*table, write.key, old.item, new_item, draft));
  if (write.count_indexes) CountIndexWrites(*table, write.key, old.item, new_item, &outcome);

  PlannedBody body = PlanRecordBody(*table, write.key, draft->hashes[index], old.item, new_item,
                                    request.origin, parts_.region);
  PlannedRecord record;
  record.storage_key = draft->keys[index];
  record.partition = PartitionOf(table->id, ShardOf(draft->hashes[index]));
  record.body = std::move(body.bytes);
  record.body_digest = body.digest;
  record.flags = request.origin.by_service ? kRecordByService : 0;
  record.position = std::make_shared<Position>();
  record.previous = old.position;
  record.pending_previous = old.pending_position;
  PendingImages::Image image;
  if (!new_item.empty())
    image.bytes = std::make_shared<const std::string>(std::move(plan.new_image));
  image.position = record.position;
  draft->images.emplace_back(index, std::move(image));
  draft->op->records.push_back(std::move(record));
  return Status::Ok();
}

Status CommitPlanner::PlanCell(const CellChange& change, Draft* draft) {
  if (draft->held->Find(PendingImages::CellKey(change.key))) {
    draft->saw_pending = true;
    // Its version is not known yet, so it cannot be the expected one.
    if (change.expected_version)
      return Status(ErrorCode::kFenced, "the cell " + change.key + " is being changed");
  } else if (change.expected_version) {
    ASSIGN_OR_RETURN(const std::optional<Cell> cell, parts_.reader->ReadCell(change.key));
    if ((cell ? cell->version : 0) != *change.expected_version) {
      return Status(ErrorCode::kFenced, "the cell " + change.key + " has changed");
    }
  }
  CellEntry entry;
  entry.key = change.key;
  if (change.value) entry.value = *change.value;
  draft->op->cells.push_back({change.key, EncodeCellEntry(entry)});
  return draft->Grow(CommitOp::SizeOf(draft->op->cells.back()));
}

}  // namespace millrace
