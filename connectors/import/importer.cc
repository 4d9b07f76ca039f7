#include "connectors/import/importer.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

constexpr int64_t kTickNanos = 100'000'000;
constexpr int64_t kSaveNanos = 1'000'000'000;
constexpr std::chrono::milliseconds kWait(100);
constexpr uint64_t kRecordsBetweenTicks = 256;

size_t LaneOf(const ItemKey& key, size_t lanes) {
  const std::hash<std::string> hash;
  return (hash(key.pk) * 31 + hash(key.sk)) % lanes;
}

bool BeginsWithArray(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '[';
}

bool HasBareCarriageReturn(const CsvField& field) {
  return !field.quoted && field.raw.find('\r') != field.raw.npos;
}

Status At(const std::string& path, const Status& status) {
  if (status.Is(ErrorCode::kIo) || status.Is(ErrorCode::kUnavailable)) return status;
  return Status(status.code(), path + ": " + status.message());
}

}  // namespace

// An open file and what it goes through.
struct Importer::Input {
  size_t index = 0;
  std::string path;
  std::unique_ptr<ByteSource> source;
  std::unique_ptr<InputBuffer> buffer;
  std::unique_ptr<RecordReader> reader;
  std::unique_ptr<ItemMaker> maker;
  FormatOptions format;
};

Importer::Importer(ImportOptions options, const ImportConnector& connect, FileSystem* files,
                   const Clock* clock, ImportObserver* observer)
    : options_(std::move(options)),
      connect_(connect),
      files_(files),
      clock_(clock),
      observer_(observer) {}

Importer::~Importer() = default;

Status Importer::Check() {
  for (size_t i = 0; i < options_.paths.size(); ++i) {
    const std::string& path = options_.paths[i];
    if (path != "-") RETURN_IF_ERROR(IdentityOf(path).status());
    std::error_code ignored;
    const bool regular = std::filesystem::is_regular_file(path, ignored);
    if (!regular && i > 0) continue;
    ASSIGN_OR_RETURN(std::unique_ptr<Input> input, Open(i));
    RETURN_IF_ERROR(Prepare(input.get()));
    if (regular) {
      const Status begun = input->buffer->Fill();
      if (!begun.ok() && !begun.Is(ErrorCode::kUnavailable)) return At(path, begun);
    } else {
      input_ = std::move(input);
    }
  }
  return Resume();
}

Result<ImportEnd> Importer::Run() {
  state_.table_id = options_.table_id;
  BatchSender::Options sending;
  sending.table = options_.table;
  sending.patience_ms = options_.patience_ms;
  lanes_ = std::make_unique<LanePool>(connect_, options_.connections, options_.schema, sending);
  filling_.resize(options_.connections);
  Result<ImportEnd> end = ReadFiles();
  if (end.ok() && *end == ImportEnd::kComplete) end = Finish();
  lanes_->Stop();
  ticked_nanos_ = 0;
  static_cast<void>(Tick());  // the last answers
  const bool complete = end.ok() && *end == ImportEnd::kComplete;
  if (options_.resume_path.empty()) return end;
  if (!complete) {
    if (at_.records == 0) return end;  // nothing to go on from
    const Status saved = Save();
    return end.ok() && !saved.ok() ? Result<ImportEnd>(saved) : end;
  }
  if (saved_nanos_ != 0 || resumed_) RETURN_IF_ERROR(files_->Remove(options_.resume_path));
  return end;
}

// Compares the files with those of the run before, and takes over where it was.
Status Importer::Resume() {
  state_.table_id = options_.table_id;
  state_.format = options_.chosen_format ? WireName(*options_.chosen_format) : "guessed";
  for (const std::string& path : options_.paths) {
    FileIdentity identity;
    if (path != "-") {
      ASSIGN_OR_RETURN(identity, IdentityOf(path));
    }
    progress_.file_bytes_total += identity.size;
    state_.files.emplace_back(path, identity);
  }
  if (options_.resume_path.empty()) return Status::Ok();
  RETURN_IF_ERROR(TryImportState(files_, options_.resume_path));
  ASSIGN_OR_RETURN(const auto before, LoadImportState(files_, options_.resume_path));
  if (!before) return Status::Ok();
  std::string changed;
  if (before->table_id != state_.table_id) changed = "the table is another one now";
  if (before->format != state_.format) changed = "the format is another one";
  if (before->files.size() != state_.files.size()) changed = "the files are others";
  for (size_t i = 0; i < state_.files.size() && changed.empty(); ++i) {
    if (before->files[i] != state_.files[i]) changed = state_.files[i].first + " has changed";
  }
  if (!changed.empty()) {
    return Status::Validation("the import that " + options_.resume_path +
                              " speaks of can't be continued: " + changed +
                              ". To begin anew: --restart");
  }
  state_ = *before;
  at_ = state_.mark;
  progress_.records = at_.records;
  progress_.bad = at_.bad;
  progress_.refused = state_.refused;
  resumed_ = true;
  observer_->OnResumed(state_.files[at_.file].first, at_.line);
  return Status::Ok();
}

