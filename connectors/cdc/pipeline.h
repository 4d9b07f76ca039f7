#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "connectors/cdc/cdc_cells.h"
#include "connectors/cdc/envelope.h"
#include "connectors/cdc/manifest.h"
#include "connectors/cdc/pipeline_files.h"
#include "connectors/cdc/pipeline_spec.h"
#include "engine/base/clock.h"
#include "engine/base/file_system.h"
#include "engine/database.h"
#include "streams/table_feed.h"

// One pipeline: a table's records from the log into files, each exactly once, whatever dies when.
//
// How a file comes to be. (1) Lines go to the open file, a hidden temporary one. (2) It is finished
// and synced, and so is the directory. (3) The *intent* is committed to the progress cell: the
// file's name, size and digest, its line of the manifest, and the state after it. (4) The file is
// renamed to its name, the directory synced. (5) The line is appended to the manifest, and synced.
// (6) The state is committed, without the intent.
//
// What is found after a death, or a power cut, between them:
//   before (3)  no intent. The open file, torn or whole, is overwritten: its records are read
//   again. (3) to (4)  an intent, the open file whole: renamed. (Open file gone or not what the
//   intent says,
//               which only a person can do: the intent is given up and the records read again.)
//   (4) to (5)  an intent, and the file under its name: left as it is.
//   in (5)      an intent, and behind the manifest's known length a part of the line, or all of it:
//               the same bytes are written to the same place.
//   (5) to (6)  the same.
//   after (6)   nothing to do.
// So the intent decides, before a file can be seen, which records it holds; a retry publishes the
// same bytes under the same name. A line without its end, and a file without its line, are not
// there yet for a reader.
//
// Snapshot first. The table is read in pages, in the order of its storage keys, while the log is
// read on. `frontier` is the last key that was written, and the log has been read up to `cursor`:
// what is in the files up to here is exactly the items up to the frontier as of that commit. A page
// of keys behind the frontier, as of commit A, is taken like this: records up to A are written if
// their key is not behind the frontier and dropped otherwise (the page, or a later one, shows what
// they did); then the page's items are written; then the frontier moves, and the log has been read
// to A. After the last page nothing is dropped. For every key, therefore, its item as of its page's
// commit comes first and then every record after that commit. Both values are in the progress cell,
// so a restart goes on there, and the log is held only from the cursor on.
namespace millrace {

// Single-threaded. A wall clock that steps back harms nothing: positions say what was read, and the
// monotonic clock when a file is due.
class Pipeline {
 public:
  struct Parts {  // not owned
    Database* database = nullptr;
    FileSystem* file_system = nullptr;
    const Clock* clock = nullptr;
    std::string region;
  };
  // `version` is that of the progress cell.
  Pipeline(const Parts& parts, PipelineDefinition definition, CdcProgress progress,
           uint64_t version);

  struct Turn {
    bool more = false;              // call again at once
    Lsn read_to;                    // else: when something beyond it is applied,
    int64_t due_nanos = INT64_MAX;  // or at this time of the monotonic clock
  };
  // One piece of work, some 10 ms of it, or one file that waits for the disk a few times. After an
  // error: Abandon, and again later.
  Result<Turn> Step();
  // Forgets what is not in a finished file; it will be read again.
  void Abandon();
  // The progress cell has been changed by somebody else: what it says now. kResourceNotFound: the
  // pipeline was deleted.
  Status Reload();
  void Change(const PipelineSpec& spec);

  const PipelineDefinition& definition() const { return definition_; }
  const CdcProgress& progress() const { return progress_; }
  Lsn read_to() const { return read_to_; }
  uint64_t open_records() const { return file_ == nullptr ? 0 : file_->records(); }
  // The commit time of the oldest record that was read and is in no finished file; 0: none is.
  int64_t oldest_open_micros() const { return file_ == nullptr ? 0 : file_->first_commit_micros(); }

 private:
  const CdcState& state() const { return progress_.state; }
  Result<Turn> StreamStep();
  Result<Turn> SnapshotStep();
  Result<bool> LoadPage();
  Status WriteItems();
  Status WriteItem(const std::string& bytes);
  Result<bool> ReadTo(Lsn limit);
  Status TakeRecord(const FeedRecord& next);
  bool IsDropped(RecordView record) const;
  Status HandleGap(const Status& error);
  Status OpenFile(int64_t first_commit_micros);
  bool ShouldRoll() const;
  Status Seal(Lsn through);
  Status AppendNote(ManifestNote::Kind kind, Lsn through, CdcState after);
  Status AppendLine(const ManifestLine& line, CdcState after);
  Status CommitPending(PendingLine pending, bool just_written);
  Status FinishPending(bool just_written);
  Status CommitIdle();
  Status CommitProgress(CdcProgress next);
  std::optional<Lsn> TableEnd(Lsn applied);
  Turn WaitAfter(Lsn read_to) const;

  const Parts parts_;
  PipelineDefinition definition_;
  CdcProgress progress_;
  uint64_t version_;
  CdcEnvelope envelope_;
  CdcDirectory directory_;
  FileRoll roll_;
  TableRef table_;  // as last seen; null when it was forgotten before this began

  // What is not in the cell, and can be read again.
  std::unique_ptr<OpenCdcFile> file_;
  std::optional<TableFeed> feed_;
  Lsn read_to_;  // every record up to it was taken or dropped
  Lsn taking_;   // the commit whose records are being taken
  std::string frontier_;
  std::optional<Page> page_;
  size_t next_item_ = 0;  // of the page
  int64_t idle_since_nanos_;
};

}  // namespace millrace
