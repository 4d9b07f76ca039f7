#include "server/protocol/capacity.h"

#include <algorithm>

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

void WriteConsumedCapacity(ReturnConsumedCapacity mode, std::string_view table_name, double units,
                           JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("TableName");
  writer->String(table_name);
  writer->Key("CapacityUnits");
  writer->Double(units);
  if (mode == ReturnConsumedCapacity::kIndexes) {
    writer->Key("Table");
    writer->BeginObject();
    writer->Key("CapacityUnits");
    writer->Double(units);
    writer->EndObject();
  }
  writer->EndObject();
}

}  // namespace millrace
