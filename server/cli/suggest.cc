#include "server/cli/suggest.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace millrace {
namespace {

constexpr size_t kSuggestionsMax = 3;
constexpr size_t kComparedLength = 255;  // a table's name at most

std::string Lower(std::string_view text) {
  std::string lower(text.substr(0, kComparedLength));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Levenshtein's.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> CloseNames(std::string_view wanted,
                                    const std::vector<std::string>& names) {
  const std::string lower = Lower(wanted);
  const size_t allowed = std::max<size_t>(1, std::min<size_t>(3, lower.size() / 2));
  std::vector<std::pair<size_t, std::string>> close;
  for (const std::string& name : names) {
    const std::string other = Lower(name);
    const bool inside = lower.size() >= 3 && other.size() >= 3 &&
                        (other.find(lower) != other.npos || lower.find(other) != lower.npos);
    const size_t distance = Distance(lower, other);
    if (distance <= allowed || inside) close.emplace_back(distance, name);
  }
  std::sort(close.begin(), close.end());
  std::vector<std::string> found;
  for (auto& [distance, name] : close) {
    if (found.size() < kSuggestionsMax) found.push_back(std::move(name));
  }
  return found;
}

std::string OrList(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace millrace
