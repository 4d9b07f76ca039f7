#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::expr {

// A number's text as Java's BigDecimal takes it, which is how DynamoDB reads those of statements
// and their parameters.
struct JavaDecimal {
  bool fits = true;       // its exponent and its scale have 32 bits each
  int64_t magnitude = 0;  // precision less scale: 1 for 1 to 9.99, 2 for 10 to 99.9
};

// `text` has the form of a number.
JavaDecimal ReadJavaDecimal(std::string_view text);

}  // namespace millrace::expr
