#include "connectors/import/csv_scan.h"

namespace millrace {
namespace {

using Outcome = CsvScan::Outcome;

size_t FirstLineSize(std::string_view text) {
  const size_t end = text.find('\n');
  return end == text.npos ? text.size() : end + 1;
}

// One scan, field by field.
class Scanner {
 public:
  Scanner(std::string_view text, bool at_end, const CsvDialect& dialect,
          std::vector<CsvField>* fields)
      : text_(text), at_end_(at_end), dialect_(dialect), fields_(fields) {}

  CsvScan Run() {
    fields_->clear();
    for (;;) {
      const bool quoted = at_ < text_.size() && text_[at_] == dialect_.quote;
      if (!quoted && at_ == text_.size() && !at_end_) return {};
      const Step step = quoted ? QuotedField() : PlainField();
      switch (step) {
        case Step::kField:
          continue;
        case Step::kRecord:
          return {Outcome::kRecord, at_, {}};
        case Step::kNeedsMore:
          return {};
        case Step::kUnclosed:
          return {Outcome::kMalformed, FirstLineSize(text_), "a quoted field has no closing quote"};
        case Step::kMalformed:
          return RestOfLine();
      }
    }
  }

 private:
  enum class Step { kField, kRecord, kNeedsMore, kUnclosed, kMalformed };

  Step PlainField() {
    const size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == dialect_.delimiter) {
        fields_->push_back({text_.substr(begin, at_ - begin), false, false});
        ++at_;
        return Step::kField;
      }
      if (c == '\n') return EndRecord(begin, at_ + 1);
      if (c == dialect_.quote) {
        problem_ = "a quote inside a field that is not quoted";
        return Step::kMalformed;
      }
    }
    return at_end_ ? EndRecord(begin, at_) : Step::kNeedsMore;
  }

  Step EndRecord(size_t begin, size_t next) {
    size_t end = at_;
    if (end > begin && text_[end - 1] == '\r') --end;
    fields_->push_back({text_.substr(begin, end - begin), false, false});
    at_ = next;
    return Step::kRecord;
  }

  Step QuotedField() {
    const size_t begin = ++at_;
    bool doubled = false;
    for (;;) {
      const size_t quote = text_.find(dialect_.quote, at_);
      if (quote == text_.npos) return at_end_ ? Step::kUnclosed : Step::kNeedsMore;
      if (quote + 1 < text_.size() && text_[quote + 1] == dialect_.quote) {
        doubled = true;
        at_ = quote + 2;
        continue;
      }
      if (quote + 1 == text_.size() && !at_end_) return Step::kNeedsMore;
      fields_->push_back({text_.substr(begin, quote - begin), true, doubled});
      at_ = quote + 1;
      return AfterQuotedField();
    }
  }

  Step AfterQuotedField() {
    if (at_ == text_.size()) return Step::kRecord;
    if (text_[at_] == dialect_.delimiter) {
      ++at_;
      return Step::kField;
    }
    if (text_[at_] == '\r' && at_ + 1 == text_.size()) {
      if (!at_end_) return Step::kNeedsMore;
      ++at_;
      return Step::kRecord;
    }
    const size_t line_end = at_ + (text_[at_] == '\r' ? 1 : 0);
    if (text_[line_end] == '\n') {
      at_ = line_end + 1;
      return Step::kRecord;
    }
    problem_ = "text after the closing quote of a field";
    return Step::kMalformed;
  }

  CsvScan RestOfLine() const {
    const size_t end = text_.find('\n', at_);
    if (end != text_.npos) return {Outcome::kMalformed, end + 1, problem_};
    if (!at_end_) return {};
    return {Outcome::kMalformed, text_.size(), problem_};
  }

  const std::string_view text_;
  const bool at_end_;
  const CsvDialect dialect_;
  std::vector<CsvField>* const fields_;
  size_t at_ = 0;
  std::string_view problem_;
};

}  // namespace

std::string CsvField::Text(char quote) const {
  if (!doubled_quotes) return std::string(raw);
  std::string text;
  for (size_t i = 0; i < raw.size(); ++i) {
    text.push_back(raw[i]);
    if (raw[i] == quote) ++i;  // the second of the two
  }
  return text;
}

CsvScan ScanCsvRecord(std::string_view text, bool at_end, const CsvDialect& dialect,
                      std::vector<CsvField>* fields) {
  return Scanner(text, at_end, dialect, fields).Run();
}

}  // namespace millrace
