#include "connectors/cdc/cdc_service.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "connectors/cdc/verify_log.h"
#include "engine/base/random.h"

namespace millrace {
namespace {

constexpr uint64_t kLagBytesMax = uint64_t{16} << 20;  // of the log, read to count what waits

Status NotFound(std::string_view name) {
  return Status(ErrorCode::kResourceNotFound,
                "Pipeline not found: " + std::string(name) + ". `millrace cdc list` shows them.");
}

Status Stopped() {
  return Status(ErrorCode::kUnavailable, "The server is stopping.");
}

// One path of a directory that may have many, through links. What isn't there can't be a link.
std::filesystem::path Resolved(const std::string& directory) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::weakly_canonical(directory, error);
  if (error) path = std::filesystem::path(directory).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// With the command that would store them.
Status NoOldImages(const PipelineSpec& spec, StreamViewType view, const Table& table) {
  const bool on = table.OpenStream() != nullptr;
  std::string text = "The images before a write are not stored for the table " + spec.table + " (" +
                     (on ? "its stream is " + std::string(WireName(table.OpenStream()->view))
                         : std::string("it has no stream")) +
                     "), and " + std::string(WireName(view)) +
                     " needs them. Store them from now on: ";
  if (on) {
    text += "aws dynamodb update-table --table-name " + spec.table +
            " --stream-specification StreamEnabled=false, then ";
  }
  text += "aws dynamodb update-table --table-name " + spec.table +
          " --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES";
  return Status(ErrorCode::kInvalidParameterValue,
                text + ". Or make the pipeline with the view NEW_IMAGE.");
}

}  // namespace

CdcService::CdcService(Database* database, FileSystem* file_system, const Clock* clock,
                       CdcOptions options)
    : database_(database), file_system_(file_system), clock_(clock), options_(std::move(options)) {}

CdcService::~CdcService() {
  Stop();
}

Result<std::unique_ptr<CdcService>> CdcService::Start(Database* database, FileSystem* file_system,
                                                      const Clock* clock, CdcOptions options) {
  std::unique_ptr<CdcService> service(
      new CdcService(database, file_system, clock, std::move(options)));
  RETURN_IF_ERROR(service->Load());
  for (auto& [name, entry] : service->pipelines_) entry.runner->Start();
  return service;
}

Status CdcService::Load() {
  ASSIGN_OR_RETURN(const auto cells, database_->ListCells(kPipelineCellPrefix));
  for (const auto& [key, cell] : cells) RETURN_IF_ERROR(LoadOne(cell));
  return Status::Ok();
}

Status CdcService::LoadOne(const Cell& cell) {
  ASSIGN_OR_RETURN(PipelineDefinition definition, DecodePipelineCell(cell.value));
  ASSIGN_OR_RETURN(const std::optional<Cell> progress_cell,
                   database_->ReadCell(CdcProgressCellKey(definition.id)));
  if (!progress_cell.has_value()) {
    return Status(ErrorCode::kCorruption,
                  "The pipeline " + definition.spec.name + " has no progress.");
  }
  ASSIGN_OR_RETURN(CdcProgress progress, DecodeProgressCell(progress_cell->value));
  Entry entry;
  entry.definition_version = cell.version;
  std::string name = definition.spec.name;
  entry.runner = MakeRunner(std::move(definition), std::move(progress), progress_cell->version);
  pipelines_.emplace(std::move(name), std::move(entry));
  return Status::Ok();
}

std::unique_ptr<PipelineRunner> CdcService::MakeRunner(PipelineDefinition definition,
                                                       CdcProgress progress,
                                                       uint64_t version) const {
  const Pipeline::Parts parts{database_, file_system_, clock_, options_.region};
  return std::make_unique<PipelineRunner>(parts, std::move(definition), std::move(progress),
                                          version, options_.report);
}

void CdcService::Stop() {
  const std::lock_guard admin(admin_mutex_);
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  for (auto& [name, entry] : pipelines_) entry.runner->Stop();
}

// The commit behind which reading begins.
Result<Lsn> CdcService::StartAfter(const Table& table, const PipelineDefinition& definition) const {
  if (definition.spec.start == CdcStart::kLatest) return database_->applied_lsn();
  Lsn oldest = std::max(table.created_lsn, database_->log()->first_lsn());
  // Images before a write are there since the stream that stores them was turned on.
  if (NeedsOldImage(definition.view)) oldest = std::max(oldest, table.OpenStream()->first);
  return Lsn(std::max<uint64_t>(oldest.value(), 1) - 1);
}

Result<PipelineDefinition> CdcService::Resolve(const PipelineSpec& spec) const {
  const TableRef table = database_->FindTable(spec.table);
  if (table == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + spec.table + " not found");
  }
  PipelineDefinition definition;
  definition.id = NewUuid();
  definition.spec = spec;
  definition.table = table->id;
  definition.table_uuid = table->uuid;
  const StreamWindow* stream = table->OpenStream();
  definition.view =
      spec.view.value_or(stream != nullptr ? stream->view : StreamViewType::kNewImage);
  definition.spec.view = definition.view;
  if (NeedsOldImage(definition.view) && !table->StoresOldImage()) {
    return NoOldImages(spec, definition.view, *table);
  }
  ASSIGN_OR_RETURN(definition.start_after, StartAfter(*table, definition));
  definition.created_micros = clock_->WallMicros();
  return definition;
}

