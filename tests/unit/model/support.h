#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace millrace {

Number N(std::string_view text);
Value Num(std::string_view text);
Value Str(std::string_view text);
Value Map(std::vector<std::pair<std::string, Value>> entries);
// Of strings, bytes or decimal texts.
Value Set(ValueType type, std::vector<std::string> elements);
KeySchema HashSchema(KeyAttribute hash);
KeySchema CompositeSchema(KeyAttribute hash, KeyAttribute range);
// `levels` maps, each with the one attribute "n", around a string.
Value NestedMaps(int levels);

// Everything that can be read from a value, as text: M{a:S(x),b:L[N(1),NULL]}. Binary as hex.
std::string Describe(ValueView value);
// The value taken apart to its scalars and put together again.
Value Rebuild(ValueView value);

// Values of every type, up to `depth` levels of containers.
Value RandomValue(Random* random, int depth);
Value RandomMap(Random* random, int depth);
std::string RandomNumberText(Random* random);

}  // namespace millrace
