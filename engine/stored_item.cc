#include "engine/stored_item.h"

#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kTimeOffset = 2;
constexpr size_t kRegionOffset = kTimeOffset + 8;
constexpr size_t kPositionOffset = kRegionOffset + 2;

}  // namespace

std::string EncodeStoredItemHeader(int64_t version_time_micros, uint16_t origin_region,
                                   const Position& position) {
  std::string header;
  header.push_back(static_cast<char>(kFormat));
  header.push_back(0);
  PutLittle(&header, version_time_micros);
  PutLittle(&header, origin_region);
  AppendPosition(position, &header);
  return header;
}

bool StoredItemView::valid() const {
  return bytes_.size() > kStoredItemHeaderSize + kItemHeaderSize && bytes_[0] == kFormat;
}

int64_t StoredItemView::version_time_micros() const {
  return LoadLittle<int64_t>(bytes_.data() + kTimeOffset);
}

uint16_t StoredItemView::origin_region() const {
  return LoadLittle<uint16_t>(bytes_.data() + kRegionOffset);
}

Position StoredItemView::position() const {
  return LoadPosition(bytes_.data() + kPositionOffset);
}

}  // namespace millrace
