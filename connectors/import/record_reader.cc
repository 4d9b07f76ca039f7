#include "connectors/import/record_reader.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr std::string_view kTooLong = "longer than 8 MB";

void SetPlace(const InputBuffer& input, SourceRecord* record) {
  record->offset = input.offset();
  record->line = input.line();
  record->problem.clear();
}

void SetNext(const InputBuffer& input, SourceRecord* record) {
  record->next_offset = input.offset();
  record->next_line = input.line();
}

// A line that is given up: passed over to its end without being kept, however long it is, and told
// then as one record. What interrupts that loses nothing.
class GivenUpLine {
 public:
  bool under_way() const { return under_way_; }
  // At its beginning.
  void Begin(const InputBuffer& input, std::string_view problem) {
    SetPlace(input, &line_);
    line_.problem = problem;
    under_way_ = true;
  }
  Result<bool> Finish(InputBuffer* input, SourceRecord* record) {
    for (;;) {
      const std::string_view data = input->data();
      const size_t end = data.find('\n');
      input->Consume(end == data.npos ? data.size() : end + 1);
      if (end != data.npos || input->at_end()) break;
      RETURN_IF_ERROR(input->Fill());
    }
    under_way_ = false;
    SetNext(*input, &line_);
    *record = line_;
    return true;
  }

 private:
  SourceRecord line_;
  bool under_way_ = false;
};

// Consumes a record only when the next one is asked for, since the record is a view of the buffer.
class LineReader final : public RecordReader {
 public:
  explicit LineReader(InputBuffer* input) : input_(input) {}

  void Release() override { input_->Consume(std::exchange(taken_, 0)); }

  Result<bool> Next(SourceRecord* record) override {
    Release();
    for (;;) {
      if (given_up_.under_way()) return given_up_.Finish(input_, record);
      const std::string_view data = input_->data();
      const size_t end = data.find('\n', searched_);
      if (end != data.npos || input_->at_end()) {
        searched_ = 0;
        const size_t size = std::min(end, data.size());
        if (data.empty()) return false;
        if (Take(data.substr(0, size), end != data.npos, record)) return true;
        continue;
      }
      searched_ = data.size();
      if (data.size() > kRecordSizeMax) {
        given_up_.Begin(*input_, kTooLong);
        searched_ = 0;
        continue;
      }
      RETURN_IF_ERROR(input_->Fill());
    }
  }

 private:
  // False for an empty line, which is consumed.
  bool Take(std::string_view line, bool has_end, SourceRecord* record) {
    const size_t whole = line.size() + (has_end ? 1 : 0);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t\r") == line.npos) {
      input_->Consume(whole);
      return false;
    }
    SetPlace(*input_, record);
    record->text = line;
    if (line.size() > kRecordSizeMax) record->problem = kTooLong;
    record->next_offset = record->offset + whole;
    record->next_line = record->line + 1;
    taken_ = whole;
    return true;
  }

  InputBuffer* input_;
  size_t taken_ = 0;     // by the record returned last
  size_t searched_ = 0;  // no line ends in so much of the buffer
  GivenUpLine given_up_;
};

class CsvReader final : public RecordReader {
 public:
  CsvReader(InputBuffer* input, const CsvDialect& dialect) : input_(input), dialect_(dialect) {}

  void Release() override { input_->Consume(std::exchange(taken_, 0)); }

  Result<bool> Next(SourceRecord* record) override {
    Release();
    for (;;) {
      if (given_up_.under_way()) return given_up_.Finish(input_, record);
      const std::string_view data = input_->data();
      if (data.empty() && input_->at_end()) return false;
      const CsvScan scan = data.empty()
                               ? CsvScan()
                               : ScanCsvRecord(data, input_->at_end(), dialect_, &record->fields);
      if (scan.outcome == CsvScan::Outcome::kNeedsMore) {
        // Most likely a lost quote, so that only the line is given up in which it would begin.
        if (data.size() > kRecordSizeMax) {
          given_up_.Begin(*input_, "a record longer than 8 MB; is a closing quote missing?");
        } else {
          RETURN_IF_ERROR(input_->Fill());
        }
        continue;
      }
      SetPlace(*input_, record);
      if (scan.outcome == CsvScan::Outcome::kRecord && IsEmpty(record->fields)) {
        input_->Consume(scan.size);
        continue;
      }
      record->problem = scan.problem;
      record->text = data.substr(0, scan.size);
      taken_ = scan.size;
      record->next_offset = record->offset + scan.size;
      record->next_line = record->line + static_cast<uint64_t>(std::count(
                                             record->text.begin(), record->text.end(), '\n'));
      return true;
    }
  }

 private:
  static bool IsEmpty(const std::vector<CsvField>& fields) {
    return fields.size() == 1 && fields[0].raw.empty() && !fields[0].quoted;
  }

  InputBuffer* input_;
  const CsvDialect dialect_;
  size_t taken_ = 0;
  GivenUpLine given_up_;
};

}  // namespace

std::unique_ptr<RecordReader> NewLineReader(InputBuffer* input) {
  return std::make_unique<LineReader>(input);
}

std::unique_ptr<RecordReader> NewCsvReader(InputBuffer* input, const CsvDialect& dialect) {
  return std::make_unique<CsvReader>(input, dialect);
}

}  // namespace millrace
