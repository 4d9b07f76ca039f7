#include "connectors/cdc/manifest.h"

#include <optional>
#include <utility>

namespace millrace {
namespace {

constexpr int64_t kFormat = 1;
constexpr std::string_view kNoteNames[] = {"snapshotComplete", "snapshotAborted", "gap", "end"};

void Text(std::string_view name, std::string_view value, JsonWriter* writer) {
  writer->Key(name);
  writer->String(value);
}

void Number(std::string_view name, uint64_t value, JsonWriter* writer) {
  writer->Key(name);
  writer->Integer(static_cast<int64_t>(value));
}

void WriteLine(const ManifestHeader& header, JsonWriter* writer) {
  Text("type", "pipeline", writer);
  Number("format", kFormat, writer);
  Text("name", header.name, writer);
  Text("id", header.id, writer);
  Text("awsRegion", header.region, writer);
  Text("tableName", header.table_name, writer);
  Number("tableId", header.table.value(), writer);
  Text("tableUuid", header.table_uuid, writer);
  Text("streamViewType", WireName(header.view), writer);
  writer->Key("snapshot");
  writer->Bool(header.snapshot);
  Number("through", header.through.value(), writer);
  Number("createdMicros", static_cast<uint64_t>(header.created_micros), writer);
}

void WriteLine(const ManifestFile& file, JsonWriter* writer) {
  Text("type", "file", writer);
  Text("name", file.name, writer);
  Number("after", file.after.value(), writer);
  Number("through", file.through.value(), writer);
  Number("records", file.records, writer);
  Number("snapshotRecords", file.snapshot_records, writer);
  Number("uncompressedBytes", file.uncompressed_bytes, writer);
  Number("bytes", file.digest.bytes, writer);
  Text("sha256", file.digest.sha256, writer);
  writer->Key("shards");
  writer->BeginArray();
  for (const ManifestShard& shard : file.shards) {
    writer->BeginObject();
    Number("shard", shard.shard.value(), writer);
    Number("records", shard.records, writer);
    Number("snapshotRecords", shard.snapshot_records, writer);
    if (shard.records > 0) {
      Text("firstSequenceNumber", SequenceNumberOf(shard.first), writer);
      Text("lastSequenceNumber", SequenceNumberOf(shard.last), writer);
    }
    writer->EndObject();
  }
  writer->EndArray();
}

void WriteLine(const ManifestNote& note, JsonWriter* writer) {
  Text("type", WireName(note.kind), writer);
  Number("after", note.after.value(), writer);
  Number("through", note.through.value(), writer);
}

Status Damaged() {
  return Status(ErrorCode::kCorruption, "not a line of a manifest");
}

// Reads members, and remembers whether one was missing.
class Reader {
 public:
  explicit Reader(JsonValue object) : object_(object) {}
  bool ok() const { return ok_; }

  std::string String(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kString)) return std::string(value->string());
    ok_ = false;
    return "";
  }
  uint64_t Integer(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kInteger) && value->integer() >= 0) {
      return static_cast<uint64_t>(value->integer());
    }
    ok_ = false;
    return 0;
  }
  bool Bool(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kBool)) return value->boolean();
    ok_ = false;
    return false;
  }
  Position Sequence(std::string_view name) {
    const auto position = ParseSequenceNumber(String(name));
    if (!position) ok_ = false;
    return position.value_or(Position{});
  }
  std::optional<JsonValue> Array(std::string_view name) {
    const auto value = object_.Find(name);
    if (value && value->Is(JsonKind::kArray)) return value;
    ok_ = false;
    return std::nullopt;
  }

 private:
  JsonValue object_;
  bool ok_ = true;
};

Result<ManifestLine> ReadHeader(Reader reader) {
  if (reader.Integer("format") != kFormat) {
    return Status(ErrorCode::kUnsupportedFormat,
                  "the manifest was written by another version of Millrace");
  }
  ManifestHeader header;
  header.name = reader.String("name");
  header.id = reader.String("id");
  header.region = reader.String("awsRegion");
  header.table_name = reader.String("tableName");
  header.table = TableId(static_cast<uint32_t>(reader.Integer("tableId")));
  header.table_uuid = reader.String("tableUuid");
  const auto view = ParseStreamViewType(reader.String("streamViewType"));
  if (!view) return Damaged();
  header.view = *view;
  header.snapshot = reader.Bool("snapshot");
  header.through = Lsn(reader.Integer("through"));
  header.created_micros = static_cast<int64_t>(reader.Integer("createdMicros"));
  if (!reader.ok()) return Damaged();
  return ManifestLine(std::move(header));
}

Result<ManifestShard> ReadShard(Reader reader) {
  ManifestShard shard;
  shard.shard = ShardIndex(static_cast<uint32_t>(reader.Integer("shard")));
  shard.records = reader.Integer("records");
  shard.snapshot_records = reader.Integer("snapshotRecords");
  if (shard.records > 0) {
    shard.first = reader.Sequence("firstSequenceNumber");
    shard.last = reader.Sequence("lastSequenceNumber");
  }
  if (!reader.ok()) return Damaged();
  return shard;
}

Result<ManifestLine> ReadFile(Reader reader) {
  ManifestFile file;
  file.name = reader.String("name");
  file.after = Lsn(reader.Integer("after"));
  file.through = Lsn(reader.Integer("through"));
  file.records = reader.Integer("records");
  file.snapshot_records = reader.Integer("snapshotRecords");
  file.uncompressed_bytes = reader.Integer("uncompressedBytes");
  file.digest.bytes = reader.Integer("bytes");
  file.digest.sha256 = reader.String("sha256");
  const auto shards = reader.Array("shards");
  if (!reader.ok()) return Damaged();
  // A name of this directory, and no other.
  if (file.name.empty() || file.name.find('/') != file.name.npos) return Damaged();
  RETURN_IF_ERROR(shards->ForEachElement([&file](JsonValue element) -> Status {
    if (!element.Is(JsonKind::kObject)) return Damaged();
    ASSIGN_OR_RETURN(const ManifestShard shard, ReadShard(Reader(element)));
    file.shards.push_back(shard);
    return Status::Ok();
  }));
  return ManifestLine(std::move(file));
}

Result<ManifestLine> ReadNote(ManifestNote::Kind kind, Reader reader) {
  ManifestNote note;
  note.kind = kind;
  note.after = Lsn(reader.Integer("after"));
  note.through = Lsn(reader.Integer("through"));
  if (!reader.ok()) return Damaged();
  return ManifestLine(note);
}

}  // namespace

std::string_view WireName(ManifestNote::Kind kind) {
  return kNoteNames[static_cast<size_t>(kind)];
}

std::string RenderManifestLine(const ManifestLine& line) {
  std::string text;
  JsonWriter writer(&text);
  writer.BeginObject();
  std::visit([&writer](const auto& one) { WriteLine(one, &writer); }, line);
  writer.EndObject();
  text.push_back('\n');
  return text;
}

Result<ManifestLine> ParseManifestLine(std::string_view text, JsonParser* parser) {
  const Result<JsonValue> root = parser->Parse(text);
  if (!root.ok() || !root->Is(JsonKind::kObject)) return Damaged();
  Reader reader(*root);
  const std::string type = reader.String("type");
  if (type == "pipeline") return ReadHeader(reader);
  if (type == "file") return ReadFile(reader);
  for (size_t i = 0; i < std::size(kNoteNames); ++i) {
    if (type == kNoteNames[i]) return ReadNote(static_cast<ManifestNote::Kind>(i), reader);
  }
  return Damaged();
}

}  // namespace millrace
