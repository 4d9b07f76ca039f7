#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/random.h"

namespace millrace {

/// A file system on real files that loses what a real one may lose when the power goes, and fails
/// when told to.
///
/// It remembers what every unsynced write, truncation, creation, renaming and removal replaced. A
/// power cut (CutPower, or CutPowerAt in the middle of an operation) makes every later operation
/// fail; Restart then decides by the seed, for each unsynced sector of 512 bytes, whether the new
/// or the old content is there, for each file whether its new or old size is, and undoes a seeded
/// number of each directory's last unsynced changes. A SharedPage keeps, sector by sector, the
/// present content or that of some earlier operation. What was synced is never touched. Syncs cost
/// nothing.
///
/// Destroy everything that was opened before the cut before calling Restart or RestartProcess.
/// Thread-safe otherwise; only one instance may work on a directory. Files that exist when it first
/// meets them count as synced.
class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(uint64_t seed);
  ~FaultyFileSystem() override;

  /// Operations that change something (writes, syncs, truncations, preallocations, creations,
  /// renames, removals), so far.
  uint64_t operations() const;
  /// The `nth` operation from now, counting from 1, is the last: it may happen in part, and reports
  /// an error.
  void CutPowerAt(uint64_t nth);
  void CutPower();
  bool power_is_cut() const;
  void Restart();
  /// As if only the process had been killed at the cut: nothing is lost, and what wasn't synced
  /// still isn't.
  void RestartProcess();

  /// The `nth` WriteAt, or Sync of a file, from now fails once with kIo; a write leaves a seeded
  /// part of its bytes.
  void FailWrite(uint64_t nth);
  void FailSync(uint64_t nth);
  /// What FreeBytes says; nullopt: the truth.
  void SetFreeBytes(std::optional<uint64_t> bytes);
  /// While true, nothing that needs new space succeeds (kDiskFull): preallocation and writes behind
  /// a file's end.
  void SetDiskFull(bool full);

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path) override;
  Result<std::unique_ptr<ReadableFile>> OpenReadable(const std::string& path) override;
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override;
  Result<std::unique_ptr<SharedPage>> MapPage(const std::string& path, size_t size) override;
  Result<std::string> ReadFile(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;

 private:
  friend class FaultyWritableFile;
  struct File;   // one inode
  struct Page;   // a mapped page's past contents
  struct Entry;  // an unsynced change of a directory

  // All below: with mutex_ held.
  Status CheckPower() const;
  // Counts an operation. True when it is the one at which the power goes.
  bool Count();
  Status PowerIsCut() const;
  bool Due(uint64_t* countdown);
  std::shared_ptr<File> Track(const std::string& path);
  std::string NewTrashPath(const std::string& path);
  Result<std::shared_ptr<File>> OpenFile(const std::string& path, bool* power_went);
  Status WriteFile(File* file, uint64_t offset, std::string_view bytes);
  Status SyncFile(File* file);
  Status ResizeFile(File* file, uint64_t size, bool grow_only);
  void LoseUnsynced(File* file);
  void UndoEntries(std::vector<Entry>* entries);
  void Undo(const Entry& entry);
  void LosePage(Page* page);
  void SnapshotPages();
  void NewGeneration();

  mutable std::mutex mutex_;
  Random random_;
  uint64_t operations_ = 0;
  uint64_t generation_ = 0;  // of power supply: what was opened in an earlier one is dead
  uint64_t cut_in_ = 0;      // countdowns; 0: not set
  uint64_t fail_write_in_ = 0;
  uint64_t fail_sync_in_ = 0;
  bool cut_ = false;
  bool disk_full_ = false;
  std::optional<uint64_t> free_bytes_;
  uint64_t trash_count_ = 0;
  std::map<std::string, std::shared_ptr<File>> files_;  // by present path
  std::vector<std::shared_ptr<File>> all_files_;        // also removed ones
  std::map<std::string, std::vector<Entry>> entries_;   // by directory, oldest first
  std::vector<std::unique_ptr<Page>> pages_;
};

/// Changes one bit of a file at rest, whatever file system it is on.
Status FlipBit(const std::string& path, uint64_t offset, int bit);

}  // namespace millrace
