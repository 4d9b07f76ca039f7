#include "server/cli/watch_job.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "server/cli/progress.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

std::string OutputBody(const std::string& id, int64_t cursor) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("JobId", id, &writer);
  writer.Key("Cursor");
  writer.Integer(cursor);
  writer.EndObject();
  return body;
}

std::string ProgressText(JsonValue job) {
  std::string text = Grouped(IntegerMember(job, "Done")) + " records";
  if (const int64_t failed = IntegerMember(job, "Failed"); failed > 0) {
    text += ", " + Grouped(failed) + " failed";
  }
  return text;
}

// The bar knows its total with the first answer.
class JobProgress {
 public:
  JobProgress(const CommandContext& context, std::string what)
      : context_(context), what_(std::move(what)) {}
  void Set(JsonValue job) {
    const int64_t positions = IntegerMember(job, "PositionTotal");
    const int64_t total = positions > 0 ? positions : IntegerMember(job, "Records");
    const int64_t done = positions > 0 ? IntegerMember(job, "PositionDone")
                                       : IntegerMember(job, "Done") + IntegerMember(job, "Failed") +
                                             IntegerMember(job, "Skipped");
    if (total <= 0) return;
    if (!bar_) bar_.emplace(context_.terminal, context_.clock, what_, static_cast<uint64_t>(total));
    bar_->Set(static_cast<uint64_t>(done), ProgressText(job));
  }
  void Clear() {
    if (bar_) bar_->Clear();
  }

 private:
  const CommandContext& context_;
  const std::string what_;
  std::optional<ProgressBar> bar_;
};

Status EndOf(const CommandContext& context, const JobWatch& watch, JsonValue job) {
  const std::string state = StringMember(job, "State");
  if (!context.json) watch.end(job);
  if (state == "SUCCEEDED") return watch.judge(job);
  if (state != "FAILED") return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue, StringMember(job, "Message"));
}

}  // namespace

Status WatchJob(const CommandContext& context, const JobWatch& watch) {
  context.interrupts->Catch();
  ASSIGN_OR_RETURN(const JsonValue started, context.api->Call(watch.target, watch.body));
  const std::string id = StringMember(*started.Find("Job"), "JobId");
  JobProgress progress(context, watch.what);
  bool stopped = false;
  for (int64_t cursor = 0;;) {
    if (!stopped && context.interrupts->Came()) {
      RETURN_IF_ERROR(context.api->Call("Millrace_20261121.StopJob", BodyOf("JobId", id)).status());
      stopped = true;
    }
    ASSIGN_OR_RETURN(const JsonValue root,
                     context.api->Call("Millrace_20261121.GetJobOutput", OutputBody(id, cursor)));
    const JsonValue job = *root.Find("Job");
    bool lines = false;
    RETURN_IF_ERROR(root.Find("Lines")->ForEachElement([&](JsonValue line) {
      if (!std::exchange(lines, true)) progress.Clear();
      if (!context.json) watch.line(line);
      return Status::Ok();
    }));
    const bool ended = StringMember(job, "State") != "RUNNING";
    if (context.json && (lines || ended)) Print(context.api->reply_text());
    std::fflush(stdout);
    cursor = IntegerMember(root, "NextCursor");
    if (ended && !lines) {
      progress.Clear();
      return EndOf(context, watch, job);
    }
    progress.Set(job);
    if (!lines) context.interrupts->WaitFor(kLookAgain);
  }
}

}  // namespace millrace
