#include "engine/model/change_record.h"

#include <cstring>

#include "engine/base/check.h"

namespace millrace {
namespace {

// Offsets in the header.
constexpr size_t kItemPreviousAt = kPositionSize;
constexpr size_t kTimeAt = kItemPreviousAt + kPositionSize;
constexpr size_t kPreviousHashAt = kTimeAt + 8;
constexpr size_t kBodyDigestAt = kPreviousHashAt + 32;
constexpr size_t kFlagsAt = kBodyDigestAt + 32;
static_assert(kFlagsAt + 1 == kRecordHeaderSize);

// Offsets in the body.
constexpr uint8_t kBodyVersion = 1;
constexpr size_t kKeyHashAt = 1;
constexpr size_t kPreviousSizeAt = kKeyHashAt + 8;
constexpr size_t kHopCountAt = kPreviousSizeAt + 4;
constexpr size_t kOriginRegionAt = kHopCountAt + 2;
constexpr size_t kCausationAt = kOriginRegionAt + 2;
constexpr size_t kLengthsAt = kCausationAt + kPositionSize;
constexpr int kSections = 5;
constexpr size_t kSectionsAt = kLengthsAt + 4 * kSections;

enum SectionIndex { kKeys, kNewImage, kOldImage, kPrincipal, kRequestId };

Digest LoadDigest(const char* bytes) {
  Digest digest;
  std::memcpy(digest.data(), bytes, digest.size());
  return digest;
}

Status Malformed(const char* flaw) {
  return Status::Validation(std::string("Malformed change record: ") + flaw);
}

}  // namespace

std::string_view WireName(EventName name) {
  constexpr std::string_view kNames[] = {"INSERT", "MODIFY", "REMOVE"};
  return kNames[static_cast<size_t>(name)];
}

void AppendRecordHeader(const RecordHeader& header, std::string* out) {
  AppendPosition(header.position, out);
  AppendPosition(header.item_previous, out);
  PutLittle(out, header.commit_time_micros);
  out->append(BytesOf(header.previous_hash));
  out->append(BytesOf(header.body_digest));
  out->push_back(static_cast<char>(header.flags));
}

std::string EncodeRecordBody(const RecordBody& body) {
  const std::string_view sections[kSections] = {body.keys, body.new_image, body.old_image,
                                                body.principal, body.request_id};
  size_t size = kSectionsAt;
  for (const std::string_view section : sections) size += section.size();
  std::string bytes;
  bytes.reserve(size);
  bytes.push_back(static_cast<char>(kBodyVersion));
  PutLittle(&bytes, body.key_hash);
  PutLittle(&bytes, body.previous_size);
  PutLittle(&bytes, body.hop_count);
  PutLittle(&bytes, body.origin_region);
  AppendPosition(body.causation, &bytes);
  for (const std::string_view section : sections) {
    PutLittle(&bytes, static_cast<uint32_t>(section.size()));
  }
  for (const std::string_view section : sections) bytes.append(section);
  MILLRACE_CHECK(bytes.size() == size);
  return bytes;
}

int64_t RecordView::commit_time_micros() const {
  return LoadLittle<int64_t>(bytes_.data() + kTimeAt);
}

RecordHeader RecordView::header() const {
  RecordHeader header;
  header.position = position();
  header.item_previous = item_previous();
  header.commit_time_micros = commit_time_micros();
  header.previous_hash = LoadDigest(bytes_.data() + kPreviousHashAt);
  header.body_digest = LoadDigest(bytes_.data() + kBodyDigestAt);
  header.flags = static_cast<uint8_t>(bytes_[kFlagsAt]);
  return header;
}

EventName RecordView::event_name() const {
  if (new_image().empty()) return EventName::kRemove;
  return existed() ? EventName::kModify : EventName::kInsert;
}

uint64_t RecordView::key_hash() const {
  return LoadLittle<uint64_t>(bytes_.data() + kRecordHeaderSize + kKeyHashAt);
}
uint32_t RecordView::previous_size() const {
  return LoadLittle<uint32_t>(bytes_.data() + kRecordHeaderSize + kPreviousSizeAt);
}
bool RecordView::by_service() const {
  return (static_cast<uint8_t>(bytes_[kFlagsAt]) & kRecordByService) != 0;
}
uint16_t RecordView::hop_count() const {
  return LoadLittle<uint16_t>(bytes_.data() + kRecordHeaderSize + kHopCountAt);
}
uint16_t RecordView::origin_region() const {
  return LoadLittle<uint16_t>(bytes_.data() + kRecordHeaderSize + kOriginRegionAt);
}
Position RecordView::causation() const {
  return LoadPosition(bytes_.data() + kRecordHeaderSize + kCausationAt);
}
Position RecordView::item_previous() const {
  return LoadPosition(bytes_.data() + kItemPreviousAt);
}

std::string_view RecordView::Section(int index) const {
  const char* body = bytes_.data() + kRecordHeaderSize;
  size_t begin = kSectionsAt;
  for (int i = 0; i < index; ++i) begin += LoadLittle<uint32_t>(body + kLengthsAt + 4 * i);
  return {body + begin, LoadLittle<uint32_t>(body + kLengthsAt + 4 * index)};
}

ItemView RecordView::keys() const {
  return ItemView(Section(kKeys));
}
ItemView RecordView::new_image() const {
  return ItemView(Section(kNewImage));
}
ItemView RecordView::old_image() const {
  return ItemView(Section(kOldImage));
}
std::string_view RecordView::principal() const {
  return Section(kPrincipal);
}
std::string_view RecordView::request_id() const {
  return Section(kRequestId);
}

Status ValidateRecord(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderSize + kSectionsAt) return Malformed("truncated");
  const char* body = bytes.data() + kRecordHeaderSize;
  if (static_cast<uint8_t>(body[0]) != kBodyVersion) return Malformed("unknown version");
  uint64_t size = kRecordHeaderSize + kSectionsAt;
  for (int i = 0; i < kSections; ++i) size += LoadLittle<uint32_t>(body + kLengthsAt + 4 * i);
  if (size != bytes.size()) return Malformed("lengths that do not add up");
  const RecordView record(bytes);
  RETURN_IF_ERROR(ValidateItem(record.keys().bytes()));
  for (const ItemView image : {record.new_image(), record.old_image()}) {
    if (!image.empty()) RETURN_IF_ERROR(ValidateItem(image.bytes()));
  }
  if (record.new_image().empty() && !record.existed())
    return Malformed("removes what was not there");
  return Status::Ok();
}

bool VerifyRecordDigest(RecordView record) {
  return Sha256(record.body_bytes()) == record.header().body_digest;
}

Digest ChainHash(std::string_view header_bytes) {
  MILLRACE_CHECK(header_bytes.size() == kRecordHeaderSize);
  return Sha256(header_bytes);
}

}  // namespace millrace
