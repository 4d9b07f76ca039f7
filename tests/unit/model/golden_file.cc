#include "tests/unit/model/golden_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace millrace {
namespace {

std::string PathOf(const std::string& name) {
  return std::string(MILLRACE_SOURCE_DIR) + "/tests/golden/model/" + name;
}

}  // namespace

std::vector<std::vector<std::string>> ReadGolden(const std::string& name) {
  std::ifstream file(PathOf(name));
  EXPECT_TRUE(file.is_open()) << PathOf(name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> row;
    size_t begin = 0;
    for (size_t tab; (tab = line.find('\t', begin)) != std::string::npos; begin = tab + 1) {
      row.push_back(line.substr(begin, tab - begin));
    }
    row.push_back(line.substr(begin));
    rows.push_back(std::move(row));
  }
  EXPECT_FALSE(rows.empty()) << name;
  return rows;
}

void ExpectGolden(const std::string& name, const std::string& comment,
                  const std::vector<std::vector<std::string>>& rows) {
  if (std::getenv("MILLRACE_REWRITE_GOLDENS") != nullptr) {
    std::ofstream file(PathOf(name));
    file << "# " << comment << "\n";
    for (const auto& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) file << (i > 0 ? "\t" : "") << row[i];
      file << "\n";
    }
  }
  EXPECT_EQ(ReadGolden(name), rows) << name;
}

}  // namespace millrace
