#include "tests/support/faulty_file_system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr uint64_t kSector = 512;
constexpr std::string_view kTrashPrefix = ".lost-";
constexpr size_t kPageSnapshotsMax = 16;

Status Failed(std::string_view what, const std::string& path) {
  return Status(ErrorCode::kIo,
                std::string(what) + " " + path + ": " + std::system_category().message(errno));
}

std::string ReadRange(int fd, uint64_t offset, uint64_t size) {
  std::string bytes(size, '\0');
  const ssize_t n = pread(fd, bytes.data(), size, static_cast<off_t>(offset));
  MILLRACE_CHECK(n >= 0);
  return bytes;
}

void WriteRange(int fd, uint64_t offset, std::string_view bytes) {
  const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  MILLRACE_CHECK(n == static_cast<ssize_t>(bytes.size()));
}

// Out of ThreadSanitizer's sight: another thread may store into the page meanwhile, as it may while
// a kernel writes it back.
#if defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
std::string
CopyPage(const volatile char* data, size_t size) {
  std::string copy(size, '\0');
  char* out = copy.data();
  for (size_t i = 0; i < size; ++i) out[i] = data[i];
  return copy;
}

void Resize(int fd, uint64_t size) {
  MILLRACE_CHECK(ftruncate(fd, static_cast<off_t>(size)) == 0);
}

}  // namespace

struct FaultyFileSystem::File {
  explicit File(std::string at) : path(std::move(at)) {
    fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    MILLRACE_CHECK(fd >= 0, path);
  }
  ~File() { close(fd); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  uint64_t Size() const {
    struct stat info {};
    MILLRACE_CHECK(fstat(fd, &info) == 0);
    return static_cast<uint64_t>(info.st_size);
  }

  // Keeps what a change of [from, to) will replace, once between two syncs.
  void Keep(uint64_t from, uint64_t to) {
    const uint64_t size = Size();
    for (uint64_t at = from / kSector * kSector; at < to; at += kSector) {
      if (kept.count(at) != 0) continue;
      kept[at] = at < size ? ReadRange(fd, at, kSector) : std::string(kSector, '\0');
    }
  }
  void KeepSize() {
    if (!synced_size) synced_size = Size();
  }
  void Synced() {
    kept.clear();
    synced_size.reset();
  }

  std::string path;
  int fd;
  std::map<uint64_t, std::string> kept;  // sectors by offset
  std::optional<uint64_t> synced_size;   // set: the size changed since the last sync
};

struct FaultyFileSystem::Page {
  std::string path;
  char* data = nullptr;  // outlives the SharedPage
  size_t size = 0;
  std::vector<std::string> snapshots;
};

struct FaultyFileSystem::Entry {
  enum Kind { kCreate, kRename, kRemove } kind = kCreate;
  std::string from;   // what was created, renamed, removed
  std::string to;     // of a rename
  std::string trash;  // where what was removed, or replaced, is kept; empty: nothing was
};

class FaultyWritableFile final : public WritableFile {
 public:
  FaultyWritableFile(FaultyFileSystem* owner, std::shared_ptr<FaultyFileSystem::File> file,
                     uint64_t generation)
      : owner_(owner), file_(std::move(file)), generation_(generation) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return Do([&] { return owner_->WriteFile(file_.get(), offset, bytes); });
  }
  Status Sync() override {
    return Do([&] { return owner_->SyncFile(file_.get()); });
  }
  Status Preallocate(uint64_t size) override {
    return Do([&] { return owner_->ResizeFile(file_.get(), size, true); });
  }
  Status Truncate(uint64_t size) override {
    return Do([&] { return owner_->ResizeFile(file_.get(), size, false); });
  }

 private:
  template <typename Operation>
  Status Do(Operation operation) {
    const std::lock_guard lock(owner_->mutex_);
    if (generation_ != owner_->generation_) return owner_->PowerIsCut();
    RETURN_IF_ERROR(owner_->CheckPower());
    return operation();
  }

