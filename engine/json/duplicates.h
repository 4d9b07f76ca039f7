#pragma once

#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/json/attribute_value.h"

// Private to this folder.
namespace millrace {

// What a set with an element twice is refused with. `texts` are its elements as sent, `values` what
// each of them stands for. Requires two equal values, and a type of set.
Status DuplicatesError(ValueLayer layer, ValueType type, const std::vector<std::string_view>& texts,
                       const std::vector<std::string_view>& values);

}  // namespace millrace
