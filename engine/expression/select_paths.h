#pragma once

#include <string>
#include <vector>

#include "engine/expression/path.h"
#include "engine/model/value.h"

namespace millrace::expr {

// The map of what `paths` (sorted, without clashes, at most kNestingDepthMax long) select from
// `item`, a map. Maps and lists on the way keep only what was selected, and go when that is
// nothing; lists close up. Returns canonical bytes of a map, maybe an empty one.
std::string SelectPaths(ValueView item, const std::vector<Path>& paths);

}  // namespace millrace::expr