  FaultyFileSystem* const owner_;
  const std::shared_ptr<FaultyFileSystem::File> file_;
  const uint64_t generation_;
};

namespace {

// The mapping belongs to the file system: a stray store after a cut must not hit anything.
class FaultySharedPage final : public SharedPage {
 public:
  FaultySharedPage(char* data, size_t size) : data_(data), size_(size) {}
  char* data() override { return data_; }
  size_t size() const override { return size_; }

 private:
  char* const data_;
  const size_t size_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem(uint64_t seed) : random_(seed) {}

FaultyFileSystem::~FaultyFileSystem() {
  for (const std::unique_ptr<Page>& page : pages_) munmap(page->data, page->size);
}

uint64_t FaultyFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FaultyFileSystem::CutPowerAt(uint64_t nth) {
  const std::lock_guard lock(mutex_);
  cut_in_ = nth;
}

void FaultyFileSystem::CutPower() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
}

bool FaultyFileSystem::power_is_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

void FaultyFileSystem::FailWrite(uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_write_in_ = nth;
}

void FaultyFileSystem::FailSync(uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_sync_in_ = nth;
}

void FaultyFileSystem::SetFreeBytes(std::optional<uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ = bytes;
}

void FaultyFileSystem::SetDiskFull(bool full) {
  const std::lock_guard lock(mutex_);
  disk_full_ = full;
}

Status FaultyFileSystem::PowerIsCut() const {
  return Status(ErrorCode::kIo, "the power was cut");
}

Status FaultyFileSystem::CheckPower() const {
  return cut_ ? PowerIsCut() : Status::Ok();
}

bool FaultyFileSystem::Due(uint64_t* countdown) {
  return *countdown > 0 && --*countdown == 0;
}

bool FaultyFileSystem::Count() {
  ++operations_;
  SnapshotPages();
  if (Due(&cut_in_)) cut_ = true;
  return cut_;
}

void FaultyFileSystem::SnapshotPages() {
  for (const std::unique_ptr<Page>& page : pages_) {
    if (page->snapshots.size() == kPageSnapshotsMax) {
      page->snapshots.erase(page->snapshots.begin());
    }
    page->snapshots.push_back(CopyPage(page->data, page->size));
  }
}

std::shared_ptr<FaultyFileSystem::File> FaultyFileSystem::Track(const std::string& path) {
  std::shared_ptr<File>& file = files_[path];
  // The test itself may have removed it.
  if (file == nullptr || !std::filesystem::exists(path)) {
    file = std::make_shared<File>(path);
    all_files_.push_back(file);
  }
  return file;
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::OpenWritable(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  if (!std::filesystem::exists(path)) {
    entries_[ParentDirectory(path)].push_back({Entry::kCreate, path, {}, {}});
    Track(path);
    if (Count()) return PowerIsCut();
  }
  return std::unique_ptr<WritableFile>(
      std::make_unique<FaultyWritableFile>(this, Track(path), generation_));
}

Status FaultyFileSystem::WriteFile(File* file, uint64_t offset, std::string_view bytes) {
  const bool power_went = Count();
  const bool fails = Due(&fail_write_in_);
  const uint64_t end = offset + bytes.size();
  if (disk_full_ && end > file->Size()) {
    return Status(ErrorCode::kDiskFull, "write " + file->path + ": the disk is full");
  }
  if (end > file->Size()) file->KeepSize();
  file->Keep(offset, end);
  if (fails) bytes = bytes.substr(0, random_.Uniform(bytes.size() + 1));
  WriteRange(file->fd, offset, bytes);
  if (power_went) return PowerIsCut();
  return fails ? Status(ErrorCode::kIo, "write " + file->path + ": told to fail") : Status::Ok();
}

Status FaultyFileSystem::SyncFile(File* file) {
  const bool power_went = Count();
  if (Due(&fail_sync_in_)) {
    return Status(ErrorCode::kIo, "fdatasync " + file->path + ": told to fail");
  }
  if (!power_went || random_.OneIn(2)) file->Synced();
  return power_went ? PowerIsCut() : Status::Ok();
}

Status FaultyFileSystem::ResizeFile(File* file, uint64_t size, bool grow_only) {
  const bool power_went = Count();
  const uint64_t old_size = file->Size();
  if (size > old_size && disk_full_) {
    return Status(ErrorCode::kDiskFull, "resize " + file->path + ": the disk is full");
  }
  if (size > old_size || (size < old_size && !grow_only)) {
    file->KeepSize();
    if (size < old_size) file->Keep(size, old_size);
    Resize(file->fd, size);
  }
  return power_went ? PowerIsCut() : Status::Ok();
}

Result<std::unique_ptr<ReadableFile>> FaultyFileSystem::OpenReadable(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  return FileSystem::Posix()->OpenReadable(path);
}

Result<std::unique_ptr<MappedFile>> FaultyFileSystem::Map(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  return FileSystem::Posix()->Map(path);
}

Result<std::unique_ptr<SharedPage>> FaultyFileSystem::MapPage(const std::string& path,
                                                              size_t size) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  if (!std::filesystem::exists(path)) {
    entries_[ParentDirectory(path)].push_back({Entry::kCreate, path, {}, {}});
    if (Count()) return PowerIsCut();
  }
  const std::shared_ptr<File> file = Track(path);
  if (file->Size() < size) Resize(file->fd, size);
  auto page = std::make_unique<Page>();
  page->path = path;
  page->size = size;
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
  if (data == MAP_FAILED) return Failed("map", path);
  page->data = static_cast<char*>(data);
  pages_.push_back(std::move(page));
  return std::unique_ptr<SharedPage>(std::make_unique<FaultySharedPage>(pages_.back()->data, size));
}

Result<std::string> FaultyFileSystem::ReadFile(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  return FileSystem::Posix()->ReadFile(path);
}

Result<std::vector<std::string>> FaultyFileSystem::List(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  ASSIGN_OR_RETURN(std::vector<std::string> names, FileSystem::Posix()->List(directory));
  std::erase_if(names, [](const std::string& name) { return name.starts_with(kTrashPrefix); });
  return names;
}

Status FaultyFileSystem::CreateDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  if (std::filesystem::is_directory(path)) return Status::Ok();
  RETURN_IF_ERROR(FileSystem::Posix()->CreateDirectory(path));
  entries_[ParentDirectory(path)].push_back({Entry::kCreate, path, {}, {}});
  return Count() ? PowerIsCut() : Status::Ok();
}

