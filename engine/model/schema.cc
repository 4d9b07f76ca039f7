#include "engine/model/schema.h"

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace millrace {
namespace {

constexpr std::string_view kViewTypeNames[] = {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                               "NEW_AND_OLD_IMAGES"};

Status KeyMismatch() {
  return Status::Validation("The provided key element does not match the schema");
}

Status Invalid(std::string detail) {
  return Status::Validation("One or more parameter values were invalid: " + std::move(detail));
}

// Of a key attribute that is there and of the declared type.
Status CheckKeyBytes(const KeyAttribute& attribute, bool is_hash, std::string_view raw) {
  if (attribute.type == ValueType::kNumber) return Status::Ok();
  if (raw.empty()) {
    const std::string kind = attribute.type == ValueType::kString ? "string" : "binary";
    return Status::Validation(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty " +
        kind + " value. Key: " + attribute.name);
  }
  if (is_hash && raw.size() > kPartitionKeySizeMax) {
    // The missing space is the service's.
    return Invalid("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!is_hash && raw.size() > kSortKeySizeMax) {
    return Invalid("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return Status::Ok();
}

Status TakeFromItem(const KeyAttribute& attribute, bool is_hash, ItemView item, std::string* raw) {
  const std::optional<ValueView> value = item.Find(attribute.name);
  if (!value) return Invalid("Missing the key " + attribute.name + " in the item");
  if (!value->Is(attribute.type)) {
    return Invalid("Type mismatch for key " + attribute.name +
                   " expected: " + std::string(WireName(attribute.type)) +
                   " actual: " + std::string(WireName(value->type())));
  }
  RETURN_IF_ERROR(CheckKeyBytes(attribute, is_hash, value->payload()));
  raw->assign(value->payload());
  return Status::Ok();
}

Status TakeFromKeyMap(const KeyAttribute& attribute, bool is_hash, MapView map, std::string* raw) {
  const std::optional<ValueView> value = map.Find(attribute.name);
  if (!value || !value->Is(attribute.type)) return KeyMismatch();
  RETURN_IF_ERROR(CheckKeyBytes(attribute, is_hash, value->payload()));
  raw->assign(value->payload());
  return Status::Ok();
}

}  // namespace

IndexKeySchema AsIndexKeySchema(const KeySchema& schema) {
  IndexKeySchema index;
  index.hash.push_back(schema.hash);
  if (schema.range) index.range.push_back(*schema.range);
  return index;
}

std::string_view WireName(StreamViewType type) {
  return kViewTypeNames[static_cast<size_t>(type)];
}

std::optional<StreamViewType> ParseStreamViewType(std::string_view text) {
  for (size_t i = 0; i < std::size(kViewTypeNames); ++i) {
    if (kViewTypeNames[i] == text) return static_cast<StreamViewType>(i);
  }
  return std::nullopt;
}

Result<ItemKey> KeyOfItem(const KeySchema& schema, ItemView item) {
  ItemKey key;
  RETURN_IF_ERROR(TakeFromItem(schema.hash, true, item, &key.pk));
  if (schema.range) RETURN_IF_ERROR(TakeFromItem(*schema.range, false, item, &key.sk));
  return key;
}

Result<ItemKey> KeyOfKeyMap(const KeySchema& schema, ValueView map) {
  MILLRACE_CHECK(map.Is(ValueType::kMap));
  if (map.count() != (schema.range ? 2 : 1)) return KeyMismatch();
  ItemKey key;
  RETURN_IF_ERROR(TakeFromKeyMap(schema.hash, true, map.map(), &key.pk));
  if (schema.range) RETURN_IF_ERROR(TakeFromKeyMap(*schema.range, false, map.map(), &key.sk));
  return key;
}

std::string KeysItem(const KeySchema& schema, const ItemKey& key) {
  Value::Map map;
  map.emplace_back(schema.hash.name, KeyValue(schema.hash.type, key.pk));
  if (schema.range) map.emplace_back(schema.range->name, KeyValue(schema.range->type, key.sk));
  return EncodeItem(Value::OfMap(std::move(map)));
}

Value KeyValue(ValueType type, std::string_view raw) {
  MILLRACE_CHECK(type == ValueType::kString || type == ValueType::kNumber ||
                 type == ValueType::kBinary);
  std::string bytes;
  bytes.reserve(1 + raw.size());
  bytes.push_back(static_cast<char>(type));
  bytes.append(raw);
  return Value(ValueView(bytes));
}

}  // namespace millrace
