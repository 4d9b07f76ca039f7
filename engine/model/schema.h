#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/model/item.h"
#include "engine/model/position.h"

namespace millrace {

// An attribute of a key and its declared type: kString, kNumber or kBinary.
struct KeyAttribute {
  std::string name;
  ValueType type = ValueType::kString;
  bool operator==(const KeyAttribute&) const = default;
};

struct KeySchema {
  KeyAttribute hash;
  std::optional<KeyAttribute> range;
  bool operator==(const KeySchema&) const = default;
};

// A primary key as raw order-preserving bytes: S and B as they are, N packed. `sk` is empty without
// a sort key.
struct ItemKey {
  std::string pk;
  std::string sk;
  auto operator<=>(const ItemKey&) const = default;
};

// The key of an index: a table's own has one HASH and at most one RANGE attribute, a global
// secondary index has up to four of each.
struct IndexKeySchema {
  std::vector<KeyAttribute> hash;
  std::vector<KeyAttribute> range;
  bool operator==(const IndexKeySchema&) const = default;
};

IndexKeySchema AsIndexKeySchema(const KeySchema& schema);

// The values of an index's key attributes, in the order of its schema, as raw key bytes. Not
// unique: several items may have the same.
struct IndexKey {
  std::vector<std::string> hash;
  std::vector<std::string> range;
  auto operator<=>(const IndexKey&) const = default;
};

enum class StreamViewType : uint8_t {
  kKeysOnly = 0,
  kNewImage = 1,
  kOldImage = 2,
  kNewAndOldImages = 3
};
std::string_view WireName(StreamViewType type);
std::optional<StreamViewType> ParseStreamViewType(std::string_view text);

// The key of a full item, for Put. Errors (AWS's texts): a key attribute missing ("One or more
// parameter values were invalid: Missing the key NAME in the item"), of the wrong type ("... Type
// mismatch for key NAME expected: S actual: N"), empty, or too long.
Result<ItemKey> KeyOfItem(const KeySchema& schema, ItemView item);
// The key given as Key of Get, Update, Delete: exactly the key attributes ("The provided key
// element does not match the schema").
Result<ItemKey> KeyOfKeyMap(const KeySchema& schema, ValueView map);
// The Keys of a change record: an item of the key attributes alone.
std::string KeysItem(const KeySchema& schema, const ItemKey& key);
// One key attribute from its raw bytes, and back.
Value KeyValue(ValueType type, std::string_view raw);

}  // namespace millrace
