#include <algorithm>

#include "engine/base/check.h"
#include "engine/model/value.h"

namespace millrace {
namespace {

// Takes the length of a name off the front of a map entry.
uint32_t TakeNameLength(const char** p) {
  uint32_t length = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(*(*p)++);
    length |= uint32_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return length;
  }
}

std::string_view NameOfEntry(std::string_view entry) {
  const char* p = entry.data();
  const uint32_t length = TakeNameLength(&p);
  return {p, length};
}

}  // namespace

std::string_view WireName(ValueType type) {
  constexpr std::string_view kNames[] = {"NULL", "BOOL", "N", "S", "B", "SS", "NS", "BS", "L", "M"};
  return kNames[static_cast<size_t>(type)];
}

bool IsSet(ValueType type) {
  return type == ValueType::kStringSet || type == ValueType::kNumberSet ||
         type == ValueType::kBinarySet;
}

ValueType ElementType(ValueType set_type) {
  switch (set_type) {
    case ValueType::kStringSet:
      return ValueType::kString;
    case ValueType::kNumberSet:
      return ValueType::kNumber;
    default:
      MILLRACE_CHECK(set_type == ValueType::kBinarySet);
      return ValueType::kBinary;
  }
}

ListView ValueView::list() const {
  return ListView(bytes_);
}
MapView ValueView::map() const {
  return MapView(bytes_);
}
size_t ValueView::count() const {
  return ListView(bytes_).size();
}

ListView::ListView(std::string_view bytes)
    : wide_((static_cast<uint8_t>(bytes[0]) & kWideOffsets) != 0) {
  const size_t entry = wide_ ? 4 : 2;
  const char* p = bytes.data() + 1;
  size_ = wide_ ? LoadLittle<uint32_t>(p) : LoadLittle<uint16_t>(p);
  offsets_ = p + entry;
  elements_ = offsets_ + entry * size_;
}

uint32_t ListView::EndOf(size_t i) const {
  return wide_ ? LoadLittle<uint32_t>(offsets_ + 4 * i) : LoadLittle<uint16_t>(offsets_ + 2 * i);
}

std::string_view ListView::element(size_t i) const {
  const uint32_t begin = i == 0 ? 0 : EndOf(i - 1);
  return {elements_ + begin, EndOf(i) - begin};
}

MapView::MapView(std::string_view bytes) : entries_(bytes) {}

std::string_view MapView::name(size_t i) const {
  return NameOfEntry(entries_.element(i));
}

ValueView MapView::value(size_t i) const {
  return entry(i).second;
}

std::pair<std::string_view, ValueView> MapView::entry(size_t i) const {
  const std::string_view bytes = entries_.element(i);
  const std::string_view name = NameOfEntry(bytes);
  const char* value = name.data() + name.size();
  const auto size = static_cast<size_t>(bytes.data() + bytes.size() - value);
  return {name, ValueView(std::string_view(value, size))};
}

std::optional<ValueView> MapView::Find(std::string_view name) const {
  size_t low = 0;
  size_t high = size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int order = this->name(middle).compare(name);
    if (order == 0) return value(middle);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

size_t AwsSize(ValueView value) {
  constexpr size_t kDocumentOverhead = 3;
  constexpr size_t kElementOverhead = 1;
  switch (value.type()) {
    case ValueType::kNull:
    case ValueType::kBool:
      return 1;
    case ValueType::kNumber:
      return AwsSizeOfPackedNumber(value.payload());
    case ValueType::kString:
    case ValueType::kBinary:
      return value.payload().size();
    case ValueType::kStringSet:
    case ValueType::kNumberSet:
    case ValueType::kBinarySet: {
      const bool numbers = value.type() == ValueType::kNumberSet;
      const ListView list = value.list();
      size_t sum = 0;
      for (size_t i = 0; i < list.size(); ++i) {
        sum += numbers ? AwsSizeOfPackedNumber(list.element(i)) : list.element(i).size();
      }
      return sum;
    }
    case ValueType::kList: {
      const ListView list = value.list();
      size_t sum = kDocumentOverhead;
      for (size_t i = 0; i < list.size(); ++i) sum += AwsSize(list.value(i)) + kElementOverhead;
      return sum;
    }
    case ValueType::kMap:
      break;
  }
  const MapView map = value.map();
  size_t sum = kDocumentOverhead;
  for (size_t i = 0; i < map.size(); ++i) {
    const auto [name, element] = map.entry(i);
    sum += name.size() + AwsSize(element) + kElementOverhead;
  }
  return sum;
}

int NestingDepth(ValueView value) {
  int below = 0;
  if (value.Is(ValueType::kList)) {
    const ListView list = value.list();
    for (size_t i = 0; i < list.size(); ++i) below = std::max(below, NestingDepth(list.value(i)));
    return below + 1;
  }
  if (value.Is(ValueType::kMap)) {
    const MapView map = value.map();
    for (size_t i = 0; i < map.size(); ++i) below = std::max(below, NestingDepth(map.value(i)));
    return below + 1;
  }
  return 0;
}

}  // namespace millrace
