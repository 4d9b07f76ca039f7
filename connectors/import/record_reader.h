#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/import/csv_scan.h"
#include "connectors/import/input_buffer.h"
#include "engine/base/status.h"

namespace millrace {

// The longest record: far more than an item of 400 KB takes in any notation.
constexpr size_t kRecordSizeMax = size_t{8} << 20;  // bytes

// One record of the input, or the reason why what stands there is none. Valid until the reader's
// next Next.
struct SourceRecord {
  std::string_view text;         // of a line, without its end
  std::vector<CsvField> fields;  // of CSV
  std::string problem;           // not empty: it can't be read
  uint64_t offset = 0;           // where it begins, in unpacked bytes
  uint64_t line = 0;             // from 1
  uint64_t next_offset = 0;      // right behind it
  uint64_t next_line = 0;
};

// Splits an input into records; empty lines are passed over. Memory is bounded by kRecordSizeMax.
// Single-threaded.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end. Errors: of the source; after kUnavailable (interrupted) it may be called
  // again, nothing is lost.
  virtual Result<bool> Next(SourceRecord* record) = 0;
  // Takes the record returned last off the input, so that the input is right behind it.
  virtual void Release() = 0;
};

// `input` outlives them.
std::unique_ptr<RecordReader> NewLineReader(InputBuffer* input);
std::unique_ptr<RecordReader> NewCsvReader(InputBuffer* input, const CsvDialect& dialect);

}  // namespace millrace
