#include "engine/expiry_index.h"

#include <cmath>

#include "engine/keys.h"
#include "engine/model/number.h"

namespace millrace {
namespace {

constexpr double kSecondsMax = 9007199254740992;  // 2^53: up to there a double is exact

}  // namespace

std::optional<Index> ExpiryIndexOf(const Table& table) {
  if (!table.ttl || !table.ttl->enabled) return std::nullopt;
  Index index;
  index.id = table.ttl->index;
  index.spec.projection = ProjectionType::kInclude;
  index.spec.included = {table.ttl->attribute};
  index.status = table.ttl->filled ? IndexStatus::kActive : IndexStatus::kCreating;
  index.created_micros = table.ttl->changed_micros;
  return index;
}

bool IsExpiryIndex(const Index& index) {
  return index.spec.schema.hash.empty();
}

std::vector<Index> AllIndexes(const Table& table) {
  std::vector<Index> indexes = table.indexes;
  if (std::optional<Index> expiry = ExpiryIndexOf(table)) indexes.push_back(std::move(*expiry));
  return indexes;
}

std::optional<uint64_t> ExpiryOf(ItemView item, std::string_view attribute) {
  const std::optional<ValueView> value = item.Find(attribute);
  if (!value || !value->Is(ValueType::kNumber)) return std::nullopt;
  const double seconds = std::floor(Number::FromPacked(value->payload()).ToDouble());
  if (seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return static_cast<uint64_t>(seconds);
}

std::optional<IndexEntry> ExpiryEntryOf(const Table& table, const Index& index, const ItemKey& key,
                                        ItemView item) {
  const std::optional<uint64_t> seconds = ExpiryOf(item, index.spec.included.front());
  if (!seconds) return std::nullopt;
  IndexEntry entry;
  entry.key = ExpiryBound(index.id, *seconds);
  AppendKeyElement(key.pk, &entry.key);
  entry.key.append(key.sk);
  entry.value = IndexEntryValue(table, index, item);
  entry.size = ItemOfIndexEntry(entry.value).aws_size();
  return entry;
}

std::string ExpiryBound(IndexId index, uint64_t seconds) {
  return IndexHashPrefix(index, seconds);
}

}  // namespace millrace