std::string FaultyFileSystem::NewTrashPath(const std::string& path) {
  return ParentDirectory(path) + "/" + std::string(kTrashPrefix) + std::to_string(++trash_count_);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  MILLRACE_CHECK(ParentDirectory(from) == ParentDirectory(to),
                 "renames across directories: not modelled");
  Entry entry{Entry::kRename, from, to, {}};
  if (std::filesystem::exists(to)) {
    entry.trash = NewTrashPath(to);
    if (rename(to.c_str(), entry.trash.c_str()) != 0) return Failed("rename", to);
  }
  if (rename(from.c_str(), to.c_str()) != 0) return Failed("rename", from);
  if (const auto found = files_.find(from); found != files_.end()) {
    found->second->path = to;
    files_[to] = found->second;
    files_.erase(from);
  } else {
    files_.erase(to);
  }
  entries_[ParentDirectory(to)].push_back(std::move(entry));
  return Count() ? PowerIsCut() : Status::Ok();
}

Status FaultyFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  Entry entry{Entry::kRemove, path, {}, NewTrashPath(path)};
  if (rename(path.c_str(), entry.trash.c_str()) != 0) return Failed("remove", path);
  files_.erase(path);
  entries_[ParentDirectory(path)].push_back(std::move(entry));
  return Count() ? PowerIsCut() : Status::Ok();
}

Status FaultyFileSystem::SyncDirectory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  const bool power_went = Count();
  if (!power_went || random_.OneIn(2)) {
    for (const Entry& entry : entries_[directory]) {
      if (!entry.trash.empty()) unlink(entry.trash.c_str());
    }
    entries_.erase(directory);
  }
  return power_went ? PowerIsCut() : Status::Ok();
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  return FileSystem::Posix()->Lock(path);
}

