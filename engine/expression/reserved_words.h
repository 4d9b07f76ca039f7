#pragma once

#include <string_view>

namespace millrace::expr {

// One of the 573 words that must be written as #placeholders; case does not matter. Source:
// "Reserved words in DynamoDB".
bool IsReservedWord(std::string_view word);

}  // namespace millrace::expr
