#include "connectors/import/resume_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/json/json.h"

namespace millrace {
namespace {

constexpr std::string_view kMark = "millrace import";
constexpr int64_t kVersion = 1;
constexpr size_t kTriedBytes = 4096;  // of a disk that may be full

void WriteNumber(std::string_view name, uint64_t value, JsonWriter* writer) {
  writer->Key(name);
  writer->Integer(static_cast<int64_t>(value));
}

// Reads members and remembers whether one was missing.
class Reader {
 public:
  explicit Reader(JsonValue object) : object_(object) {}
  uint64_t Number(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kInteger) && value->integer() >= 0) {
      return static_cast<uint64_t>(value->integer());
    }
    complete_ = false;
    return 0;
  }
  std::string Text(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kString)) return std::string(value->string());
    complete_ = false;
    return "";
  }
  bool complete() const { return complete_; }

 private:
  JsonValue object_;
  bool complete_ = true;
};

// Where a state is written before it takes the other's place.
std::string Beside(const std::string& path) {
  return path + ".new";
}

Status NotOurs() {
  return Status::Validation("it is not the state of an import");
}

}  // namespace

std::string EncodeImportState(const ImportState& state) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.Key("what");
  writer.String(kMark);
  WriteNumber("version", kVersion, &writer);
  writer.Key("tableId");
  writer.String(state.table_id);
  writer.Key("format");
  writer.String(state.format);
  writer.Key("files");
  writer.BeginArray();
  for (const auto& [path, identity] : state.files) {
    writer.BeginObject();
    writer.Key("path");
    writer.String(path);
    WriteNumber("size", identity.size, &writer);
    WriteNumber("modifiedNanos", static_cast<uint64_t>(identity.modified_nanos), &writer);
    writer.EndObject();
  }
  writer.EndArray();
  WriteNumber("file", state.mark.file, &writer);
  WriteNumber("offset", state.mark.offset, &writer);
  WriteNumber("line", state.mark.line, &writer);
  WriteNumber("records", state.mark.records, &writer);
  WriteNumber("bad", state.mark.bad, &writer);
  WriteNumber("refused", state.refused, &writer);
  writer.EndObject();
  json.push_back('\n');
  return json;
}

Result<ImportState> DecodeImportState(std::string_view json) {
  JsonParser parser;
  const Result<JsonValue> root = parser.Parse(json);
  if (!root.ok() || !root->Is(JsonKind::kObject)) return NotOurs();
  Reader reader(*root);
  if (reader.Text("what") != kMark) return NotOurs();
  if (reader.Number("version") != kVersion) {
    return Status::Validation("another version of Millrace wrote it");
  }
  ImportState state;
  state.table_id = reader.Text("tableId");
  state.format = reader.Text("format");
  state.mark.file = reader.Number("file");
  state.mark.offset = reader.Number("offset");
  state.mark.line = reader.Number("line");
  state.mark.records = reader.Number("records");
  state.mark.bad = reader.Number("bad");
  state.refused = reader.Number("refused");
  const auto files = root->Find("files");
  if (!files || !files->Is(JsonKind::kArray) || !reader.complete()) return NotOurs();
  RETURN_IF_ERROR(files->ForEachElement([&state](JsonValue file) {
    if (!file.Is(JsonKind::kObject)) return NotOurs();
    Reader members(file);
    FileIdentity identity;
    identity.size = members.Number("size");
    identity.modified_nanos = static_cast<int64_t>(members.Number("modifiedNanos"));
    state.files.emplace_back(members.Text("path"), identity);
    return members.complete() ? Status::Ok() : NotOurs();
  }));
  if (state.mark.file >= state.files.size()) return NotOurs();
  return state;
}

Status TryImportState(FileSystem* files, const std::string& path) {
  const std::string beside = Beside(path);
  const auto try_it = [files, &beside]() -> Status {
    ASSIGN_OR_RETURN(const auto file, files->OpenWritable(beside));
    const Status written = file->WriteAt(0, std::string(kTriedBytes, ' '));
    const Status removed = files->Remove(beside);
    return written.ok() ? removed : written;
  };
  const Status tried = try_it();
  if (tried.ok()) return tried;
  return Status(tried.code(), "how far the import is can't be kept: " + tried.message() +
                                  "; name another file with --resume-file, or keep nothing with "
                                  "--no-resume");
}

Status SaveImportState(FileSystem* files, const std::string& path, const ImportState& state) {
  const std::string beside = Beside(path);
  const std::string text = EncodeImportState(state);
  {
    ASSIGN_OR_RETURN(const auto file, files->OpenWritable(beside));
    RETURN_IF_ERROR(file->Truncate(0));
    RETURN_IF_ERROR(file->WriteAt(0, text));
    RETURN_IF_ERROR(file->Sync());
  }
  return files->Rename(beside, path);
}

Result<std::optional<ImportState>> LoadImportState(FileSystem* files, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::optional<ImportState>();
  ASSIGN_OR_RETURN(const std::string text, files->ReadFile(path));
  Result<ImportState> state = DecodeImportState(text);
  if (!state.ok()) {
    return Status::Validation(path + ": " + state.status().message() +
                              "; remove it, or name another file with --resume-file");
  }
  return std::optional<ImportState>(std::move(state).value());
}

}  // namespace millrace
