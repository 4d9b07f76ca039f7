#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/model/value.h"

namespace millrace {

// Item bytes (grammar in FORMAT.md): `version u8 = 1 | AWS size u32 | M value`. The same bytes are
// the stored item, the image in a change record, the payload in a frame to a handler, and what the
// handler reads.
constexpr uint8_t kItemVersion = 1;
constexpr size_t kItemHeaderSize = 5;

// Not owned bytes of one item. Invariant: valid (ValidateItem for bytes from outside).
class ItemView {
 public:
  ItemView() = default;  // empty() until assigned
  explicit ItemView(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }  // no item at all, not an item without attributes
  std::string_view bytes() const { return bytes_; }
  // Names and values as AWS counts them; the item's own map costs nothing.
  uint32_t aws_size() const { return LoadLittle<uint32_t>(bytes_.data() + 1); }
  ValueView value() const { return ValueView(bytes_.substr(kItemHeaderSize)); }
  MapView attributes() const { return MapView(bytes_.substr(kItemHeaderSize)); }
  std::optional<ValueView> Find(std::string_view name) const { return attributes().Find(name); }

 private:
  std::string_view bytes_;
};

// Item bytes of a map. Does not check limits: CheckItemSize does.
std::string EncodeItem(const Value& map);
std::string EncodeItem(ValueView map);
// "Item size has exceeded the maximum allowed size" over 400 KB.
Status CheckItemSize(ItemView item);
// Header, map bytes (depth at most 32), stated size equals the real one. Error: kValidation.
Status ValidateItem(std::string_view bytes);

}  // namespace millrace
