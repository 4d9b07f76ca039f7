#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "engine/model/position.h"

// What the codecs of the triggers' cells share. Private to them.
namespace millrace {

inline Status BrokenCell(std::string_view what) {
  return Status(ErrorCode::kCorruption, "The cell of a " + std::string(what) + " is damaged.");
}

// 1 to `newest`; kUnsupportedFormat for a newer one.
inline Result<uint8_t> TakeCellVersion(std::string_view* in, uint8_t newest,
                                       std::string_view what) {
  uint8_t version = 0;
  if (!TakeLittle(in, &version) || version == 0) return BrokenCell(what);
  if (version <= newest) return version;
  return Status(ErrorCode::kUnsupportedFormat, "The cell of a " + std::string(what) +
                                                   " was written by a newer version of Millrace.");
}

inline bool TakeText(std::string_view* in, std::string* text) {
  std::string_view view;
  if (!TakePrefixed(in, &view)) return false;
  text->assign(view);
  return true;
}

inline bool TakePosition(std::string_view* in, Position* position) {
  std::string_view bytes;
  if (!TakeBytes(in, kPositionSize, &bytes)) return false;
  *position = LoadPosition(bytes.data());
  return true;
}

}  // namespace millrace
