#include "engine/catalog.h"

#include <algorithm>
#include <mutex>

namespace millrace {

TableRef Catalog::Find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

TableRef Catalog::Find(TableId id) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::vector<TableRef> Catalog::All(bool with_deleted) const {
  std::vector<TableRef> tables;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, table] : by_id_) {
      if (with_deleted || !table->deleted()) tables.push_back(table);
    }
  }
  std::sort(tables.begin(), tables.end(), [](const TableRef& a, const TableRef& b) {
    return std::tie(a->spec.name, a->id) < std::tie(b->spec.name, b->id);
  });
  return tables;
}

TableRef Catalog::ForPlanning(TableId id, bool* pending) const {
  const std::shared_lock lock(mutex_);
  if (!planning_.empty()) {
    if (const auto it = planning_.find(id); it != planning_.end()) {
      *pending = true;
      return it->second;
    }
  }
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

void Catalog::SetPlanning(TableRef table) {
  const std::unique_lock lock(mutex_);
  const TableId id = table->id;
  planning_[id] = std::move(table);
}

void Catalog::DropPlanning() {
  const std::unique_lock lock(mutex_);
  planning_.clear();
}

void Catalog::Publish(TableId id, std::optional<Table> table) {
  const std::unique_lock lock(mutex_);
  planning_.erase(id);
  if (const auto it = by_id_.find(id); it != by_id_.end()) {
    const auto named = by_name_.find(it->second->spec.name);
    if (named != by_name_.end() && named->second->id == id) by_name_.erase(named);
    by_id_.erase(it);
  }
  if (!table) return;
  const auto ref = std::make_shared<const Table>(std::move(*table));
  by_id_[id] = ref;
  if (!ref->deleted()) by_name_[ref->spec.name] = ref;
}

}  // namespace millrace
