#include "index_audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace millrace::testing {

std::vector<std::string> ReadAll(const Database& database, PageRequest request, size_t limit) {
  std::vector<std::string> items;
  request.limit = limit;
  do {
    Result<Page> page = database.ReadPage(request);
    EXPECT_TRUE(page.ok()) << page.status().ToString();
    if (!page.ok()) return items;
    EXPECT_LE(page->scanned_count, limit);
    for (std::string& item : page->items) items.push_back(std::move(item));
    request.exclusive_start = page->last_evaluated;
    request.exclusive_start_index = page->last_evaluated_index;
  } while (request.exclusive_start);
  return items;
}

std::vector<std::string> ExpectedEntries(const Table& table, const Index& index,
                                         const std::vector<std::string>& items) {
  std::vector<KeyAttribute> keys = index.spec.schema.hash;
  keys.insert(keys.end(), index.spec.schema.range.begin(), index.spec.schema.range.end());
  std::set<std::string> names(index.spec.included.begin(), index.spec.included.end());
  for (const KeyAttribute& key : keys) names.insert(key.name);
  names.insert(table.spec.schema.hash.name);
  if (table.spec.schema.range) names.insert(table.spec.schema.range->name);
  std::vector<std::string> expected;
  for (const std::string& bytes : items) {
    const ItemView item(bytes);
    const bool has_entry = std::all_of(keys.begin(), keys.end(), [&item](const KeyAttribute& key) {
      const std::optional<ValueView> value = item.Find(key.name);
      return value && value->Is(key.type) && !value->payload().empty();
    });
    if (!has_entry) continue;
    if (index.spec.projection == ProjectionType::kAll) {
      expected.push_back(bytes);
      continue;
    }
    Value::Map map;
    for (const std::string& name : names) {
      if (const auto value = item.Find(name)) map.emplace_back(name, Value(*value));
    }
    expected.push_back(EncodeItem(Value::OfMap(std::move(map))));
  }
  return expected;
}

void AuditIndexes(const Database& database) {
  for (const TableRef& table : database.Tables()) {
    PageRequest request;
    request.table = table;
    const std::vector<std::string> items = ReadAll(database, request);
    for (const Index& index : table->indexes) {
      if (index.status != IndexStatus::kActive) continue;
      SCOPED_TRACE(table->spec.name + "/" + index.spec.name);
      request.index = &index;
      std::vector<std::string> found = ReadAll(database, request);
      std::vector<std::string> expected = ExpectedEntries(*table, index, items);
      int64_t size = 0;
      for (const std::string& entry : found) size += ItemView(entry).aws_size();
      std::sort(found.begin(), found.end());
      std::sort(expected.begin(), expected.end());
      EXPECT_TRUE(found == expected) << found.size() << " entries, expected " << expected.size();
      const TableStatistics statistics = database.IndexStatistics(index.id);
      EXPECT_EQ(statistics.item_count, static_cast<int64_t>(expected.size()));
      EXPECT_EQ(statistics.size, size);
    }
  }
}

}  // namespace millrace::testing
