#include "connectors/import/write_batch.h"

#include "engine/json/json.h"

namespace millrace {

void WriteBatch::Add(const ImportItem& item, const Mark& mark) {
  if (entries_.empty()) first_ = mark;
  for (Entry& entry : entries_) {
    if (!entry.live || entry.key != item.key) continue;
    entry.live = false;
    --live_;
  }
  entries_.push_back({item.key, text_.size(), item.json.size(), mark, true});
  text_.append(item.json);
  ++live_;
}

std::vector<size_t> WriteBatch::Live() const {
  std::vector<size_t> live;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live) live.push_back(i);
  }
  return live;
}

std::string WriteBatch::Body(std::string_view table, const std::vector<size_t>& indexes) const {
  constexpr std::string_view kBefore = "{\"PutRequest\":{\"Item\":";
  constexpr std::string_view kAfter = "}}";
  std::string body;
  body.reserve(text_.size() + indexes.size() * 32 + table.size() + 64);
  body.append("{\"RequestItems\":{");
  JsonWriter(&body).Key(table);
  char separator = '[';
  for (const size_t index : indexes) {
    const Entry& entry = entries_[index];
    body.push_back(separator);
    separator = ',';
    body.append(kBefore).append(text_, entry.begin, entry.size).append(kAfter);
  }
  body.append("]}}");
  return body;
}

}  // namespace millrace
