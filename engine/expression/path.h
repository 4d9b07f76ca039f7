#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace millrace::expr {

// A resolved path; a view into Ast::elements.
using Path = std::span<const PathElement>;

inline Path PathOf(const Ast& ast, const PathRef& path) {
  return {ast.elements.data() + path.first, path.count};
}
inline Path PathAt(const Ast& ast, uint32_t index) {
  return PathOf(ast, ast.paths[index]);
}

// Null when the path leads nowhere: a name in what is no map, an index past the end, an attribute
// that is not there.
std::optional<ValueView> FindStep(ValueView value, const PathElement& element);
std::optional<ValueView> FindPath(std::optional<MapView> item, Path path);

// `[a, [1], b]`, as DynamoDB's errors show it.
std::string PathText(Path path);
bool SamePath(Path a, Path b);
// Lexicographic; names before indexes, names by bytes, indexes by number. A path stands before
// those that go on from it.
int ComparePaths(Path a, Path b);

bool IsKeyAttribute(const KeySchema& schema, std::string_view name);
// "Key attributes must be scalars; ..." when a path goes on from an attribute of the key.
Status CheckKeysAreScalars(const Ast& ast, const KeySchema& schema);
// The first names of paths that go on from there.
std::vector<std::string> NamesGoneInto(const Ast& ast);

// The first names of `paths`, each once, in alphabetical order.
std::vector<std::string> TopLevelNames(const Ast& ast);

}  // namespace millrace::expr
