#include "engine/base/hex.h"
#include "streams/stream_service.h"

namespace millrace {

std::string_view WireName(StreamStatus status) {
  return status == StreamStatus::kEnabled ? "ENABLED" : "DISABLED";
}

namespace {

constexpr std::string_view kIteratorTypes[] = {"TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER",
                                               "AFTER_SEQUENCE_NUMBER"};

bool Shows(StreamViewType view, StreamViewType image) {
  return view == image || view == StreamViewType::kNewAndOldImages;
}

}  // namespace

std::string_view WireName(ShardIteratorType type) {
  return kIteratorTypes[static_cast<size_t>(type)];
}

std::optional<ShardIteratorType> ParseShardIteratorType(std::string_view text) {
  for (size_t i = 0; i < std::size(kIteratorTypes); ++i) {
    if (kIteratorTypes[i] == text) return static_cast<ShardIteratorType>(i);
  }
  return std::nullopt;
}

ItemView StreamRecord::new_image() const {
  return Shows(view, StreamViewType::kNewImage) ? record().new_image() : ItemView();
}

ItemView StreamRecord::old_image() const {
  return Shows(view, StreamViewType::kOldImage) ? record().old_image() : ItemView();
}

uint64_t StreamRecord::aws_size() const {
  return ShownSize(record(), view);
}

std::string StreamRecord::event_id() const {
  return ToHex(BytesOf(hash).substr(0, 16));
}

std::string StreamRecord::sequence_number() const {
  return SequenceNumberOf(record().position());
}

uint64_t ShownSize(RecordView record, StreamViewType view) {
  uint64_t size = record.keys().aws_size();
  if (Shows(view, StreamViewType::kNewImage) && !record.new_image().empty()) {
    size += record.new_image().aws_size();
  }
  if (Shows(view, StreamViewType::kOldImage) && !record.old_image().empty()) {
    size += record.old_image().aws_size();
  }
  return size;
}

}  // namespace millrace
