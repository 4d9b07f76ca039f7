#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/import/item_format.h"
#include "connectors/import/lane_pool.h"
#include "connectors/import/resume_file.h"
#include "engine/base/clock.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"

// Files into a table, through BatchWriteItem on several connections.
//
// What it promises: when Run returns kComplete, every line that is an item is in the table, and of
// lines with the same key the last one, in the order of the files and lines, unless somebody else
// wrote meanwhile. Lines that are none are told one by one and do not keep the others back. An
// import that ended early, whatever the reason, kill -9 included, goes on from its resume file;
// it then writes some items a second time, which changes nothing in the end but is seen in the
// table's stream only where the item differs from what is there.
namespace millrace {

// The server commits together what comes at the same time: 64 batches under way were written a
// quarter faster than 16.
constexpr size_t kImportConnections = 64;

struct ImportOptions {
  std::vector<std::string> paths;  // "-": standard input, alone
  std::string table;
  std::string table_id;
  KeySchema schema;
  std::optional<ImportFormat> chosen_format;  // else guessed, file by file
  FormatOptions format;
  size_t connections = kImportConnections;
  int64_t patience_ms = 60'000;   // without any progress before it gives up
  std::string resume_path;        // empty: nothing is kept
  uint64_t bad_max = UINT64_MAX;  // lines; more end the import
};

struct ImportProgress {
  uint64_t records = 0;     // lines read, in this run and those before it
  uint64_t bad = 0;         // of them, no items
  uint64_t refused = 0;     // of them, refused by the server
  uint64_t written = 0;     // items, in this run
  uint64_t superseded = 0;  // lines, in this run, replaced by a later one before they were sent
  uint64_t retries = 0;
  uint64_t file_bytes = 0;        // read of all files
  uint64_t file_bytes_total = 0;  // 0: not known
  std::string path;               // of the file at hand
};

// What the caller sees and says; all calls come from Run's thread.
class ImportObserver {
 public:
  virtual ~ImportObserver() = default;
  virtual void OnResumed(const std::string& path, uint64_t line) = 0;
  virtual void OnBad(const std::string& path, uint64_t line, const std::string& reason) = 0;
  virtual void OnProgress(const ImportProgress& progress) = 0;  // some times a second
  virtual bool Stopping() = 0;                                  // asked as often
};

enum class ImportEnd { kComplete, kStopped };

// One run. Single-threaded but for its lanes.
class Importer {
 public:
  // All outlive it.
  Importer(ImportOptions options, const ImportConnector& connect, FileSystem* files,
           const Clock* clock, ImportObserver* observer);
  ~Importer();

  // Looks into everything before anything is written: that each file is there and can be read, that
  // its format is known, that CSV has the key's columns; that a run before can be continued, and
  // that this one can keep how far it is. Of what can be read only once (standard input, a pipe)
  // only the first is looked into, and Run goes on with it. Errors: as of Run.
  Status Check();
  // In place of the options', for a table that was made after the check.
  void SetTableId(std::string table_id) { options_.table_id = std::move(table_id); }

  // After Check. Errors: kValidation and kIo of the files, with their names; kInvalidParameterValue
  // when the server refuses altogether; kUnavailable when it is gone for too long. Whatever was not
  // written then is still to be done, and the resume file says from where.
  Result<ImportEnd> Run();
  const ImportProgress& progress() const { return progress_; }

 private:
  struct Input;
  Status Resume();
  Result<ImportEnd> ReadFiles();
  Result<ImportEnd> ReadFile(size_t index);
  Result<std::unique_ptr<Input>> Open(size_t index);
  Status Prepare(Input* input);
  Status ChooseFormat(Input* input);
  Status ReadHeader(Input* input);
  Result<bool> NextRecord(Input* input);
  Status TakeRecord(Input* input);
  Status AddItem(const ImportItem& item, const Mark& mark);
  Status Bad(uint64_t file, uint64_t line, const std::string& reason);
  Status PushBatch(size_t lane);
  Result<ImportEnd> Finish();
  Status FlushAll();
  Status Tick();
  Mark Watermark() const;
  void CountRefused();
  Status Save();

  ImportOptions options_;
  const ImportConnector connect_;
  FileSystem* const files_;
  const Clock* const clock_;
  ImportObserver* const observer_;
  std::unique_ptr<LanePool> lanes_;
  std::vector<WriteBatch> filling_;  // one a lane
  ImportState state_;
  std::vector<Mark> refused_;  // of lines that are not before state_.mark: counted there later
  Mark at_;                    // where reading is
  bool resumed_ = false;
  bool stopping_ = false;
  int64_t ticked_nanos_ = 0;
  int64_t saved_nanos_ = 0;
  uint64_t bytes_before_ = 0;     // of the files before the one at hand
  std::unique_ptr<Input> input_;  // the file at hand
  SourceRecord record_;
  ImportProgress progress_;
};

}  // namespace millrace
