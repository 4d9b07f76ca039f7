#include "engine/model/item.h"

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace millrace {
namespace {

// Names and values; the item's own map costs nothing.
size_t SizeOfAttributes(MapView map) {
  size_t sum = 0;
  for (size_t i = 0; i < map.size(); ++i) {
    const auto [name, value] = map.entry(i);
    sum += name.size() + AwsSize(value);
  }
  return sum;
}

std::string HeaderWithoutSize(size_t map_size) {
  std::string bytes;
  bytes.reserve(kItemHeaderSize + map_size);
  bytes.push_back(static_cast<char>(kItemVersion));
  PutLittle(&bytes, uint32_t{0});
  return bytes;
}

void FillInSize(std::string* item) {
  const MapView map(std::string_view(*item).substr(kItemHeaderSize));
  StoreLittle(item->data() + 1, static_cast<uint32_t>(SizeOfAttributes(map)));
}

}  // namespace

std::string EncodeItem(const Value& map) {
  MILLRACE_CHECK(map.type() == ValueType::kMap);
  std::string item = HeaderWithoutSize(map.EncodedSizeHint());
  map.AppendTo(&item);
  FillInSize(&item);
  return item;
}

std::string EncodeItem(ValueView map) {
  MILLRACE_CHECK(map.Is(ValueType::kMap));
  std::string item = HeaderWithoutSize(map.bytes().size());
  item.append(map.bytes());
  FillInSize(&item);
  return item;
}

Status CheckItemSize(ItemView item) {
  if (item.aws_size() <= kItemSizeMax) return Status::Ok();
  return Status::Validation("Item size has exceeded the maximum allowed size");
}

Status ValidateItem(std::string_view bytes) {
  if (bytes.size() <= kItemHeaderSize) return Status::Validation("Malformed item bytes: truncated");
  if (static_cast<uint8_t>(bytes[0]) != kItemVersion) {
    return Status::Validation("Malformed item bytes: unknown version");
  }
  const std::string_view map = bytes.substr(kItemHeaderSize);
  RETURN_IF_ERROR(ValidateValue(map, kNestingDepthMax));
  if (!ValueView(map).Is(ValueType::kMap)) {
    return Status::Validation("Malformed item bytes: not a map");
  }
  if (ItemView(bytes).aws_size() != SizeOfAttributes(MapView(map))) {
    return Status::Validation("Malformed item bytes: the stated size is not the real one");
  }
  return Status::Ok();
}

}  // namespace millrace