Result<ImportEnd> Importer::ReadFiles() {
  const size_t first = at_.file;
  for (size_t i = 0; i < options_.paths.size(); ++i) {
    if (i < first) {
      bytes_before_ += state_.files[i].second.size;
      continue;
    }
    if (i > first) {
      at_.file = i;
      at_.offset = 0;
      at_.line = 1;
    }
    ASSIGN_OR_RETURN(const ImportEnd end, ReadFile(i));
    if (end == ImportEnd::kStopped) return end;
    bytes_before_ += state_.files[i].second.size;
  }
  return ImportEnd::kComplete;
}

Result<std::unique_ptr<Importer::Input>> Importer::Open(size_t index) {
  auto input = std::make_unique<Input>();
  input->index = index;
  input->path = options_.paths[index];
  input->format = options_.format;
  ASSIGN_OR_RETURN(input->source, OpenSource(input->path));
  input->buffer = std::make_unique<InputBuffer>(input->source.get());
  return input;
}

Status Importer::ChooseFormat(Input* input) {
  if (input->format.format == ImportFormat::kCsv || !options_.chosen_format) {
    while (input->buffer->data().size() < 64 && !input->buffer->at_end()) {
      RETURN_IF_ERROR(input->buffer->Fill());
    }
  }
  const auto format = options_.chosen_format ? options_.chosen_format
                                             : GuessFormat(input->path, input->buffer->data());
  if (!format && input->buffer->data().empty()) {  // nothing in it: any will do
    input->format.format = ImportFormat::kDynamoDbJson;
  } else if (!format && BeginsWithArray(input->buffer->data())) {
    return Status::Validation(
        "it begins with '[', one JSON array; what can be imported has an object to a line, as "
        "jq -c '.[]' FILE writes it");
  } else if (!format) {
    return Status::Validation(
        "what it holds can't be told: say --format csv, jsonl (plain JSON) or dynamodb-json");
  } else {
    input->format.format = *format;
  }
  input->maker = std::make_unique<ItemMaker>(options_.schema, input->format);
  input->reader = input->format.format == ImportFormat::kCsv
                      ? NewCsvReader(input->buffer.get(), input->format.csv)
                      : NewLineReader(input->buffer.get());
  return Status::Ok();
}

// The names of CSV's columns, from the options or the file's beginning.
Status Importer::ReadHeader(Input* input) {
  if (input->format.format != ImportFormat::kCsv) return Status::Ok();
  if (!input->format.columns.empty()) return input->maker->SetColumns(input->format.columns);
  ASSIGN_OR_RETURN(const bool has, input->reader->Next(&record_));
  if (!has) return Status::Ok();
  if (!record_.problem.empty()) {
    return Status::Validation("its header, line " + std::to_string(record_.line) + ": " +
                              record_.problem);
  }
  // All of a file without a single LF would be its header, and nothing would be imported.
  if (std::any_of(record_.fields.begin(), record_.fields.end(), HasBareCarriageReturn)) {
    return Status::Validation(
        "its header has a carriage return inside a name; if lines end in nothing else, "
        "tr '\\r' '\\n' makes lines of them");
  }
  RETURN_IF_ERROR(input->maker->SetColumns(input->maker->NamesIn(record_)));
  input->reader->Release();
  return Status::Ok();
}

// Up to the first line to be read. When somebody wants to stop meanwhile, it says OK.
Status Importer::Prepare(Input* input) {
  const auto prepare = [this, input]() -> Status {
    if (input->reader == nullptr) RETURN_IF_ERROR(ChooseFormat(input));
    if (input->maker->NeedsHeader()) RETURN_IF_ERROR(ReadHeader(input));
    return input->buffer->SkipTo(at_.offset, at_.line);
  };
  Status ready = prepare();
  while (ready.Is(ErrorCode::kUnavailable) && !(stopping_ = observer_->Stopping())) {
    ready = prepare();  // a signal that was for somebody else
  }
  return stopping_ || ready.ok() ? Status::Ok() : At(input->path, ready);
}

Result<ImportEnd> Importer::ReadFile(size_t index) {
  if (input_ == nullptr || input_->index != index) {
    ASSIGN_OR_RETURN(input_, Open(index));
  }
  Input* const input = input_.get();
  progress_.path = input->path;
  RETURN_IF_ERROR(Prepare(input));
  if (stopping_) return ImportEnd::kStopped;
  uint64_t taken = 0;
  for (;;) {
    const Result<bool> more = NextRecord(input);
    if (!more.ok()) return At(input->path, more.status());
    if (stopping_) return ImportEnd::kStopped;
    if (!*more) break;
    RETURN_IF_ERROR(TakeRecord(input));
    if (++taken % kRecordsBetweenTicks == 0) RETURN_IF_ERROR(Tick());
  }
  input_.reset();
  return ImportEnd::kComplete;
}

