#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "connectors/import/importer.h"
#include "server/cli/context.h"
#include "server/cli/progress.h"

namespace millrace {

// What an import says while it runs and at its end: bad lines on stderr, the first kShownMax of
// them, and all in a file if there is one; a progress bar on a terminal.
class ImportReport final : public ImportObserver {
 public:
  ImportReport(const CommandContext& context, std::string table, std::string resume_path);
  ~ImportReport() override;

  // `path` may be empty. An import that goes on adds to the file.
  Status OpenErrors(const std::string& path, const std::string& resume_path);

  void OnResumed(const std::string& path, uint64_t line) override;
  void OnBad(const std::string& path, uint64_t line, const std::string& reason) override;
  void OnProgress(const ImportProgress& progress) override;
  bool Stopping() override { return context_.interrupts->Came(); }

  // The summary, and the command's status.
  Status Finish(const Result<ImportEnd>& end, const ImportProgress& progress);

  static constexpr uint64_t kShownMax = 20;

 private:
  void PrintJson(const ImportProgress& progress, bool complete) const;
  const CommandContext& context_;
  const std::string table_;
  const std::string resume_path_;
  const int64_t started_nanos_;
  std::unique_ptr<ProgressBar> bar_;
  std::FILE* errors_ = nullptr;
  std::string errors_path_;
  std::string errors_problem_;  // empty: every bad line is there
  uint64_t told_ = 0;
};

}  // namespace millrace
