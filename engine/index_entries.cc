#include "engine/index_entries.h"

#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/expiry_index.h"
#include "engine/keys.h"

namespace millrace {
namespace {

constexpr char kFormat = 1;
constexpr uint32_t kWriteUnitSize = 1024;  // bytes

uint32_t UnitsOf(uint32_t size) {
  return std::max<uint32_t>(1, (size + kWriteUnitSize - 1) / kWriteUnitSize);
}

// False when a value is missing or cannot be a key.
bool TakeValues(const std::vector<KeyAttribute>& attributes, size_t size_max, ItemView item,
                std::vector<std::string>* values) {
  size_t size = 0;
  for (const KeyAttribute& attribute : attributes) {
    const std::optional<ValueView> value = item.Find(attribute.name);
    if (!value || !value->Is(attribute.type) || value->payload().empty()) return false;
    size += value->payload().size();
    values->emplace_back(value->payload());
  }
  return size <= size_max;
}

bool Names(const std::vector<KeyAttribute>& attributes, std::string_view name) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [name](const KeyAttribute& attribute) { return attribute.name == name; });
}

// What is checked: an item that is put, the item that an update made, or the values that a
// transaction's update assigns.
enum class Checked : uint8_t { kPut, kUpdated, kAssigned };

// Checks the values of one item against one index.
class KeyChecker {
 public:
  // `old_item`: of an update; empty() otherwise.
  KeyChecker(const Index& index, Checked checked, ItemView item, ItemView old_item)
      : index_(index), checked_(checked), item_(item), old_item_(old_item) {}

  Status Check() const {
    RETURN_IF_ERROR(CheckPart(index_.spec.schema.hash, true));
    return CheckPart(index_.spec.schema.range, false);
  }

 private:
  Status CheckPart(const std::vector<KeyAttribute>& attributes, bool hash) const {
    size_t size = 0;
    bool changed = false;
    for (const KeyAttribute& attribute : attributes) {
      const std::optional<ValueView> value = item_.Find(attribute.name);
      if (!value) continue;
      size += value->payload().size();
      if (IsUnchanged(attribute, *value)) continue;
      changed = true;
      if (!value->Is(attribute.type)) return UnsupportedType(attribute, value->type());
      if (value->payload().empty()) return Empty(attribute);
    }
    if (checked_ == Checked::kAssigned) return Status::Ok();
    if (changed && size > (hash ? kPartitionKeySizeMax : kSortKeySizeMax)) return TooLong(hash);
    return Status::Ok();
  }

  bool IsUnchanged(const KeyAttribute& attribute, ValueView value) const {
    return !old_item_.empty() && old_item_.Find(attribute.name) == std::optional<ValueView>(value);
  }

  Status UnsupportedType(const KeyAttribute& attribute, ValueType actual) const {
    if (checked_ == Checked::kUpdated) {
      return Status::Validation(
          "The update expression attempted to update the secondary index key to unsupported type");
    }
    return Status::Validation(
        "One or more parameter values were invalid: Type mismatch for Index Key " + attribute.name +
        " Expected: " + std::string(WireName(attribute.type)) +
        " Actual: " + std::string(WireName(actual)) + " IndexName: " + index_.spec.name);
  }

  Status Empty(const KeyAttribute& attribute) const {
    const std::string empty =
        std::string("The AttributeValue for a key attribute cannot contain an empty ") +
        (attribute.type == ValueType::kString ? "string" : "binary") + " value.";
    if (checked_ != Checked::kPut) {
      return Status::Validation(
          "One or more parameter values are not valid. The update expression attempted to update a "
          "secondary index key to a value that is not supported. " +
          empty);
    }
    return Status::Validation(
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. " +
        empty + " IndexName: " + index_.spec.name + ", IndexKey: " + attribute.name);
  }

  // A put's texts are those of the table's own keys; for indexes they could not be confirmed.
  Status TooLong(bool hash) const {
    if (checked_ == Checked::kUpdated) {
      return Status::Validation(
          "The update expression attempted to update the secondary index key beyond allowed size "
          "limits");
    }
    return Status::Validation(
        hash ? "One or more parameter values were invalid: Size of hashkey has exceeded the "
               "maximum size limit of2048 bytes"
             : "One or more parameter values were invalid: Aggregated size of all range keys has "
               "exceeded the size limit of 1024 bytes");
  }

  const Index& index_;
  const Checked checked_;
  const ItemView item_;
  const ItemView old_item_;
};

