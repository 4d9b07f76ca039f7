#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "triggers/broker.h"
#include "triggers/trigger_service.h"

// From cells to functions and mappings at work.
namespace millrace {

struct ShardStart {
  Checkpoint checkpoint;
  uint64_t cell_version = 0;
};

// `starts` has one for each shard.
std::shared_ptr<MappingRun> MakeMappingRun(Database* database, const TriggerOptions& options,
                                           const MappingCell& cell,
                                           const std::vector<ShardStart>& starts);

// Reads all cells and takes over the leases of all checkpoints: one commit a mapping, which fences
// whoever held them. Errors: kUnsupportedFormat, kCorruption, those of a commit.
Status LoadTriggers(Database* database, const TriggerOptions& options, Broker* broker);

}  // namespace millrace
