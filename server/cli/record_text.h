#pragma once

#include <string>
#include <string_view>

#include "engine/json/json.h"
#include "server/cli/terminal.h"

// Change records for people: what `tail` and `history` show.
namespace millrace {

// One block, without the last line's end: when, what, of which item, by whom and why, the sequence
// number; then a line for each attribute that was added (+), removed (-) or changed (~):
//
//   2026-11-21 03:30:00.123456  MODIFY  pk=ATL  by me
//   1000000000000000000000000000012345
//     ~ delay: 12 -> 15
//     + gate=B7
//
// Without `before` the image after the change is shown alone.
std::string RecordText(JsonValue record, const Terminal& terminal, bool before);

// Control characters as \n, \x1b and so on, so that an item can't write to the terminal; cut when
// it is long.
std::string Printable(std::string_view text);

}  // namespace millrace
