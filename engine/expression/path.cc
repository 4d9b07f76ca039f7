#include "engine/expression/path.h"

#include <algorithm>

namespace millrace::expr {

std::optional<ValueView> FindStep(ValueView value, const PathElement& element) {
  if (element.is_index) {
    if (!value.Is(ValueType::kList)) return std::nullopt;
    const ListView list = value.list();
    if (element.index >= list.size()) return std::nullopt;
    return list.value(element.index);
  }
  if (!value.Is(ValueType::kMap)) return std::nullopt;
  return value.map().Find(element.name);
}

std::optional<ValueView> FindPath(std::optional<MapView> item, Path path) {
  if (!item) return std::nullopt;
  std::optional<ValueView> found = item->Find(path[0].name);
  for (size_t i = 1; i < path.size() && found; ++i) found = FindStep(*found, path[i]);
  return found;
}

std::string PathText(Path path) {
  std::string out = "[";
  for (const PathElement& element : path) {
    if (out.size() > 1) out += ", ";
    if (element.is_index) {
      out += "[" + std::to_string(element.index) + "]";
    } else {
      out += element.name;
    }
  }
  return out + "]";
}

bool SamePath(Path a, Path b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

int ComparePaths(Path a, Path b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i].is_index != b[i].is_index) return a[i].is_index ? 1 : -1;
    if (a[i].is_index) {
      if (a[i].index != b[i].index) return a[i].index < b[i].index ? -1 : 1;
    } else if (const int order = a[i].name.compare(b[i].name); order != 0) {
      return order;
    }
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool IsKeyAttribute(const KeySchema& schema, std::string_view name) {
  return name == schema.hash.name || (schema.range && name == schema.range->name);
}

Status CheckKeysAreScalars(const Ast& ast, const KeySchema& schema) {
  for (const PathRef& path : ast.paths) {
    const std::string_view name = ast.elements[path.first].name;
    if (path.count == 1 || !IsKeyAttribute(schema, name)) continue;
    return Status::Validation(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: " +
        std::string(name));
  }
  return Status::Ok();
}

std::vector<std::string> NamesGoneInto(const Ast& ast) {
  std::vector<std::string> names;
  for (const PathRef& path : ast.paths) {
    if (path.count > 1) names.emplace_back(ast.elements[path.first].name);
  }
  return names;
}

std::vector<std::string> TopLevelNames(const Ast& ast) {
  std::vector<std::string> names;
  names.reserve(ast.paths.size());
  for (const PathRef& path : ast.paths) names.emplace_back(ast.elements[path.first].name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace millrace::expr
