#include "engine/index_backfill.h"

#include <memory>
#include <utility>
#include <vector>

#include "engine/base/fault_point.h"
#include "engine/expiry_index.h"
#include "engine/waiting_queue.h"

namespace millrace {
namespace {

std::vector<std::pair<TableId, IndexId>> IndexesOf(const Catalog& catalog, IndexStatus status) {
  std::vector<std::pair<TableId, IndexId>> found;
  for (const TableRef& table : catalog.All(false)) {
    for (const Index& index : AllIndexes(*table)) {
      if (index.status == status) found.emplace_back(table->id, index.id);
    }
  }
  return found;
}

}  // namespace

IndexBackfill::IndexBackfill(const Parts& parts) : parts_(parts), thread_([this] { Run(); }) {}

void IndexBackfill::Stop() {
  signal_.Stop();
  if (thread_.joinable()) thread_.join();
}

void IndexBackfill::Run() {
  while (signal_.AwaitWake() && FillAll().ok()) {
  }
}

Status IndexBackfill::FillAll() {
  for (const auto& [table, index] : IndexesOf(*parts_.catalog, IndexStatus::kCreating)) {
    RETURN_IF_ERROR(Fill(table, index));
  }
  return Status::Ok();
}

Status IndexBackfill::Fill(TableId table, IndexId index) {
  bool done = false;
  while (!done) {
    if (signal_.stopping()) return Status::Ok();
    WaitingQueue waiting;
    auto op = std::make_unique<CommitOp>();
    op->home = &waiting;
    op->callback = waiting.Callback();
    op->work = [this, table, index, &done]() -> Status {
      ASSIGN_OR_RETURN(done, parts_.applier->Backfill(table, index, parts_.step_items));
      return Status::Ok();
    };
    RETURN_IF_ERROR(parts_.committer->Enqueue(op));
    RETURN_IF_ERROR(waiting.Wait().status);
    MILLRACE_FAULT_POINT("backfill.step");
  }
  RETURN_IF_ERROR(parts_.store->Flush());
  MILLRACE_FAULT_POINT("backfill.flushed");
  return parts_.changes->Activate(table, index);
}

Status IndexBackfill::FillActive(const Catalog& catalog, StateApplier* applier, size_t step_items) {
  for (const auto& [table, index] : IndexesOf(catalog, IndexStatus::kActive)) {
    bool done = false;
    while (!done) {
      ASSIGN_OR_RETURN(done, applier->Backfill(table, index, step_items));
    }
  }
  return Status::Ok();
}

}  // namespace millrace
