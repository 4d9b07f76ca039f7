#include "engine/expression/select_paths.h"

#include <optional>
#include <string_view>

namespace millrace::expr {
namespace {

// Elements of one container on their way out, end to end.
class Elements {
 public:
  std::string* bytes() { return &bytes_; }
  void End() { ends_.push_back(bytes_.size()); }
  bool empty() const { return ends_.empty(); }

  void AppendTo(ValueType type, std::string* out) const {
    std::vector<std::string_view> views;
    views.reserve(ends_.size());
    size_t begin = 0;
    for (const size_t end : ends_) {
      views.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    AppendContainer(type, views, out);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

class Selector {
 public:
  explicit Selector(const std::vector<Path>& paths) : paths_(paths) {}

  // paths_[begin, end) lead through `value`, their first `depth` steps done. Appends what they
  // select of it; false: nothing. Recursion is as deep as the longest path, which is bounded.
  bool Select(ValueView value, size_t begin, size_t end, size_t depth, std::string* out) const {
    if (paths_[begin].size() == depth) {
      out->append(value.bytes());
      return true;
    }
    Elements selected;
    for (size_t at = begin; at < end;) {
      const PathElement& step = paths_[at][depth];
      size_t next = at + 1;
      while (next < end && paths_[next][depth] == step) ++next;
      if (const std::optional<ValueView> child = FindStep(value, step)) {
        SelectChild(*child, at, next, depth + 1, &selected);
      }
      at = next;
    }
    if (selected.empty()) return false;
    selected.AppendTo(value.type(), out);
    return true;
  }

 private:
  void SelectChild(ValueView child, size_t begin, size_t end, size_t depth,
                   Elements* selected) const {
    const PathElement& step = paths_[begin][depth - 1];
    const size_t before = selected->bytes()->size();
    if (!step.is_index) AppendMapEntry(step.name, {}, selected->bytes());
    if (Select(child, begin, end, depth, selected->bytes())) {
      selected->End();
    } else {
      selected->bytes()->resize(before);
    }
  }

  const std::vector<Path>& paths_;
};

}  // namespace

std::string SelectPaths(ValueView item, const std::vector<Path>& paths) {
  std::string out;
  if (paths.empty() || !Selector(paths).Select(item, 0, paths.size(), 0, &out)) {
    AppendContainer(ValueType::kMap, {}, &out);
  }
  return out;
}

}  // namespace millrace::expr
