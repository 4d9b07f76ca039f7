#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/database.h"
#include "engine/json/json.h"
#include "server/protocol/members.h"

// ReturnItemCollectionMetrics. Source: "ItemCollectionMetrics" in the API reference.
namespace millrace {

// SIZE is asked for, and the table has item collections: those that have a local index.
bool WantsCollectionMetrics(const Members& input, const Table& table);

// The value of ItemCollectionMetrics, or an element of it: the partition key, and between which
// whole gigabytes its collection is.
Status WriteCollectionMetrics(const Database& database, const Table& table, std::string_view pk,
                              JsonWriter* writer);

// ItemCollectionMetrics of operations on several tables: a list for each table, and in it each
// collection that was written to once. Tables without collections are left out.
class WrittenCollections {
 public:
  // `name`: of the table, as the reply has it.
  void Add(const std::string& name, const TableRef& table, const std::string& pk);
  // The member and its value.
  Status Write(const Database& database, JsonWriter* writer) const;

 private:
  struct OfTable {
    TableRef table;
    std::set<std::string> pks;
  };
  std::map<std::string, OfTable> tables_;
};

}  // namespace millrace
