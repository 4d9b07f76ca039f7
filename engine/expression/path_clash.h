#pragma once

#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/path.h"

namespace millrace::expr {

// Two paths of one update or projection may not overlap (one is the other, or goes on from it), nor
// conflict (use one place as a list and as a map). `paths` are resolved, in the order of the text.
// On success `*sorted` has them by ComparePaths.
Status CheckPathClashes(std::string_view parameter, const std::vector<Path>& paths,
                        std::vector<Path>* sorted);

}  // namespace millrace::expr
