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

namespace {

constexpr char kEscaped = '\xff';

std::string TakeKeyElement(std::string_view* rest) {
  std::string raw;
  while (true) {
    const size_t zero = rest->find('\0');
    MILLRACE_CHECK(zero != rest->npos && zero + 1 < rest->size());
    raw.append(rest->substr(0, zero));
    const char next = (*rest)[zero + 1];
    rest->remove_prefix(zero + 2);
    if (next == '\0') return raw;
    MILLRACE_CHECK(next == kEscaped);
    raw.push_back('\0');
  }
}

}  // namespace

void AppendKeyElement(std::string_view raw, std::string* out) {
  size_t zero = raw.find('\0');
  while (zero != raw.npos) {
    out->append(raw.substr(0, zero + 1));
    out->push_back(kEscaped);
    raw.remove_prefix(zero + 1);
    zero = raw.find('\0');
  }
  out->append(raw);
  out->append(2, '\0');
}

uint64_t IndexHash(const Table& table, const Index& index, const std::vector<std::string>& hash) {
  if (index.spec.kind == IndexKind::kLocal) return KeyHash(table, hash.front());
  std::string elements;
  for (const std::string& raw : hash) AppendKeyElement(raw, &elements);
  return KeyHash(table, elements);
}

std::string IndexHashPrefix(IndexId index, uint64_t key_hash) {
  return HashPrefix(TableId(index.value()), key_hash);  // ids are of one sequence
}

std::string IndexPartitionPrefix(const Table& table, const Index& index,
                                 const std::vector<std::string>& hash) {
  std::string prefix = IndexHashPrefix(index.id, IndexHash(table, index, hash));
  for (const std::string& raw : hash) AppendKeyElement(raw, &prefix);
  return prefix;
}

std::string IndexStorageKey(const Table& table, const Index& index, const IndexKey& index_key,
                            const ItemKey& key) {
  std::string storage_key = IndexPartitionPrefix(table, index, index_key.hash);
  for (const std::string& raw : index_key.range) AppendKeyElement(raw, &storage_key);
  AppendKeyElement(key.pk, &storage_key);
  storage_key.append(key.sk);
  return storage_key;
}

void SplitIndexStorageKey(const IndexKeySchema& schema, std::string_view storage_key,
                          IndexKey* index_key, ItemKey* key) {
  std::string_view rest = storage_key.substr(4 + 8);
  *index_key = IndexKey();
  for (size_t i = 0; i < schema.hash.size(); ++i) index_key->hash.push_back(TakeKeyElement(&rest));
  for (size_t i = 0; i < schema.range.size(); ++i)
    index_key->range.push_back(TakeKeyElement(&rest));
  key->pk = TakeKeyElement(&rest);
  key->sk = std::string(rest);
}

}  // namespace millrace
