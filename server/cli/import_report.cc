#include "server/cli/import_report.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "server/cli/record_text.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

std::string Count(uint64_t number, const std::string& one, const std::string& many) {
  return Grouped(static_cast<int64_t>(number)) + " " + (number == 1 ? one : many);
}

}  // namespace

ImportReport::ImportReport(const CommandContext& context, std::string table,
                           std::string resume_path)
    : context_(context),
      table_(std::move(table)),
      resume_path_(std::move(resume_path)),
      started_nanos_(context.clock->MonotonicNanos()) {}

ImportReport::~ImportReport() {
  if (errors_ != nullptr) std::fclose(errors_);
}

Status ImportReport::OpenErrors(const std::string& path, const std::string& resume_path) {
  if (path.empty()) return Status::Ok();
  std::error_code ignored;
  const bool goes_on = !resume_path.empty() && std::filesystem::exists(resume_path, ignored);
  errors_ = std::fopen(path.c_str(), goes_on ? "ae" : "we");
  errors_path_ = path;
  if (errors_ != nullptr) return Status::Ok();
  return Status(ErrorCode::kIo, path + ": " + std::strerror(errno));
}

void ImportReport::OnResumed(const std::string& path, uint64_t line) {
  std::fprintf(stderr,
               "millrace: going on at line %s of %s, where the last run was "
               "(--restart begins anew)\n",
               Grouped(static_cast<int64_t>(line)).c_str(), path.c_str());
}

void ImportReport::OnBad(const std::string& path, uint64_t line, const std::string& reason) {
  const std::string text = path + ":" + std::to_string(line) + ": " + Printable(reason);
  if (errors_ != nullptr) {
    const bool written = std::fprintf(errors_, "%s\n", text.c_str()) >= 0;
    const bool kept = std::fflush(errors_) == 0 && written;
    if (!kept && errors_problem_.empty()) errors_problem_ = std::strerror(errno);
  }
  if (++told_ > kShownMax) return;
  if (bar_ != nullptr) bar_->Clear();
  std::fprintf(stderr, "%s\n", text.c_str());
  if (told_ < kShownMax) return;
  std::fprintf(stderr, "... the other bad lines are %s\n",
               errors_ != nullptr ? ("in " + errors_path_).c_str()
                                  : "only counted; --errors FILE keeps them all");
}

void ImportReport::OnProgress(const ImportProgress& progress) {
  if (bar_ == nullptr) {
    bar_ = std::make_unique<ProgressBar>(
        context_.terminal, context_.clock, "importing",
        progress.file_bytes_total > 0 ? std::optional(progress.file_bytes_total) : std::nullopt);
  }
  const double seconds =
      static_cast<double>(context_.clock->MonotonicNanos() - started_nanos_) / 1e9;
  std::string text = Count(progress.written, "item", "items");
  if (seconds > 1) {
    text += ", " + Grouped(static_cast<int64_t>(static_cast<double>(progress.written) / seconds)) +
            "/s";
  }
  if (progress.bad + progress.refused > 0) {
    text += ", " + Grouped(static_cast<int64_t>(progress.bad + progress.refused)) + " bad";
  }
  bar_->Set(progress.file_bytes, text);
}

void ImportReport::PrintJson(const ImportProgress& progress, bool complete) const {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  WriteText("table", table_, &writer);
  writer.Key("complete");
  writer.Bool(complete);
  const std::pair<const char*, uint64_t> counts[] = {{"records", progress.records},
                                                     {"written", progress.written},
                                                     {"superseded", progress.superseded},
                                                     {"bad", progress.bad + progress.refused},
                                                     {"retries", progress.retries}};
  for (const auto& [name, count] : counts) {
    writer.Key(name);
    writer.Integer(static_cast<int64_t>(count));
  }
  writer.EndObject();
  Print(json);
}

Status ImportReport::Finish(const Result<ImportEnd>& end, const ImportProgress& progress) {
  bar_.reset();
  const bool complete = end.ok() && *end == ImportEnd::kComplete;
  const uint64_t bad = progress.bad + progress.refused;
  if (context_.json) {
    PrintJson(progress, complete);
  } else if (end.ok()) {
    std::string text = Count(progress.written, "item", "items") + " written to " + table_;
    if (progress.superseded > 0) {
      text += ", " + Count(progress.superseded, "line", "lines") + " replaced by later ones";
    }
    Print(text + (complete ? "." : ", then interrupted."));
  }
  const std::string advice = resume_path_.empty() ? "" : "\nThe same command goes on where it was.";
  if (!end.ok()) {
    const bool began = progress.records > 0;
    return Status(end.status().code(), end.status().message() + (began ? advice : ""));
  }
  if (!complete) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "interrupted after " + Count(progress.records, "line", "lines") + advice);
  }
  if (bad == 0) return Status::Ok();
  std::string text = Count(bad, "line was", "lines were") + " not imported";
  if (!errors_problem_.empty()) {
    text += "; not all of them are in " + errors_path_ + ": " + errors_problem_;
  }
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

}  // namespace millrace
