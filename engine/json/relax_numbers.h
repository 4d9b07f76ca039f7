#pragma once

#include <string>

namespace millrace {

// Private to this folder. simdjson refuses a whole document for one number beyond the range of
// int64, uint64 or double; AWS reads it. Replaces such numbers, when they are well formed, by the
// nearest that fit (an integer saturates, a double becomes
// +-9e307), in place. Whether there were any.
bool RelaxNumbers(std::string* json);

}  // namespace millrace
