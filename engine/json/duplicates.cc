#include "engine/json/duplicates.h"

#include <algorithm>
#include <set>
#include <string>

namespace millrace {
namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

std::string Joined(const std::vector<std::string_view>& texts, std::string_view quote,
                   std::string_view separator) {
  std::string text = "[";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) text.append(separator);
    text.append(quote).append(texts[i]).append(quote);
  }
  return text + "]";
}

// The texts of the values up to the first repetition in the order of the values, the others as they
// stand: the set as far as it was built, and what was left. Recorded for three elements.
std::vector<std::string_view> InOrder(const std::vector<std::string_view>& texts,
                                      const std::vector<std::string_view>& values) {
  std::set<std::pair<std::string_view, size_t>> built;
  size_t next = 0;
  for (; next < values.size(); ++next) {
    const auto same = built.lower_bound({values[next], 0});
    if (same != built.end() && same->first == values[next]) break;
    built.emplace(values[next], next);
  }
  std::vector<std::string_view> ordered;
  for (const auto& [value, index] : built) ordered.push_back(texts[index]);
  ordered.insert(ordered.end(), texts.begin() + static_cast<ptrdiff_t>(next), texts.end());
  return ordered;
}

}  // namespace

Status DuplicatesError(ValueLayer layer, ValueType type, const std::vector<std::string_view>& texts,
                       const std::vector<std::string_view>& values) {
  const bool current = layer == ValueLayer::kCurrent;
  if (type == ValueType::kNumberSet) {
    constexpr std::string_view kNumbers = "Input collection contains duplicates";
    return Status::Validation(current ? std::string(kInvalid).append(kNumbers) + "."
                                      : std::string(kNumbers));
  }
  const bool binary = type == ValueType::kBinarySet;
  const std::string list =
      current ? Joined(InOrder(texts, values), "\"", binary ? "," : ", ") : Joined(texts, "", ", ");
  return Status::Validation(std::string(kInvalid) + "Input collection " + list +
                            (binary ? "of type BS" : "") + " contains duplicates.");
}

}  // namespace millrace