// Also one that is empty: its pipeline has not begun yet, or somebody has taken its files away.
Status CdcService::CheckDirectoryIsFree(const std::string& directory) const {
  const std::filesystem::path wanted = Resolved(directory);
  for (const auto& [name, entry] : pipelines_) {
    if (Resolved(entry.runner->Describe().definition.spec.directory) != wanted) continue;
    return Status(ErrorCode::kInvalidParameterValue, "The directory " + directory +
                                                         " is that of the pipeline " + name +
                                                         ": a pipeline needs one of its own.");
  }
  return Status::Ok();
}

Result<PipelineDescription> CdcService::Create(const PipelineSpec& spec) {
  RETURN_IF_ERROR(CheckPipelineSpec(spec));
  const std::lock_guard admin(admin_mutex_);
  if (stopped_) return Stopped();
  if (pipelines_.count(spec.name) > 0) {
    return Status(ErrorCode::kResourceConflict, "Pipeline already exists: " + spec.name);
  }
  if (pipelines_.size() >= options_.pipelines_max) {
    return Status(ErrorCode::kLimitExceeded,
                  "There are " + std::to_string(options_.pipelines_max) +
                      " pipelines already, which is the most that a server runs.");
  }
  ASSIGN_OR_RETURN(PipelineDefinition definition, Resolve(spec));
  RETURN_IF_ERROR(CheckDirectoryIsFree(spec.directory));
  const Status prepared = CdcDirectory(file_system_, spec.directory).Prepare();
  if (prepared.Is(ErrorCode::kIo)) {
    return Status(
        ErrorCode::kInvalidParameterValue,
        "The server can't write to the directory " + spec.directory + ": " + prepared.message());
  }
  RETURN_IF_ERROR(prepared);
  CdcProgress progress;
  progress.state.cursor = progress.state.through = definition.start_after;
  if (spec.snapshot) progress.state.snapshot = SnapshotPhase::kRunning;
  CommitRequest request;
  request.cells.push_back({PipelineCellKey(spec.name), 0, EncodePipelineCell(definition)});
  request.cells.push_back({CdcProgressCellKey(definition.id), 0, EncodeProgressCell(progress)});
  const CommitResult made = database_->CommitAndWait(std::move(request));
  RETURN_IF_ERROR(made.status);
  Entry entry;
  entry.definition_version = made.lsn.value();
  entry.runner = MakeRunner(std::move(definition), std::move(progress), made.lsn.value());
  PipelineRunner* runner = entry.runner.get();
  {
    const std::lock_guard lock(mutex_);
    pipelines_.emplace(spec.name, std::move(entry));
  }
  runner->Start();
  return DescribeOf(runner->Describe());
}

Result<PipelineProgress> CdcService::ProgressOf(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pipelines_.find(name);
  if (found == pipelines_.end()) return NotFound(name);
  return found->second.runner->Describe();
}

