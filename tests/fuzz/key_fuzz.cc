// Any bytes as two keys of a table and of an index: what is stored under is read back, in the order
// of the keys, and a partition holds its own entries and nobody else's.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/base/check.h"
#include "engine/keys.h"
#include "engine/model/item.h"
#include "engine/model/number.h"
#include "engine/model/schema.h"
#include "engine/table.h"

namespace millrace {
namespace {

constexpr TableId kTableId(7);
constexpr uint64_t kKeyHash = 0x0123456789abcdef;

// Cuts the input into the parts of keys, each of a length written before it.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  std::string Text() {
    const size_t length = Byte();
    const size_t size = std::min(length, rest_.size());
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  // A part of the other key: most often the same, as only such keys can be mistaken.
  std::string TextLike(const std::string& other) { return Byte() % 4 != 0 ? other : Text(); }

  std::vector<std::string> Texts(size_t count) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) texts.push_back(Text());
    return texts;
  }

  std::vector<std::string> TextsLike(const std::vector<std::string>& others) {
    std::vector<std::string> texts;
    for (const std::string& other : others) texts.push_back(TextLike(other));
    return texts;
  }

 private:
  std::string_view rest_;
};

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

void CheckPrefixEnd(const std::string& key, const std::string& prefix) {
  MILLRACE_CHECK(BeginsWith(key, prefix));
  const std::string end = PrefixEnd(prefix);
  MILLRACE_CHECK(key < end && prefix < end && !BeginsWith(end, prefix));
}

void CheckItemKeys(const ItemKey& a, const ItemKey& b) {
  const std::string stored_a = ItemStorageKey(kTableId, kKeyHash, a);
  const std::string stored_b = ItemStorageKey(kTableId, kKeyHash, b);
  const std::string partition = PartitionPrefix(kTableId, kKeyHash, a.pk);
  MILLRACE_CHECK(ItemKeyOfStorageKey(stored_a) == a);
  MILLRACE_CHECK(ItemKeyOfStorageKey(stored_b) == b);
  MILLRACE_CHECK(BeginsWith(stored_b, partition) == (a.pk == b.pk));
  if (a.pk == b.pk) MILLRACE_CHECK((stored_a < stored_b) == (a.sk < b.sk));
  CheckPrefixEnd(stored_a, partition);
}

struct Entry {
  IndexKey index_key;
  ItemKey key;
};

void CheckEntries(const Table& table, const Index& index, const Entry& a, const Entry& b) {
  const std::string stored_a = IndexStorageKey(table, index, a.index_key, a.key);
  const std::string stored_b = IndexStorageKey(table, index, b.index_key, b.key);
  Entry read;
  SplitIndexStorageKey(index.spec.schema, stored_a, &read.index_key, &read.key);
  MILLRACE_CHECK(read.index_key == a.index_key && read.key == a.key);

  const std::string partition = IndexPartitionPrefix(table, index, a.index_key.hash);
  const bool same_partition = a.index_key.hash == b.index_key.hash;
  MILLRACE_CHECK(BeginsWith(stored_b, partition) == same_partition);
  CheckPrefixEnd(stored_a, partition);
  if (!same_partition) return;
  const auto order = [](const Entry& entry) {
    return std::tie(entry.index_key.range, entry.key.pk, entry.key.sk);
  };
  MILLRACE_CHECK((stored_a < stored_b) == (order(a) < order(b)));
}

Index IndexOf(IndexKind kind, size_t hash_count, size_t range_count) {
  Index index;
  index.id = IndexId(9);
  index.spec.kind = kind;
  index.spec.schema.hash.resize(hash_count);
  index.spec.schema.range.resize(range_count);
  return index;
}

// The order of two plain decimals as Number writes them, from their digits.
bool IsLess(const Number& a, const Number& b) {
  if (a.negative() != b.negative()) return a.negative();
  if (a.negative()) return IsLess(b.Negated(), a.Negated());
  const std::string text_a = a.ToString();
  const std::string text_b = b.ToString();
  const size_t whole_a = std::min(text_a.find('.'), text_a.size());
  const size_t whole_b = std::min(text_b.find('.'), text_b.size());
  if (whole_a != whole_b) return whole_a < whole_b;
  return text_a < text_b;
}

void CheckNumbers(const std::string& text_a, const std::string& text_b) {
  const Result<Number> a = Number::Parse(text_a);
  const Result<Number> b = Number::Parse(text_b);
  if (!a.ok() || !b.ok()) return;
  MILLRACE_CHECK((a->Packed() < b->Packed()) == IsLess(*a, *b));
  const KeySchema schema{{"pk", ValueType::kNumber}, KeyAttribute{"sk", ValueType::kNumber}};
  const ItemKey key{a->Packed(), b->Packed()};
  const std::string item = KeysItem(schema, key);
  MILLRACE_CHECK(KeyOfItem(schema, ItemView(item)).value() == key);
}

void Run(std::string_view bytes) {
  Parts parts(bytes);
  const uint8_t shape = parts.Byte();
  const size_t hash_count = 1 + shape % 4;
  const size_t range_count = shape / 4 % 5;
  Entry a;
  a.key = {parts.Text(), parts.Text()};
  a.index_key = {parts.Texts(hash_count), parts.Texts(range_count)};
  Entry b;
  b.key = {parts.TextLike(a.key.pk), parts.TextLike(a.key.sk)};
  b.index_key = {parts.TextsLike(a.index_key.hash), parts.TextsLike(a.index_key.range)};

  CheckItemKeys(a.key, b.key);
  Table table;
  table.id = kTableId;
  CheckEntries(table, IndexOf(IndexKind::kGlobal, hash_count, range_count), a, b);
  // A local index has the table's HASH attribute, and one RANGE attribute.
  Entry local_a{{{a.key.pk}, parts.Texts(1)}, a.key};
  Entry local_b{{{b.key.pk}, parts.TextsLike(local_a.index_key.range)}, b.key};
  CheckEntries(table, IndexOf(IndexKind::kLocal, 1, 1), local_a, local_b);
  CheckNumbers(a.key.pk, b.key.sk);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
