#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/commit_op.h"
#include "engine/committer.h"
#include "engine/pending_collections.h"
#include "engine/pending_images.h"
#include "engine/planning_gate.h"
#include "engine/state_reader.h"

namespace millrace {

// From a CommitRequest to a queued CommitOp, on the caller's thread: takes hold of the keys, reads
// each newest image (the pending one, else the state), plans, queues, records the new images as
// pending and lets go.
//
// Invariant: an outcome that rests on a pending image is reported only after that image is applied;
// without changes of its own it rides the queue as a barrier.
class CommitPlanner {
 public:
  struct Parts {  // not owned; outlive the planner
    const StateReader* reader;
    Catalog* catalog;
    PendingImages* pending;
    PendingCollections* collections;
    Committer* committer;
    PlanningGate* planning_gate;
    uint16_t region;
    size_t commit_size_max;
    uint64_t item_collection_size_max;
  };
  explicit CommitPlanner(const Parts& parts) : parts_(parts) {}

  void Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback);

 private:
  struct Draft;
  struct OldImage;
  Status MakeKeys(const CommitRequest& request, Draft* draft) const;
  Status Refuse(const std::vector<std::string_view>& keys, const CommitRequest& request,
                Draft* draft);
  Status Plan(const CommitRequest& request, Draft* draft);
  Status PlanItem(const CommitRequest& request, size_t index, Draft* draft);
  Status PlanCollection(const Table& table, const ItemKey& key, ItemView old_item,
                        ItemView new_item, Draft* draft) const;
  Status PlanCell(const CellChange& change, Draft* draft);
  Status ReadOld(const std::string& storage_key, Draft* draft, OldImage* old) const;
  void TakeBackCollections(Draft* draft);
  void Queue(Draft* draft, Status status);

  const Parts parts_;
};

}  // namespace millrace