// Counts what waits, by reading the log as far as that is quick.
PipelineDescription CdcService::DescribeOf(const PipelineProgress& progress) const {
  PipelineDescription description;
  description.progress = progress;
  if (progress.state == PipelineState::kEnded) return description;
  const Lsn applied = database_->applied_lsn();
  int64_t oldest_micros = progress.oldest_open_micros;
  description.lag_records = progress.open_records;
  if (applied > progress.read_to) {
    description.lag_commits = applied.value() - progress.read_to.value();
    TableFeed feed(database_->log(), progress.definition.table, Lsn(progress.read_to.value() + 1));
    while (true) {
      const auto next = feed.Next(applied);
      if (!next.ok() || !next->has_value()) break;
      if (oldest_micros == 0) oldest_micros = (*next)->record.commit_time_micros();
      ++description.lag_records;
      description.lag_is_more = feed.bytes_read() >= kLagBytesMax;
      if (description.lag_is_more) break;
    }
  }
  if (oldest_micros != 0) {
    description.lag_micros = std::max<int64_t>(0, clock_->WallMicros() - oldest_micros);
  }
  return description;
}

Result<PipelineDescription> CdcService::Describe(std::string_view name) const {
  ASSIGN_OR_RETURN(const PipelineProgress progress, ProgressOf(name));
  return DescribeOf(progress);
}

std::vector<PipelineDescription> CdcService::List() const {
  std::vector<PipelineProgress> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : pipelines_) all.push_back(entry.runner->Describe());
  }
  std::vector<PipelineDescription> list;
  for (const PipelineProgress& one : all) list.push_back(DescribeOf(one));
  return list;
}

Result<PipelineDescription> CdcService::Update(std::string_view name,
                                               const PipelineChange& change) {
  const std::lock_guard admin(admin_mutex_);
  if (stopped_) return Stopped();
  const auto found = pipelines_.find(name);
  if (found == pipelines_.end()) return NotFound(name);
  PipelineRunner* runner = found->second.runner.get();
  PipelineDefinition definition = runner->Describe().definition;
  if (change.roll_bytes) definition.spec.roll_bytes = *change.roll_bytes;
  if (change.roll_seconds) definition.spec.roll_seconds = *change.roll_seconds;
  if (change.paused) definition.spec.paused = *change.paused;
  RETURN_IF_ERROR(CheckPipelineSpec(definition.spec));
  CommitRequest request;
  request.cells.push_back(
      {PipelineCellKey(name), found->second.definition_version, EncodePipelineCell(definition)});
  const CommitResult changed = database_->CommitAndWait(std::move(request));
  RETURN_IF_ERROR(changed.status);
  found->second.definition_version = changed.lsn.value();
  runner->Change(definition.spec);
  return DescribeOf(runner->Describe());
}

Result<PipelineDescription> CdcService::Delete(std::string_view name) {
  const std::lock_guard admin(admin_mutex_);
  if (stopped_) return Stopped();
  const auto found = pipelines_.find(name);
  if (found == pipelines_.end()) return NotFound(name);
  PipelineRunner* runner = found->second.runner.get();
  const std::string id = runner->Describe().definition.id;
  // The cells first: a step under way then cannot commit what it does, and the pipeline is gone
  // whatever dies next.
  CommitRequest request;
  request.cells.push_back({PipelineCellKey(name), std::nullopt, std::nullopt});
  request.cells.push_back({CdcProgressCellKey(id), std::nullopt, std::nullopt});
  RETURN_IF_ERROR(database_->CommitAndWait(std::move(request)).status);
  runner->Stop();
  PipelineDescription last = DescribeOf(runner->Describe());
  runner->RemoveOpenFile();
  const std::lock_guard lock(mutex_);
  pipelines_.erase(found);
  return last;
}

Result<CdcVerifyReport> CdcService::Verify(std::string_view name,
                                           const std::function<bool()>& cancelled) const {
  ASSIGN_OR_RETURN(const PipelineProgress progress, ProgressOf(name));
  const PipelineDefinition& definition = progress.definition;
  CdcLogCheck log_check(database_, definition, options_.region);
  CdcVerifyOptions options;
  options.cancelled = cancelled;
  options.id = definition.id;
  options.manifest_bytes = progress.cell.manifest_bytes;
  options.log = &log_check;
  ASSIGN_OR_RETURN(CdcVerifyReport report, VerifyCdcDirectory(definition.spec.directory, options));
  return report;
}

std::vector<LogPin> CdcService::Pins() {
  const std::lock_guard lock(mutex_);
  std::vector<LogPin> pins;
  for (const auto& [name, entry] : pipelines_) {
    const PipelineProgress progress = entry.runner->Describe();
    if (progress.state == PipelineState::kEnded) continue;
    pins.push_back({"the pipeline " + name, Lsn(progress.cell.cursor.value() + 1)});
  }
  return pins;
}

}  // namespace millrace
