#include <utility>

#include "triggers/broker.h"
#include "triggers/trigger_load.h"

namespace millrace {

void Broker::AddMapping(std::shared_ptr<MappingRun> mapping) {
  std::string uuid = mapping->cell.uuid;
  mappings_[std::move(uuid)] = std::move(mapping);
}

void Broker::RemoveMapping(std::string_view uuid) {
  const auto at = mappings_.find(uuid);
  if (at == mappings_.end()) return;
  at->second->detached = true;
  mappings_.erase(at);
}

void Broker::PauseMapping(std::string_view uuid, bool paused) {
  const auto at = mappings_.find(uuid);
  if (at != mappings_.end()) at->second->paused = paused;
}

void Broker::UpdateMapping(MappingCell cell) {
  const auto at = mappings_.find(cell.uuid);
  if (at == mappings_.end()) return;
  at->second->next = std::move(cell);
  for (size_t i = 0; i < at->second->shards.size(); ++i) StartCheckpoint(at->second, i, true);
}

// What is held and not finished is read again from the checkpoints, under the new rules.
void Broker::SwitchQuietMappings() {
  for (auto& [uuid, mapping] : mappings_) {
    if (!mapping->next || mapping->paused || !mapping->quiet()) continue;
    std::vector<ShardStart> starts;
    for (const ShardRun& shard : mapping->shards) {
      starts.push_back({shard.machine.checkpoint(), shard.cell_version});
    }
    auto fresh = MakeMappingRun(database_, options_, *mapping->next, starts);
    fresh->last_result = mapping->last_result;
    for (size_t i = 0; i < starts.size(); ++i) {
      fresh->shards[i].problem = mapping->shards[i].problem;
    }
    mapping->detached = true;
    mapping = std::move(fresh);
  }
}

}  // namespace millrace
