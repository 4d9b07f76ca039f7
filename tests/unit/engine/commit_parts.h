#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/limits.h"
#include "engine/catalog.h"
#include "engine/commit_planner.h"
#include "engine/committer.h"
#include "engine/log_entries.h"
#include "engine/pending_images.h"
#include "engine/planning_gate.h"
#include "engine/state_applier.h"
#include "engine/state_reader.h"
#include "engine/store.h"
#include "engine/waiting_queue.h"

namespace millrace::testing {

// The parts of a database that a commit passes through.
struct Parts {
  explicit Parts(const std::string& directory, rocksdb::Env* env = nullptr) {
    StoreOptions options;
    options.directory = directory + "/state";
    options.block_cache_size = 1 << 20;
    options.write_buffer_size = 1 << 20;
    options.env = env;
    store = Store::Open(std::move(options)).value();
    applier = std::make_unique<StateApplier>(store.get(), &catalog);
    EXPECT_TRUE(applier->Load().ok());
    LogOptions log_options;
    log_options.directory = directory + "/log";
    log_options.disk_reserve = 0;
    const Lsn applied = store->ReadAppliedLsn().value();
    log = CommitLog::Open(FileSystem::Posix(), log_options, applied).value();
    const auto cursor = log->NewCursor(Lsn(applied.value() + 1));
    while (const std::optional<FrameView> frame = cursor->Next(log->last_lsn()).value()) {
      EXPECT_TRUE(applier->Apply(*frame).ok());
      EXPECT_TRUE(applier->Publish(frame->lsn).ok());
    }
    committer = std::make_unique<Committer>(
        Committer::Parts{log.get(), applier.get(), &pending, &collections, &catalog, &clock, &gate},
        100, 0);
    reader = std::make_unique<StateReader>(store.get());
    planner = std::make_unique<CommitPlanner>(
        CommitPlanner::Parts{reader.get(), &catalog, &pending, &collections, committer.get(), &gate,
                             0, kCommitSizeMax, UINT64_MAX});
  }
  ~Parts() { committer->Stop(); }

  Status Commit(const std::string& cell, const std::string& value) {
    WaitingQueue waiting;
    auto op = std::make_unique<CommitOp>();
    op->cells.push_back({cell, EncodeCellEntry({cell, value})});
    op->home = &waiting;
    op->callback = waiting.Callback();
    RETURN_IF_ERROR(committer->Enqueue(op));
    return waiting.Wait().status;
  }
  CommitResult Commit(CommitRequest request) {
    WaitingQueue waiting;
    planner->Commit(std::move(request), &waiting, waiting.Callback());
    return waiting.Wait();
  }
  std::string Read(const std::string& cell) const {
    const std::optional<Cell> found = reader->ReadCell(cell).value();
    return found ? found->value : "-";
  }

  ManualClock clock;
  Catalog catalog;
  PendingImages pending;
  PendingCollections collections;
  PlanningGate gate;
  std::unique_ptr<Store> store;
  std::unique_ptr<StateApplier> applier;
  std::unique_ptr<CommitLog> log;
  std::unique_ptr<Committer> committer;
  std::unique_ptr<StateReader> reader;
  std::unique_ptr<CommitPlanner> planner;
};

}  // namespace millrace::testing
