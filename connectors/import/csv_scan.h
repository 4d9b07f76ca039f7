#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Records of CSV, as RFC 4180 has them: fields apart by a delimiter, records by LF or CR LF; a
// field in quotes may hold delimiters, line ends and doubled quotes. Stricter than many readers: a
// quote inside a field that is not quoted, and text after a closing quote, are errors.
namespace millrace {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';
};

struct CsvField {
  std::string_view raw;  // without the quotes around it
  bool quoted = false;
  bool doubled_quotes = false;  // in `raw`
  // What it says.
  std::string Text(char quote) const;
};

struct CsvScan {
  enum class Outcome { kRecord, kMalformed, kNeedsMore };
  Outcome outcome = Outcome::kNeedsMore;
  size_t size = 0;           // bytes to take off, line end included
  std::string_view problem;  // of what is malformed
};

// The first record of `text`, which begins where a record does; `at_end`: nothing follows `text`.
// Of what is malformed `size` reaches to the end of the line in which that is seen, but of a quoted
// field without an end only to the first line's end, so that one lost quote costs one line.
// `fields` are views into `text`. Pure.
CsvScan ScanCsvRecord(std::string_view text, bool at_end, const CsvDialect& dialect,
                      std::vector<CsvField>* fields);

}  // namespace millrace
