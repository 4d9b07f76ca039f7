#include "engine/table.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace millrace {

const StreamWindow* Table::OpenStream() const {
  if (streams.empty() || streams.back().last.has_value()) return nullptr;
  return &streams.back();
}

const StreamWindow* Table::FindStream(std::string_view label) const {
  for (const StreamWindow& stream : streams) {
    if (stream.label == label) return &stream;
  }
  return nullptr;
}

const Index* Table::FindIndex(std::string_view name) const {
  const auto found = std::find_if(indexes.begin(), indexes.end(),
                                  [name](const Index& index) { return index.spec.name == name; });
  return found == indexes.end() ? nullptr : &*found;
}

bool Table::HasLocalIndex() const {
  return std::any_of(indexes.begin(), indexes.end(),
                     [](const Index& index) { return index.spec.kind == IndexKind::kLocal; });
}

bool Table::StoresOldImage() const {
  if (!indexes.empty() || (ttl && ttl->enabled)) return true;  // entries to remove follow from it
  const StreamWindow* stream = OpenStream();
  return stream != nullptr && (stream->view == StreamViewType::kOldImage ||
                               stream->view == StreamViewType::kNewAndOldImages);
}

uint64_t KeyHash(const Table& table, std::string_view pk) {
  return SeededHash(pk, table.hash_seed);
}

ShardIndex ShardOf(uint64_t key_hash) {
  return ShardIndex(static_cast<uint32_t>(key_hash >> (64 - kShardBits)));
}

}  // namespace millrace