Result<uint64_t> FaultyFileSystem::FreeBytes(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckPower());
  if (free_bytes_) return *free_bytes_;
  return FileSystem::Posix()->FreeBytes(path);
}

void FaultyFileSystem::LoseUnsynced(File* file) {
  const uint64_t size = file->Size();
  const bool old_size = file->synced_size && random_.OneIn(2);
  const uint64_t final_size = old_size ? *file->synced_size : size;
  // Of all cuts some lose everything, some nothing, most something.
  const uint64_t kind = random_.Uniform(4);
  for (const auto& [at, bytes] : file->kept) {
    if (at >= final_size) continue;
    const bool survives = at < size && (kind == 0 || (kind > 1 && random_.OneIn(2)));
    // A truncation that is undone brings back all behind it, also in the sector it cut.
    const uint64_t lost_from = survives ? std::min(size - at, kSector) : 0;
    const uint64_t lost_to = std::min(final_size - at, kSector);
    if (lost_from >= lost_to) continue;
    WriteRange(file->fd, at + lost_from,
               std::string_view(bytes).substr(lost_from, lost_to - lost_from));
  }
  if (file->Size() != final_size) Resize(file->fd, final_size);
  file->Synced();
}

void FaultyFileSystem::Undo(const Entry& entry) {
  switch (entry.kind) {
    case Entry::kCreate:
      std::filesystem::remove_all(entry.from);
      return;
    case Entry::kRename:
      rename(entry.to.c_str(), entry.from.c_str());
      if (!entry.trash.empty()) rename(entry.trash.c_str(), entry.to.c_str());
      return;
    case Entry::kRemove:
      rename(entry.trash.c_str(), entry.from.c_str());
      return;
  }
}

// A journal keeps the order of changes: a number of the last ones is lost.
void FaultyFileSystem::UndoEntries(std::vector<Entry>* entries) {
  const size_t surviving = random_.Uniform(entries->size() + 1);
  for (; entries->size() > surviving; entries->pop_back()) Undo(entries->back());
  for (const Entry& entry : *entries) {
    if (!entry.trash.empty()) unlink(entry.trash.c_str());
  }
}

void FaultyFileSystem::LosePage(Page* page) {
  std::string content = CopyPage(page->data, page->size);
  if (!page->snapshots.empty() && random_.OneIn(2)) {
    const std::string& old = page->snapshots[random_.Uniform(page->snapshots.size())];
    const bool torn = random_.OneIn(2);
    for (size_t at = 0; at < content.size(); at += kSector) {
      if (!torn || random_.OneIn(2)) content.replace(at, kSector, old, at, kSector);
    }
  }
  std::copy(content.begin(), content.end(), page->data);
}

void FaultyFileSystem::Restart() {
  const std::lock_guard lock(mutex_);
  for (const std::unique_ptr<Page>& page : pages_) LosePage(page.get());
  for (const std::shared_ptr<File>& file : all_files_) LoseUnsynced(file.get());
  for (auto& [directory, entries] : entries_) UndoEntries(&entries);
  entries_.clear();
  files_.clear();
  all_files_.clear();
  NewGeneration();
}

void FaultyFileSystem::RestartProcess() {
  const std::lock_guard lock(mutex_);
  NewGeneration();
}

void FaultyFileSystem::NewGeneration() {
  for (const std::unique_ptr<Page>& page : pages_) munmap(page->data, page->size);
  pages_.clear();
  cut_ = false;
  cut_in_ = fail_write_in_ = fail_sync_in_ = 0;
  ++generation_;
}

Status FlipBit(const std::string& path, uint64_t offset, int bit) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  std::string byte = ReadRange(fd, offset, 1);
  byte[0] = static_cast<char>(byte[0] ^ (1 << bit));
  WriteRange(fd, offset, byte);
  close(fd);
  return Status::Ok();
}

}  // namespace millrace