// What is ready is sent before the wait for more, which may be long on a pipe.
Result<bool> Importer::NextRecord(Input* input) {
  input->reader->Release();
  if (input->buffer->data().empty() && input->source->WouldWait()) RETURN_IF_ERROR(FlushAll());
  for (;;) {
    Result<bool> more = input->reader->Next(&record_);
    if (more.ok() || !more.status().Is(ErrorCode::kUnavailable)) return more;
    RETURN_IF_ERROR(Tick());
    stopping_ = stopping_ || observer_->Stopping();
    if (stopping_) return false;
  }
}

Status Importer::TakeRecord(Input* input) {
  Mark mark = at_;
  mark.offset = record_.offset;
  mark.line = record_.line;
  Status outcome;
  if (!record_.problem.empty()) {
    outcome = Status::Validation(record_.problem);
  } else {
    const Result<ImportItem> item = input->maker->Make(record_);
    outcome = item.status();
    if (item.ok()) RETURN_IF_ERROR(AddItem(*item, mark));
  }
  at_.offset = record_.next_offset;
  at_.line = record_.next_line;
  progress_.records = ++at_.records;
  if (outcome.ok()) return outcome;
  ++at_.bad;
  return Bad(mark.file, mark.line, outcome.message());
}

Status Importer::Bad(uint64_t file, uint64_t line, const std::string& reason) {
  progress_.bad = at_.bad;
  observer_->OnBad(options_.paths[file], line, reason);
  if (progress_.bad + progress_.refused <= options_.bad_max) return Status::Ok();
  return Status::Validation("more than " + std::to_string(options_.bad_max) +
                            " lines are bad (--max-bad)");
}

Status Importer::AddItem(const ImportItem& item, const Mark& mark) {
  const size_t lane = LaneOf(item.key, filling_.size());
  filling_[lane].Add(item, mark);
  return filling_[lane].full() ? PushBatch(lane) : Status::Ok();
}

// Waits for room, as long as the lanes get on.
Status Importer::PushBatch(size_t lane) {
  while (!lanes_->Push(lane, &filling_[lane])) {
    lanes_->Wait(kWait);
    RETURN_IF_ERROR(Tick());
    if (stopping_) return Status::Ok();
  }
  return Status::Ok();
}

Status Importer::FlushAll() {
  for (size_t lane = 0; lane < filling_.size(); ++lane) {
    if (!filling_[lane].empty()) RETURN_IF_ERROR(PushBatch(lane));
  }
  return Status::Ok();
}

Result<ImportEnd> Importer::Finish() {
  RETURN_IF_ERROR(FlushAll());
  while (!lanes_->idle()) {
    if (stopping_) return ImportEnd::kStopped;
    lanes_->Wait(kWait);
    RETURN_IF_ERROR(Tick());
  }
  RETURN_IF_ERROR(Tick());
  return stopping_ ? ImportEnd::kStopped : ImportEnd::kComplete;
}

// Now and then: what the lanes say, progress, and the resume file.
Status Importer::Tick() {
  for (const RefusedItem& item : lanes_->TakeRefused()) {
    ++progress_.refused;
    refused_.push_back(item.mark);
    RETURN_IF_ERROR(Bad(item.mark.file, item.mark.line, item.reason));
  }
  const int64_t now = clock_->MonotonicNanos();
  if (now - ticked_nanos_ < kTickNanos) return lanes_->failure();
  ticked_nanos_ = now;
  const LaneTotals totals = lanes_->totals();
  progress_.written = totals.written;
  progress_.superseded = totals.superseded;
  progress_.retries = totals.retries;
  progress_.file_bytes = bytes_before_ + (input_ != nullptr ? input_->source->file_bytes() : 0);
  observer_->OnProgress(progress_);
  stopping_ = stopping_ || observer_->Stopping();
  RETURN_IF_ERROR(lanes_->failure());
  const bool kept = !options_.resume_path.empty() && at_.records > 0;
  if (!kept || now - saved_nanos_ < kSaveNanos) return Status::Ok();
  saved_nanos_ = now;
  return Save();
}

// Everything before it is written.
Mark Importer::Watermark() const {
  Mark mark = at_;
  for (const WriteBatch& batch : filling_) {
    if (!batch.empty()) mark = std::min(mark, batch.first());
  }
  if (const auto oldest = lanes_->oldest()) mark = std::min(mark, *oldest);
  return mark;
}

// Those that the next run would meet again are not counted: it will.
void Importer::CountRefused() {
  const auto passed = std::partition(refused_.begin(), refused_.end(),
                                     [this](const Mark& mark) { return !(mark < state_.mark); });
  state_.refused += static_cast<uint64_t>(refused_.end() - passed);
  refused_.erase(passed, refused_.end());
}

Status Importer::Save() {
  state_.mark = Watermark();
  CountRefused();
  return SaveImportState(files_, options_.resume_path, state_);
}

}  // namespace millrace
