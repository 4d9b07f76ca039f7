#include "engine/expression/path_clash.h"

#include <algorithm>
#include <string>

#include "engine/expression/parser_base.h"

namespace millrace::expr {
namespace {

enum class Clash : uint8_t { kNone, kOverlap, kConflict };

Clash ClashOf(Path a, Path b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i].is_index != b[i].is_index) return Clash::kConflict;
    if (a[i] != b[i]) return Clash::kNone;
  }
  return Clash::kOverlap;
}

Status Report(std::string_view parameter, std::string_view what, Path one, Path two) {
  std::string text = "Two document paths ";
  text += what;
  text +=
      " with each other; must remove or rewrite one of these paths; path one: " + PathText(one) +
      ", path two: " + PathText(two);
  return Invalid(parameter, text);
}

// An overlap is reported before a conflict; among several, the first to be complete in the text.
Status ReportFirst(std::string_view parameter, const std::vector<Path>& paths) {
  Status conflict;
  for (size_t two = 1; two < paths.size(); ++two) {
    for (size_t one = 0; one < two; ++one) {
      const Clash clash = ClashOf(paths[one], paths[two]);
      if (clash == Clash::kOverlap) return Report(parameter, "overlap", paths[one], paths[two]);
      if (clash == Clash::kConflict && conflict.ok()) {
        conflict = Report(parameter, "conflict", paths[one], paths[two]);
      }
    }
  }
  MILLRACE_CHECK(!conflict.ok(), "neighbours clash, so some pair does");
  return conflict;
}

}  // namespace

Status CheckPathClashes(std::string_view parameter, const std::vector<Path>& paths,
                        std::vector<Path>* sorted) {
  *sorted = paths;
  std::sort(sorted->begin(), sorted->end(), [](Path a, Path b) { return ComparePaths(a, b) < 0; });
  // A path that overlaps another stands right before one that goes on from it; of children that
  // conflict, the last name stands right before the first index.
  for (size_t i = 1; i < sorted->size(); ++i) {
    if (ClashOf((*sorted)[i - 1], (*sorted)[i]) != Clash::kNone)
      return ReportFirst(parameter, paths);
  }
  return Status::Ok();
}

}  // namespace millrace::expr
