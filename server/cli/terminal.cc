#include "server/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace millrace {
namespace {

std::string Escaped(int code, std::string_view text) {
  return "\x1b[" + std::to_string(code) + "m" + std::string(text) + "\x1b[0m";
}

bool WantsColours() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return !refused && term != nullptr && std::strcmp(term, "dumb") != 0;
}

}  // namespace

Terminal Terminal::Find() {
  Terminal terminal;
  terminal.out = isatty(STDOUT_FILENO) == 1;
  terminal.error = isatty(STDERR_FILENO) == 1;
  terminal.colours = terminal.out && WantsColours();
  winsize size{};
  if (terminal.error && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  }
  return terminal;
}

std::string Terminal::Paint(Colour colour, std::string_view text) const {
  return colours ? Escaped(static_cast<int>(colour), text) : std::string(text);
}

std::string Terminal::Bold(std::string_view text) const {
  return colours ? Escaped(1, text) : std::string(text);
}

size_t ShownWidth(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
      if (i == text.npos) break;
      continue;
    }
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;  // UTF-8
    if (!continues) ++width;
  }
  return width;
}

}  // namespace millrace