Status CheckAll(const Table& table, Checked checked, ItemView item, ItemView old_item = {}) {
  const Index* first = nullptr;
  for (const Index& index : table.indexes) {
    if (first != nullptr && first->spec.name < index.spec.name) continue;
    if (!KeyChecker(index, checked, item, old_item).Check().ok()) first = &index;
  }
  return first == nullptr ? Status::Ok() : KeyChecker(*first, checked, item, old_item).Check();
}

}  // namespace

std::optional<Index> FindIndex(const Table& table, IndexId id) {
  for (const Index& index : table.indexes) {
    if (index.id == id) return index;
  }
  std::optional<Index> expiry = ExpiryIndexOf(table);
  return expiry && expiry->id == id ? expiry : std::nullopt;
}

std::optional<IndexKey> IndexKeyOf(const IndexKeySchema& schema, ItemView item) {
  IndexKey key;
  if (!TakeValues(schema.hash, kPartitionKeySizeMax, item, &key.hash)) return std::nullopt;
  if (!TakeValues(schema.range, kSortKeySizeMax, item, &key.range)) return std::nullopt;
  return key;
}

bool IsProjected(const Table& table, const Index& index, std::string_view attribute) {
  const IndexSpec& spec = index.spec;
  const KeySchema& base = table.spec.schema;
  return spec.projection == ProjectionType::kAll || attribute == base.hash.name ||
         (base.range && attribute == base.range->name) || Names(spec.schema.hash, attribute) ||
         Names(spec.schema.range, attribute) ||
         std::find(spec.included.begin(), spec.included.end(), attribute) != spec.included.end();
}

std::string ProjectedItem(const Table& table, const Index& index, ItemView item) {
  if (index.spec.projection == ProjectionType::kAll) return std::string(item.bytes());
  const MapView attributes = item.attributes();
  std::vector<std::string> entries;
  for (size_t i = 0; i < attributes.size(); ++i) {
    const auto [name, value] = attributes.entry(i);
    if (!IsProjected(table, index, name)) continue;
    AppendMapEntry(name, value.bytes(), &entries.emplace_back());
  }
  std::string map;
  AppendContainer(ValueType::kMap, {entries.begin(), entries.end()}, &map);
  return EncodeItem(ValueView(map));
}

std::optional<IndexEntry> IndexEntryOf(const Table& table, const Index& index, const ItemKey& key,
                                       ItemView item) {
  if (item.empty()) return std::nullopt;
  if (IsExpiryIndex(index)) return ExpiryEntryOf(table, index, key, item);
  const std::optional<IndexKey> index_key = IndexKeyOf(index.spec.schema, item);
  if (!index_key) return std::nullopt;
  IndexEntry entry;
  entry.key = IndexStorageKey(table, index, *index_key, key);
  entry.value = IndexEntryValue(table, index, item);
  entry.size = ItemOfIndexEntry(entry.value).aws_size();
  return entry;
}

IndexChange IndexChangeOf(const Table& table, const Index& index, const ItemKey& key,
                          ItemView old_item, ItemView new_item) {
  std::optional<IndexEntry> before = IndexEntryOf(table, index, key, old_item);
  std::optional<IndexEntry> after = IndexEntryOf(table, index, key, new_item);
  const bool same_key = before && after && before->key == after->key;
  IndexChange change;
  if (same_key && before->value == after->value) return change;
  change.count_delta = (after ? 1 : 0) - (before ? 1 : 0);
  change.size_delta = (after ? int64_t{after->size} : 0) - (before ? int64_t{before->size} : 0);
  if (same_key) {
    change.units = UnitsOf(std::max(before->size, after->size));
  } else {
    change.units = (before ? UnitsOf(before->size) : 0) + (after ? UnitsOf(after->size) : 0);
    if (before) change.removed = std::move(before->key);
  }
  change.put = std::move(after);
  return change;
}

std::string IndexEntryValue(const Table& table, const Index& index, ItemView item) {
  return std::string(1, kFormat).append(ProjectedItem(table, index, item));
}

ItemView ItemOfIndexEntry(std::string_view value) {
  if (value.size() <= 1 + kItemHeaderSize || value[0] != kFormat) return ItemView();
  return ItemView(value.substr(1));
}

Status CheckIndexKeys(const Table& table, ItemView item) {
  return CheckAll(table, Checked::kPut, item);
}

Status CheckUpdatedIndexKeys(const Table& table, ItemView old_item, ItemView item) {
  return CheckAll(table, Checked::kUpdated, item, old_item);
}

Status CheckAssignedIndexKeys(const Table& table, ItemView assigned) {
  return CheckAll(table, Checked::kAssigned, assigned);
}

}  // namespace millrace
