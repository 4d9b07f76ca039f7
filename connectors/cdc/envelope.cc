#include "connectors/cdc/envelope.h"

#include <array>
#include <charconv>

#include "engine/base/checksum.h"
#include "engine/base/hex.h"
#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr uint32_t kOrdinalMax = (1u << 24) - 1;

bool Shows(StreamViewType view, StreamViewType image) {
  return view == image || view == StreamViewType::kNewAndOldImages;
}

void AppendNumber(uint64_t number, std::string* out) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out->append(text.data(), end);
}

// Epoch seconds with all six decimals.
void AppendSeconds(int64_t micros, std::string* out) {
  const uint64_t whole = micros < 0 ? 0 : static_cast<uint64_t>(micros);
  AppendNumber(whole / kMicrosPerSecond, out);
  char fraction[7] = {'.'};
  uint64_t rest = whole % kMicrosPerSecond;
  for (int i = 6; i > 0; --i, rest /= 10) fraction[i] = static_cast<char>('0' + rest % 10);
  out->append(fraction, sizeof(fraction));
}

// The first half of a digest.
void AppendEventId(const Digest& digest, std::string* out) {
  out->append("{\"eventID\":\"");
  AppendHex(BytesOf(digest).substr(0, 16), out);
}

void AppendImage(std::string_view name, ItemView image, std::string* out) {
  out->append(",\"").append(name).append("\":");
  JsonWriter writer(out);
  WriteAttributeMap(image.attributes(), &writer);
}

void AppendText(std::string_view name, std::string_view text, std::string* out) {
  if (text.empty()) return;
  out->append(",\"").append(name).append("\":");
  JsonWriter(out).String(text);
}

void AppendTail(const Position& position, uint64_t size, StreamViewType view, std::string* out) {
  out->append(",\"SequenceNumber\":\"").append(SequenceNumberOf(position));
  out->append("\",\"SizeBytes\":");
  AppendNumber(size, out);
  out->append(",\"StreamViewType\":\"").append(WireName(view)).append("\"}");
}

std::string_view OpOf(EventName name) {
  switch (name) {
    case EventName::kInsert:
      return "c";
    case EventName::kModify:
      return "u";
    case EventName::kRemove:
      return "d";
  }
  return "";
}

// What is left of a view without the image before the write.
StreamViewType WithoutOldImage(StreamViewType view) {
  return view == StreamViewType::kNewAndOldImages ? StreamViewType::kNewImage
                                                  : StreamViewType::kKeysOnly;
}

}  // namespace

CdcEnvelope::CdcEnvelope(std::string_view region, std::string_view table_name, TableId table,
                         StreamViewType view)
    : view_(view) {
  source_ = "\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\"";
  AppendText("awsRegion", region, &source_);
  source_ += ",\"dynamodb\":{\"ApproximateCreationDateTime\":";
  AppendText("tableName", table_name, &table_);
  table_ += ",\"tableId\":" + std::to_string(table.value()) + ",\"shard\":";
}

bool CdcEnvelope::AppendRecord(RecordView record, ShardIndex shard, std::string* out) const {
  const ItemView new_image = record.new_image();
  const ItemView old_image = record.old_image();
  const EventName event = record.event_name();
  const bool complete =
      !Shows(view_, StreamViewType::kOldImage) || !record.existed() || !old_image.empty();
  const StreamViewType view = complete ? view_ : WithoutOldImage(view_);
  uint64_t size = record.keys().aws_size();
  AppendEventId(ChainHash(record.header_bytes()), out);
  out->append("\",\"eventName\":\"").append(WireName(event)).append(source_);
  AppendSeconds(record.commit_time_micros(), out);
  AppendImage("Keys", record.keys(), out);
  if (Shows(view, StreamViewType::kNewImage) && !new_image.empty()) {
    AppendImage("NewImage", new_image, out);
    size += new_image.aws_size();
  }
  if (Shows(view, StreamViewType::kOldImage) && !old_image.empty()) {
    AppendImage("OldImage", old_image, out);
    size += old_image.aws_size();
  }
  AppendTail(record.position(), size, view, out);
  if (record.by_service()) {
    out->append(",\"userIdentity\":{\"Type\":\"Service\"");
    AppendText("PrincipalId", record.principal(), out);
    out->push_back('}');
  }
  out->append(",\"op\":\"").append(OpOf(event)).append("\"").append(table_);
  AppendNumber(shard.value(), out);
  AppendText("principal", record.principal(), out);
  AppendText("requestId", record.request_id(), out);
  if (record.causation().lsn.value() != 0) {
    AppendText("causedBy", SequenceNumberOf(record.causation()), out);
    out->append(",\"hopCount\":");
    AppendNumber(record.hop_count(), out);
  }
  out->append("}\n");
  return complete;
}

void CdcEnvelope::AppendSnapshotItem(const SnapshotItem& item, std::string* out) const {
  const Position position = SnapshotPosition(item.as_of);
  const ItemView keys(item.keys);
  uint64_t size = keys.aws_size();
  AppendEventId(Sha256(SequenceNumberOf(position), item.keys), out);
  out->append("\",\"eventName\":\"INSERT").append(source_);
  AppendSeconds(item.read_micros, out);
  AppendImage("Keys", keys, out);
  if (Shows(view_, StreamViewType::kNewImage)) {
    AppendImage("NewImage", item.item, out);
    size += item.item.aws_size();
  }
  AppendTail(position, size, view_, out);
  out->append(",\"op\":\"r\"").append(table_);
  AppendNumber(item.shard.value(), out);
  out->append("}\n");
}

Position CdcEnvelope::SnapshotPosition(Lsn as_of) {
  return {0, as_of, kOrdinalMax};
}

}  // namespace millrace
