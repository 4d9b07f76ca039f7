#include "server/protocol/key_definitions.h"

#include <algorithm>

#include "engine/base/check.h"

namespace millrace {
namespace {

NamedPairs ReadPairs(const Members& input, std::string_view list, std::string_view value) {
  NamedPairs pairs;
  const std::optional<JsonValue> elements = input.Find(list);
  if (!elements) return pairs;
  const Status done = elements->ForEachElement([&](JsonValue json) {
    const Members element(json);
    pairs.push_back({std::string(element.Text("AttributeName")), std::string(element.Text(value))});
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return pairs;
}

bool AllDefined(const NamedPairs& keys, const NamedPairs& definitions) {
  return std::all_of(keys.begin(), keys.end(), [&definitions](const NamedPair& key) {
    return FindNamed(definitions, key.name) != nullptr;
  });
}

Status CheckTableKeyDefined(const NamedPairs& keys, const NamedPairs& definitions) {
  const bool same_twice = keys.size() == 2 && keys[0].name == keys[1].name;
  if (AllDefined(keys, definitions) && !(same_twice && definitions.size() == 1)) {
    return Status::Ok();
  }
  if (keys.size() == 2 || definitions.empty()) {
    return Status::Validation("Invalid KeySchema: Some index key attribute have no definition");
  }
  return CheckIndexKeyDefined(keys, definitions);
}

}  // namespace

NamedPairs ReadDefinitions(const Members& input) {
  return ReadPairs(input, "AttributeDefinitions", "AttributeType");
}

NamedPairs ReadKeyElements(const Members& input) {
  return ReadPairs(input, "KeySchema", "KeyType");
}

std::string NamesOf(const NamedPairs& pairs) {
  std::string text = "[";
  for (const NamedPair& pair : pairs) {
    if (text.size() > 1) text += ", ";
    text += pair.name;
  }
  return text + "]";
}

std::string HashedNamesOf(NamedPairs pairs, size_t buckets) {
  while (buckets < pairs.size()) buckets *= 2;
  if (4 * pairs.size() > 3 * buckets) buckets *= 2;
  const auto bucket = [buckets](const NamedPair& pair) {
    uint32_t hash = 0;
    for (const char c : pair.name) hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ (hash >> 16)) & (buckets - 1);
  };
  std::stable_sort(pairs.begin(), pairs.end(), [&bucket](const NamedPair& a, const NamedPair& b) {
    return bucket(a) < bucket(b);
  });
  return NamesOf(pairs);
}

const NamedPair* FindNamed(const NamedPairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [name](const NamedPair& pair) { return pair.name == name; });
  return found == pairs.end() ? nullptr : &*found;
}

KeyAttribute KeyAttributeOf(const NamedPair& key, const NamedPairs& definitions) {
  KeyAttribute attribute;
  attribute.name = key.name;
  const std::string& type = FindNamed(definitions, key.name)->value;
  attribute.type = type == "N"   ? ValueType::kNumber
                   : type == "B" ? ValueType::kBinary
                                 : ValueType::kString;
  return attribute;
}

Status CheckDefinitionsUnique(const NamedPairs& definitions) {
  for (const NamedPair& definition : definitions) {
    if (FindNamed(definitions, definition.name) != &definition) {
      return Status::Validation("Attribute Name is duplicated: " + definition.name);
    }
  }
  return Status::Ok();
}

Status CheckIndexKeyDefined(const NamedPairs& keys, const NamedPairs& definitions) {
  if (AllDefined(keys, definitions)) return Status::Ok();
  return Status::Validation(
      "One or more parameter values were invalid: Some index key attributes are not defined in "
      "AttributeDefinitions. Keys: " +
      NamesOf(keys) + ", AttributeDefinitions: " + HashedNamesOf(definitions, 1));
}

Status CheckElements(const NamedPairs& keys) {
  if (keys.size() == 2 && keys[0].name == keys[1].name) {
    return Status::Validation(
        "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (keys[0].value != "HASH") {
    return Status::Validation(
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (keys.size() == 2 && keys[1].value != "RANGE") {
    return Status::Validation(
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  return Status::Ok();
}

Result<KeySchema> ReadTableKey(const Members& input, const NamedPairs& definitions) {
  const NamedPairs keys = ReadKeyElements(input);
  RETURN_IF_ERROR(CheckDefinitionsUnique(definitions));
  RETURN_IF_ERROR(CheckTableKeyDefined(keys, definitions));
  RETURN_IF_ERROR(CheckElements(keys));
  KeySchema schema;
  schema.hash = KeyAttributeOf(keys[0], definitions);
  if (keys.size() == 2) schema.range = KeyAttributeOf(keys[1], definitions);
  return schema;
}

}  // namespace millrace
