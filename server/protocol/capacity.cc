#include "server/protocol/capacity.h"

#include <algorithm>

#include "engine/model/item.h"

namespace millrace {
namespace {

constexpr uint64_t kReadUnitSize = 4096;   // bytes
constexpr uint64_t kWriteUnitSize = 1024;  // bytes

uint64_t UnitsBegun(uint64_t bytes, uint64_t unit) {
  return std::max<uint64_t>(1, (bytes + unit - 1) / unit);
}

}  // namespace

ReturnConsumedCapacity ReadReturnConsumedCapacity(const Members& input) {
  const std::string_view text = input.Text("ReturnConsumedCapacity");
  if (text == "TOTAL") return ReturnConsumedCapacity::kTotal;
  if (text == "INDEXES") return ReturnConsumedCapacity::kIndexes;
  return ReturnConsumedCapacity::kNone;
}

double ReadUnits(uint64_t bytes, bool consistent) {
  const auto units = static_cast<double>(UnitsBegun(bytes, kReadUnitSize));
  return consistent ? units : units / 2;
}

double WriteUnits(uint64_t bytes) {
  return static_cast<double>(UnitsBegun(bytes, kWriteUnitSize));
}

namespace {

void WriteUnits(double units, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("CapacityUnits");
  writer->Double(units);
  writer->EndObject();
}

void WriteIndexUnits(std::string_view member, IndexKind kind,
                     const std::vector<IndexUnits>& indexes, JsonWriter* writer) {
  const auto of_kind = [kind](const IndexUnits& index) { return index.kind == kind; };
  if (std::none_of(indexes.begin(), indexes.end(), of_kind)) return;
  writer->Key(member);
  writer->BeginObject();
  for (const IndexUnits& index : indexes) {
    if (!of_kind(index)) continue;
    writer->Key(index.name);
    WriteUnits(index.units, writer);
  }
  writer->EndObject();
}

}  // namespace

void AddUnits(const std::vector<IndexWrite>& writes, std::vector<IndexUnits>* units) {
  for (const IndexWrite& write : writes) {
    const auto same = std::find_if(units->begin(), units->end(), [&write](const IndexUnits& index) {
      return index.name == write.index;
    });
    if (same == units->end()) {
      units->push_back({write.index, write.kind, static_cast<double>(write.units)});
    } else {
      same->units += static_cast<double>(write.units);
    }
  }
}

std::vector<IndexUnits> UnitsOfIndexes(const std::vector<IndexWrite>& writes) {
  std::vector<IndexUnits> units;
  AddUnits(writes, &units);
  return units;
}

double WriteUnits(const CommitResult& result) {
  if (result.outcomes.empty()) return WriteUnits(0);
  const WriteOutcome& outcome = result.outcomes[0];
  if (result.status.ok()) return WriteUnits(std::max(outcome.old_size, outcome.new_size));
  return WriteUnits(outcome.old_image.empty() ? 0 : ItemView(outcome.old_image).aws_size());
}

void WriteConsumedCapacity(ReturnConsumedCapacity mode, std::string_view table_name, double units,
                           JsonWriter* writer) {
  WriteConsumedCapacity(mode, table_name, units, {}, writer);
}

void WriteConsumedCapacity(ReturnConsumedCapacity mode, std::string_view table_name, double units,
                           const std::vector<IndexUnits>& indexes, JsonWriter* writer,
                           double failed) {
  double total = units + failed;
  for (const IndexUnits& index : indexes) total += index.units;
  writer->BeginObject();
  writer->Key("TableName");
  writer->String(table_name);
  writer->Key("CapacityUnits");
  writer->Double(total);
  if (mode == ReturnConsumedCapacity::kIndexes) {
    writer->Key("Table");
    WriteUnits(units, writer);
    WriteIndexUnits("LocalSecondaryIndexes", IndexKind::kLocal, indexes, writer);
    WriteIndexUnits("GlobalSecondaryIndexes", IndexKind::kGlobal, indexes, writer);
  }
  writer->EndObject();
}

}  // namespace millrace
