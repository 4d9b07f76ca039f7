#include "engine/model/value.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/model/container_writer.h"

namespace millrace {
namespace {

std::string Tagged(ValueType type, std::string_view payload) {
  std::string bytes;
  bytes.reserve(1 + payload.size());
  bytes.push_back(static_cast<char>(type));
  bytes.append(payload);
  return bytes;
}

bool NameLess(const std::pair<std::string, Value>& entry, std::string_view name) {
  return entry.first < name;
}

Value::Map::iterator LowerBound(Value::Map& map, std::string_view name) {
  return std::lower_bound(map.begin(), map.end(), name, NameLess);
}

}  // namespace

void AppendMapEntry(std::string_view name, std::string_view value_bytes, std::string* out) {
  PutPrefixed(out, name);
  out->append(value_bytes);
}

void AppendContainer(ValueType type, const std::vector<std::string_view>& elements,
                     std::string* out) {
  size_t size = 1 + 4 * (1 + elements.size());
  for (const std::string_view element : elements) size += element.size();
  if (out->capacity() < out->size() + size) {
    out->reserve(std::max(out->size() + size, 2 * out->capacity()));
  }
  ContainerWriter writer(type, elements.size(), out);
  for (const std::string_view element : elements) {
    out->append(element);
    writer.EndElement();
  }
}

Value::Value() : node_(std::string(1, '\0')) {}

Value Value::String(std::string_view text) {
  return Value(Tagged(ValueType::kString, text));
}
Value Value::Binary(std::string_view bytes) {
  return Value(Tagged(ValueType::kBinary, bytes));
}
Value Value::OfNumber(const Number& number) {
  return Value(Tagged(ValueType::kNumber, number.Packed()));
}
Value Value::Bool(bool value) {
  return Value(Tagged(ValueType::kBool, std::string_view(value ? "\1" : "\0", 1)));
}

Value Value::OfMap(Map entries) {
  const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(entries.begin(), entries.end(), less)) {
    std::sort(entries.begin(), entries.end(), less);
  }
  const auto repeated =
      std::adjacent_find(entries.begin(), entries.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  MILLRACE_CHECK(repeated == entries.end(), "names of a map are unique");
  return Value(std::variant<std::string, Map, List>(std::move(entries)));
}

Value Value::OfList(List elements) {
  return Value(std::variant<std::string, Map, List>(std::move(elements)));
}

Value Value::OfSet(ValueType set_type, std::vector<std::string> elements) {
  MILLRACE_CHECK(IsSet(set_type) && !elements.empty());
  std::sort(elements.begin(), elements.end());
  MILLRACE_CHECK(std::adjacent_find(elements.begin(), elements.end()) == elements.end(),
                 "elements of a set are unique");
  std::string bytes;
  AppendContainer(set_type, std::vector<std::string_view>(elements.begin(), elements.end()),
                  &bytes);
  return Value(std::move(bytes));
}

ValueType Value::type() const {
  if (std::holds_alternative<Map>(node_)) return ValueType::kMap;
  if (std::holds_alternative<List>(node_)) return ValueType::kList;
  return ValueView(std::get<std::string>(node_)).type();
}

Value::Map& Value::MutableMap() {
  if (const std::string* bytes = std::get_if<std::string>(&node_)) {
    MILLRACE_CHECK(type() == ValueType::kMap);
    const MapView view(*bytes);
    Map map;
    map.reserve(view.size());
    for (size_t i = 0; i < view.size(); ++i) {
      const auto [name, value] = view.entry(i);
      map.emplace_back(std::string(name), Value(value));
    }
    node_ = std::move(map);
  }
  return std::get<Map>(node_);
}

Value::List& Value::MutableList() {
  if (const std::string* bytes = std::get_if<std::string>(&node_)) {
    MILLRACE_CHECK(type() == ValueType::kList);
    const ListView view(*bytes);
    List list;
    list.reserve(view.size());
    for (size_t i = 0; i < view.size(); ++i) list.emplace_back(view.value(i));
    node_ = std::move(list);
  }
  return std::get<List>(node_);
}

Value* Value::FindInMap(std::string_view name) {
  Map& map = MutableMap();
  const auto entry = LowerBound(map, name);
  return entry != map.end() && entry->first == name ? &entry->second : nullptr;
}

void Value::SetInMap(std::string_view name, Value value) {
  Map& map = MutableMap();
  const auto entry = LowerBound(map, name);
  if (entry != map.end() && entry->first == name) {
    entry->second = std::move(value);
  } else {
    map.emplace(entry, std::string(name), std::move(value));
  }
}

void Value::RemoveFromMap(std::string_view name) {
  Map& map = MutableMap();
  const auto entry = LowerBound(map, name);
  if (entry != map.end() && entry->first == name) map.erase(entry);
}

void Value::AppendTo(std::string* out) const {
  if (const std::string* bytes = std::get_if<std::string>(&node_)) {
    out->append(*bytes);
  } else if (const Map* map = std::get_if<Map>(&node_)) {
    ContainerWriter writer(ValueType::kMap, map->size(), out);
    for (const auto& [name, value] : *map) {
      PutPrefixed(out, name);
      value.AppendTo(out);
      writer.EndElement();
    }
  } else {
    const List& list = std::get<List>(node_);
    ContainerWriter writer(ValueType::kList, list.size(), out);
    for (const Value& value : list) {
      value.AppendTo(out);
      writer.EndElement();
    }
  }
}

std::string Value::Encode() const {
  std::string bytes;
  bytes.reserve(EncodedSizeHint());
  AppendTo(&bytes);
  return bytes;
}

size_t Value::EncodedSizeHint() const {
  constexpr size_t kHeader = 1 + 2;       // tag, count
  constexpr size_t kEntry = 2 + 3;        // offset, the longest name length
  constexpr size_t kNestedExpanded = 64;  // a guess
  const auto hint_of_child = [](const Value& child) {
    const std::string* bytes = std::get_if<std::string>(&child.node_);
    return kEntry + (bytes != nullptr ? bytes->size() : kNestedExpanded);
  };
  if (const std::string* bytes = std::get_if<std::string>(&node_)) return bytes->size();
  size_t size = kHeader;
  if (const Map* map = std::get_if<Map>(&node_)) {
    for (const auto& [name, value] : *map) size += name.size() + hint_of_child(value);
  } else {
    for (const Value& value : std::get<List>(node_)) size += hint_of_child(value);
  }
  return size;
}

}  // namespace millrace
