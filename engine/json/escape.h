#pragma once

#include <cstring>
#include <string>
#include <string_view>

// Private to this folder: the appenders the writers are made of.
namespace millrace {

// Makes `out` longer by `n` and returns where to write them.
inline char* Grow(std::string* out, size_t n) {
  const size_t old_size = out->size();
  out->resize(old_size + n);
  return out->data() + old_size;
}

// Appends `before`, `text` escaped as in a JSON string, `after`.
void AppendEscaped(std::string_view before, std::string_view text, std::string_view after,
                   std::string* out);

}  // namespace millrace
