#include "engine/data_directory.h"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr std::string_view kFormatPrefix = "millrace data format ";

}  // namespace

Result<std::unique_ptr<DataDirectory>> DataDirectory::Open(FileSystem* file_system,
                                                           const std::string& path) {
  std::unique_ptr<DataDirectory> directory(new DataDirectory(file_system, path));
  RETURN_IF_ERROR(CreateDurableDirectory(file_system, path));
  RETURN_IF_ERROR(directory->Claim());
  RETURN_IF_ERROR(CreateDurableDirectory(file_system, directory->log_path()));
  RETURN_IF_ERROR(CreateDurableDirectory(file_system, directory->state_path()));
  return directory;
}

Status DataDirectory::Claim() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system_->List(path_));
  const bool has_format = std::find(names.begin(), names.end(), "format") != names.end();
  const bool foreign = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name != "lock" && name != "format.new" && name != "lost+found";
  });
  if (!has_format && foreign) {
    return Status(
        ErrorCode::kUnsupportedFormat,
        path_ + " holds files but is not a Millrace data directory; name an empty or a new one");
  }
  ASSIGN_OR_RETURN(lock_, file_system_->Lock(path_ + "/lock"));
  if (!has_format) return WriteFormat();
  ASSIGN_OR_RETURN(const std::string text, file_system_->ReadFile(path_ + "/format"));
  return CheckFormat(text);
}

Status DataDirectory::CheckFormat(const std::string& text) const {
  int format = 0;
  const bool named = text.compare(0, kFormatPrefix.size(), kFormatPrefix) == 0;
  const char* digits = text.data() + std::min(text.size(), kFormatPrefix.size());
  if (!named || std::from_chars(digits, text.data() + text.size(), format).ec != std::errc()) {
    return Status(ErrorCode::kUnsupportedFormat,
                  path_ + "/format is not that of a Millrace data directory");
  }
  if (format > kFormat) {
    return Status(ErrorCode::kUnsupportedFormat,
                  path_ + " has data format " + std::to_string(format) +
                      ", made by a newer Millrace; this one knows formats up to " +
                      std::to_string(kFormat));
  }
  return Status::Ok();
}

Status DataDirectory::WriteFormat() {
  const std::string fresh = path_ + "/format.new";
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, file_system_->OpenWritable(fresh));
  const std::string text = std::string(kFormatPrefix) + std::to_string(kFormat) + "\n";
  RETURN_IF_ERROR(file->WriteAt(0, text));
  RETURN_IF_ERROR(file->Truncate(text.size()));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file_system_->Rename(fresh, path_ + "/format"));
  return file_system_->SyncDirectory(path_);
}

}  // namespace millrace
