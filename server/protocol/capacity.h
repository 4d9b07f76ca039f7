#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/json/json.h"
#include "server/protocol/members.h"

// What requests cost, as AWS counts it. Source: "Provisioned capacity" in the developer guide,
// read and write capacity unit consumption.
namespace millrace {

enum class ReturnConsumedCapacity : uint8_t { kNone, kTotal, kIndexes };
ReturnConsumedCapacity ReadReturnConsumedCapacity(const Members& input);

// One unit for every 4 KB begun, at least one; half of that when eventually consistent.
double ReadUnits(uint64_t bytes, bool consistent);
// One unit for every KB begun of the larger of the images before and after, at least one.
double WriteUnits(uint64_t bytes);

// What the only write of a commit cost, which it does also when its condition failed.
double WriteUnits(const CommitResult& result);

// The value of ConsumedCapacity, or an element of it.
void WriteConsumedCapacity(ReturnConsumedCapacity mode, std::string_view table_name, double units,
                           JsonWriter* writer);

// The same with what indexes of the table consumed beside the table's own `units`.
struct IndexUnits {
  std::string name;
  IndexKind kind = IndexKind::kGlobal;
  double units = 0;
};
// Of one write, or of several: each index once.
std::vector<IndexUnits> UnitsOfIndexes(const std::vector<IndexWrite>& writes);
void AddUnits(const std::vector<IndexWrite>& writes, std::vector<IndexUnits>* units);
// `failed`: units that count for the whole, and stand under neither the table nor an index.
void WriteConsumedCapacity(ReturnConsumedCapacity mode, std::string_view table_name, double units,
                           const std::vector<IndexUnits>& indexes, JsonWriter* writer,
                           double failed = 0);

}  // namespace millrace
