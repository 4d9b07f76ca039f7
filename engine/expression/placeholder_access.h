#pragma once

#include <optional>
#include <string_view>

#include "engine/expression/expression.h"

namespace millrace {

// How the parsers read Placeholders. A lookup counts as use. The views live as long as the
// Placeholders.
class PlaceholderAccess {
 public:
  // `placeholder` with its # or :. Null when it is not defined, or there are no placeholders at
  // all.
  static std::optional<std::string_view> UseName(Placeholders* placeholders,
                                                 std::string_view placeholder);
  static std::optional<ValueView> UseValue(Placeholders* placeholders,
                                           std::string_view placeholder);
};

}  // namespace millrace
