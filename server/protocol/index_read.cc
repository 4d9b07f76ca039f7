#include "server/protocol/index_read.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/index_entries.h"

namespace millrace {
namespace {

Status InvalidStartKey() {
  return Status::Validation("The provided starting key is invalid");
}

// Attributes in the order of the expression.
std::vector<std::string> Unprojected(const Table& table, const Index& index,
                                     const std::vector<std::string>& attributes) {
  std::vector<std::string> missing;
  for (const std::string& attribute : attributes) {
    if (!IsProjected(table, index, attribute)) missing.push_back(attribute);
  }
  return missing;
}

Status DoesNotProject(const std::string& index, std::string_view what,
                      const std::vector<std::string>& attributes) {
  std::string names;
  for (const std::string& attribute : attributes) {
    if (!names.empty()) names += ", ";
    names += attribute;
  }
  return Status::Validation("One or more parameter values were invalid: " + index +
                            " does not project " + std::string(what) + "[" + names + "]");
}

// A key attribute of a starting key. Only its type and that it isn't empty are checked: longer than
// any key there is, it is a place in the order all the same.
Result<std::string> TakeStartValue(MapView start_key, const KeyAttribute& attribute) {
  const std::optional<ValueView> value = start_key.Find(attribute.name);
  if (!value) return InvalidStartKey();
  if (!value->Is(attribute.type) || value->payload().empty() ||
      value->payload().size() > kPartitionKeySizeMax) {
    return Status::Validation("The provided key element does not match the schema");
  }
  return std::string(value->payload());
}

// Is `raw` within the bounds of the condition's last attribute?
bool IsWithinBounds(const KeyCondition& condition, const std::string& raw) {
  if (condition.lower) {
    if (condition.lower_exclusive ? raw <= *condition.lower : raw < *condition.lower) return false;
  }
  if (condition.upper) {
    if (condition.upper_inclusive ? raw > *condition.upper : raw >= *condition.upper) return false;
  }
  return true;
}

}  // namespace

Status CheckIsFilled(const Index& index) {
  if (index.status != IndexStatus::kCreating) return Status::Ok();
  return Status::Validation("Cannot read from backfilling global secondary index: " +
                            index.spec.name);
}

Result<const Index*> FindReadIndex(const Table& table, std::optional<std::string_view> name,
                                   bool consistent) {
  if (!name) return static_cast<const Index*>(nullptr);
  const Index* const index = table.FindIndex(*name);
  if (index == nullptr) {
    return Status::Validation("The table does not have the specified index: " + std::string(*name));
  }
  if (consistent && index->spec.kind == IndexKind::kGlobal) {
    return Status::Validation("Consistent reads are not supported on global secondary indexes");
  }
  RETURN_IF_ERROR(CheckIsFilled(*index));
  return index;
}

std::vector<KeyAttribute> KeyAttributes(const IndexKeySchema& schema) {
  std::vector<KeyAttribute> attributes = schema.hash;
  attributes.insert(attributes.end(), schema.range.begin(), schema.range.end());
  return attributes;
}

IndexKeySchema ReadKeySchema(const Table& table, const Index* index) {
  return index == nullptr ? AsIndexKeySchema(table.spec.schema) : index->spec.schema;
}

Result<bool> NeedsWholeItems(const Table& table, const Index& index, std::string_view select,
                             const Selection& selection) {
  if (index.spec.projection == ProjectionType::kAll) return false;
  const bool local = index.spec.kind == IndexKind::kLocal;
  if (select == "ALL_ATTRIBUTES") {
    if (local) return true;
    return Status::Validation(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
        "for global secondary index " +
        index.spec.name + " because its projection type is not ALL");
  }
  if (selection.projection) {
    const std::vector<std::string> missing =
        Unprojected(table, index, selection.projection->TopLevelAttributes());
    if (!missing.empty() && !local) {
      return DoesNotProject("Global secondary index " + index.spec.name, "", missing);
    }
    if (!missing.empty()) return true;
  }
  return false;
}

Status CheckFilterProjected(const Table& table, const Index& index, const Condition& filter) {
  const std::vector<std::string> missing = Unprojected(table, index, filter.TopLevelAttributes());
  if (missing.empty()) return Status::Ok();
  return DoesNotProject("Secondary index " + index.spec.name,
                        "one or more filter attributes: ", missing);
}

Result<IndexStartKey> IndexStartKeyOf(const Table& table, const Index& index, ValueView start_key) {
  const std::vector<KeyAttribute> attributes = KeyAttributes(index.spec.schema);
  const std::vector<KeyAttribute> table_attributes =
      KeyAttributes(AsIndexKeySchema(table.spec.schema));
  std::map<std::string, std::string> values;
  for (const KeyAttribute& attribute : attributes) values[attribute.name];
  for (const KeyAttribute& attribute : table_attributes) values[attribute.name];
  if (start_key.count() != values.size()) return InvalidStartKey();
  for (const KeyAttribute& attribute : attributes) {
    ASSIGN_OR_RETURN(values[attribute.name], TakeStartValue(start_key.map(), attribute));
  }
  Value::Map table_key;
  for (const KeyAttribute& attribute : table_attributes) {
    const std::optional<ValueView> value = start_key.map().Find(attribute.name);
    if (value) table_key.emplace_back(attribute.name, Value(*value));
  }
  IndexStartKey start;
  ASSIGN_OR_RETURN(start.key, StartKeyOf(table.spec.schema,
                                         ValueView(Value::OfMap(std::move(table_key)).Encode())));
  for (const KeyAttribute& attribute : index.spec.schema.hash)
    start.index.hash.push_back(values[attribute.name]);
  for (const KeyAttribute& attribute : index.spec.schema.range)
    start.index.range.push_back(values[attribute.name]);
  return start;
}

Result<ItemKey> QueryStartKeyOf(const KeySchema& schema, ValueView start_key) {
  const std::vector<KeyAttribute> attributes = KeyAttributes(AsIndexKeySchema(schema));
  if (start_key.count() != attributes.size()) return InvalidStartKey();
  for (const KeyAttribute& attribute : attributes) {
    RETURN_IF_ERROR(TakeStartValue(start_key.map(), attribute).status());
  }
  return StartKeyOf(schema, start_key);
}

Status CheckQueryStart(const IndexKey& start, const KeyCondition& condition) {
  const bool same_hash = start.hash.front() == condition.pk &&
                         std::equal(start.hash.begin() + 1, start.hash.end(),
                                    condition.more_pk.begin(), condition.more_pk.end());
  const size_t equal = condition.sk_equal.size();
  if (equal == 0 && !condition.lower && !condition.upper) {
    if (same_hash) return Status::Ok();
    return Status::Validation(
        "The provided starting key is outside query boundaries based on provided conditions");
  }
  const bool within =
      std::equal(condition.sk_equal.begin(), condition.sk_equal.end(), start.range.begin()) &&
      (equal >= start.range.size() || IsWithinBounds(condition, start.range[equal]));
  if (!within) {
    return Status::Validation("The provided starting key does not match the range key predicate");
  }
  if (same_hash) return Status::Ok();
  return Status::Validation("The query can return at most one row and cannot be restarted");
}

std::string IndexKeysItem(const Table& table, const Index& index, const ItemKey& key,
                          const IndexKey& index_key) {
  std::map<std::string, Value> values;
  const KeySchema& schema = table.spec.schema;
  values[schema.hash.name] = KeyValue(schema.hash.type, key.pk);
  if (schema.range) values[schema.range->name] = KeyValue(schema.range->type, key.sk);
  for (size_t i = 0; i < index_key.hash.size(); ++i) {
    const KeyAttribute& attribute = index.spec.schema.hash[i];
    values[attribute.name] = KeyValue(attribute.type, index_key.hash[i]);
  }
  for (size_t i = 0; i < index_key.range.size(); ++i) {
    const KeyAttribute& attribute = index.spec.schema.range[i];
    values[attribute.name] = KeyValue(attribute.type, index_key.range[i]);
  }
  return EncodeItem(Value::OfMap({values.begin(), values.end()}));
}

}  // namespace millrace
