#pragma once

#include <optional>
#include <string>

#include "connectors/cdc/envelope.h"
#include "connectors/cdc/pipeline_spec.h"
#include "connectors/cdc/verify_directory.h"
#include "engine/database.h"
#include "streams/table_feed.h"

namespace millrace {

// Goes through the log beside the files: each record of the table is a line, the same to the byte,
// in the same order, unless the snapshot shows what it did (pipeline.h). What the log has lost
// meanwhile cannot be compared; CdcVerifyReport::log_from says from where on it was.
// Single-threaded.
class CdcLogCheck final : public CdcLineVisitor {
 public:
  // The database outlives it.
  CdcLogCheck(Database* database, const PipelineDefinition& definition, std::string_view region);

  Status Begin(const ManifestHeader& header, CdcVerifyReport* report) override;
  Status OnLine(const CdcLine& line) override;
  Status OnFileEnd(const ManifestFile& file) override;
  Status OnNote(const ManifestNote& note) override;

 private:
  void Restart(Lsn from);
  Result<bool> Peek(Lsn limit);
  Status SkipThrough(Lsn through);
  Status TakeStreamLine(const CdcLine& line);
  Status TakeSnapshotLine(const CdcLine& line);
  bool IsBehindFrontier() const;
  void Missing();

  Database* const database_;
  const PipelineDefinition& definition_;
  const CdcEnvelope envelope_;
  TableRef table_;  // null: forgotten, nothing can be compared
  CdcVerifyReport* report_ = nullptr;
  std::optional<TableFeed> feed_;
  std::optional<FeedRecord> peeked_;
  Lsn from_;
  bool snapshot_running_ = false;
  std::string frontier_;
  std::string rendered_;
};

}  // namespace millrace
