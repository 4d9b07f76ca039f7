#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

enum class Colour : int {
  kRed = 31,
  kGreen = 32,
  kYellow = 33,
  kBlue = 34,
  kCyan = 36,
  kGrey = 90
};

// What stdout and stderr are. Colours only on a terminal that is not "dumb", and never when
// NO_COLOR is set to anything (https://no-color.org).
struct Terminal {
  bool out = false;    // stdout is a terminal
  bool error = false;  // stderr is one
  bool colours = false;
  size_t width = 80;  // columns of stderr, where progress is drawn

  // As the process finds them.
  static Terminal Find();

  // `text` in a colour, or as it is.
  std::string Paint(Colour colour, std::string_view text) const;
  std::string Bold(std::string_view text) const;
};

// The columns that `text` takes: characters, without the colours.
size_t ShownWidth(std::string_view text);

}  // namespace millrace
