#include "engine/keys.h"

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace millrace {

std::string HashPrefix(TableId table, uint64_t key_hash) {
  std::string key;
  PutBig(&key, table.value());
  PutBig(&key, key_hash);
  return key;
}

std::string PartitionPrefix(TableId table, uint64_t key_hash, std::string_view pk) {
  std::string key;
  key.reserve(14 + pk.size() + 32);
  PutBig(&key, table.value());
  PutBig(&key, key_hash);
  PutBig(&key, static_cast<uint16_t>(pk.size()));
  key.append(pk);
  return key;
}

std::string ItemStorageKey(TableId table, uint64_t key_hash, const ItemKey& key) {
  std::string storage_key = PartitionPrefix(table, key_hash, key.pk);
  storage_key.append(key.sk);
  return storage_key;
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  MILLRACE_CHECK(!end.empty());
  end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

ItemKey ItemKeyOfStorageKey(std::string_view storage_key) {
  constexpr size_t kFixed = 4 + 8;
  uint16_t pk_size = 0;
  std::string_view rest = storage_key.substr(kFixed);
  std::string_view pk;
  MILLRACE_CHECK(TakeBig(&rest, &pk_size) && TakeBytes(&rest, pk_size, &pk));
  return ItemKey{std::string(pk), std::string(rest)};
}

}  // namespace millrace
