#include "engine/expression/update_edits.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/check.h"

namespace millrace::expr {
namespace {

Value* Descend(Value* value, const PathElement& step) {
  if (!step.is_index) {
    Value* const child = value->FindInMap(step.name);
    MILLRACE_CHECK(child != nullptr);
    return child;
  }
  Value::List& list = value->MutableList();
  MILLRACE_CHECK(step.index < list.size());
  return &list[step.index];
}

// The container of what `path` names; `attribute` is what its first step leads to.
Value* ParentOf(Value* attribute, Path path) {
  Value* parent = attribute;
  for (size_t i = 1; i + 1 < path.size(); ++i) parent = Descend(parent, path[i]);
  return parent;
}

// Edits inside one top-level attribute, sorted by path. What changes the length of lists waits
// until everything else is done, since the indexes are those of before: first appends in order,
// then removals from the back.
std::string EditAttribute(ValueView old, std::span<const Edit> edits) {
  Value attribute(old);
  std::vector<const Edit*> appends;
  std::vector<const Edit*> removals;
  for (const Edit& edit : edits) {
    Value* const parent = ParentOf(&attribute, edit.path);
    const PathElement& last = edit.path.back();
    if (!last.is_index) {
      if (edit.remove) {
        parent->RemoveFromMap(last.name);
      } else {
        parent->SetInMap(last.name, Value(edit.value.value()));
      }
      continue;
    }
    Value::List& list = parent->MutableList();
    const bool there = last.index < list.size();
    if (edit.remove) {
      if (there) removals.push_back(&edit);
    } else if (there) {
      list[last.index] = Value(edit.value.value());
    } else {
      appends.push_back(&edit);
    }
  }
  for (const Edit* edit : appends)
    ParentOf(&attribute, edit->path)->MutableList().emplace_back(edit->value.value());
  for (auto edit = removals.rbegin(); edit != removals.rend(); ++edit) {
    Value::List& list = ParentOf(&attribute, (*edit)->path)->MutableList();
    list.erase(list.begin() + (*edit)->path.back().index);
  }
  return attribute.Encode();
}

// A top-level attribute of the result that is not one of the old item's as it was.
struct Changed {
  std::string_view name;
  bool removed = false;
  std::string_view bytes;
  std::string made;  // behind `bytes` for attributes changed inside
};

std::vector<Changed> ChangedAttributes(MapView item, const std::vector<Edit>& edits) {
  std::vector<Changed> changes;
  changes.reserve(edits.size());
  for (size_t begin = 0; begin < edits.size();) {
    const std::string_view name = edits[begin].path[0].name;
    size_t end = begin + 1;
    while (end < edits.size() && edits[end].path[0].name == name) ++end;
    Changed& change = changes.emplace_back();
    change.name = name;
    if (edits[begin].path.size() == 1) {
      change.removed = edits[begin].remove;
      if (!change.removed) change.bytes = edits[begin].value.bytes();
    } else {
      const std::optional<ValueView> old = item.Find(name);
      MILLRACE_CHECK(old.has_value());
      change.made = EditAttribute(*old, std::span(edits).subspan(begin, end - begin));
      change.bytes = change.made;
    }
    begin = end;
  }
  return changes;
}

}  // namespace

std::string ApplyEdits(ValueView item, std::vector<Edit>* edits) {
  std::sort(edits->begin(), edits->end(),
            [](const Edit& a, const Edit& b) { return ComparePaths(a.path, b.path) < 0; });
  const std::vector<Changed> changes = ChangedAttributes(item.map(), *edits);

  // The entries of the changed attributes; its capacity is not exceeded, so that views into it
  // stay.
  std::string entries;
  size_t size = 0;
  for (const Changed& change : changes) size += change.name.size() + change.bytes.size() + 10;
  entries.reserve(size);

  const MapView names = item.map();
  const ListView old_entries(item.bytes());  // of a map: names and values together
  std::vector<std::string_view> merged;
  merged.reserve(names.size() + changes.size());
  auto change = changes.begin();
  const auto take_change = [&] {
    if (!change->removed) {
      const size_t begin = entries.size();
      AppendMapEntry(change->name, change->bytes, &entries);
      merged.push_back(std::string_view(entries).substr(begin));
    }
    ++change;
  };
  for (size_t i = 0; i < names.size(); ++i) {
    if (change != changes.end()) {
      const std::string_view name = names.name(i);
      while (change != changes.end() && change->name < name) take_change();
      if (change != changes.end() && change->name == name) {
        take_change();
        continue;
      }
    }
    merged.push_back(old_entries.element(i));
  }
  while (change != changes.end()) take_change();

  std::string out;
  AppendContainer(ValueType::kMap, merged, &out);
  return out;
}

}  // namespace millrace::expr
