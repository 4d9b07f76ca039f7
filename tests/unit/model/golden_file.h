#pragma once

#include <string>
#include <vector>

namespace millrace {

// A file of tests/golden/model: a row a line, columns separated by tabs, comments after #. Bytes
// are written as hex. Rows of a released format are never changed, only added to: later versions
// must still read them.
std::vector<std::vector<std::string>> ReadGolden(const std::string& name);

// Compares `rows` with the file; with MILLRACE_REWRITE_GOLDENS in the environment writes the file
// instead, for review.
void ExpectGolden(const std::string& name, const std::string& comment,
                  const std::vector<std::vector<std::string>>& rows);

}  // namespace millrace
