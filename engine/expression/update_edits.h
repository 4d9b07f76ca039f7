#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/expression/path.h"
#include "engine/expression/update_values.h"
#include "engine/model/value.h"

namespace millrace::expr {

// One place of the item that an update changes.
struct Edit {
  Path path;
  bool remove = false;
  Operand value = Operand::Missing();  // !remove
};

// The map `item` after the edits, as canonical bytes. Invariants: the paths do not clash, and each
// but the last step of each leads somewhere in `item`, to a map before a name and to a list before
// an index. Indexes are those of `item`: an index past its end appends, in the order of the
// indexes, and removals close lists up at the very end. Untouched attributes are copied as bytes.
// Sorts `edits`.
std::string ApplyEdits(ValueView item, std::vector<Edit>* edits);

}  // namespace millrace::expr
