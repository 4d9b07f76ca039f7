#include "server/protocol/index_definitions.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "server/protocol/index_capacity.h"

namespace millrace {
namespace {

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

std::vector<Members> ElementsOf(const Members& input, std::string_view list) {
  std::vector<Members> elements;
  const std::optional<JsonValue> json = input.Find(list);
  if (!json) return elements;
  const Status done = json->ForEachElement([&elements](JsonValue element) {
    elements.emplace_back(element);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return elements;
}

// Of a key of up to four attributes of each kind.
Status CheckGlobalElements(const NamedPairs& keys) {
  if (keys.size() <= 2 && (keys.size() < 2 || keys[1].value == "RANGE")) return CheckElements(keys);
  if (keys[0].value != "HASH") return CheckElements({keys[0]});
  size_t hashes = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (FindNamed(keys, keys[i].name) != &keys[i]) {
      return Status::Validation(
          "The KeySchema contains multiple key attributes with the same name");
    }
    if (keys[i].value != "HASH") continue;
    if (hashes++ != i) {
      return Invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema");
    }
  }
  constexpr char kTooMany[] = "The KeySchema exceeds the maximum allowed number of ";
  if (hashes > kIndexKeyAttributesMax) {
    return Invalid(std::string(kTooMany) + "HASH key attributes");
  }
  if (keys.size() - hashes > kIndexKeyAttributesMax) {
    return Invalid(std::string(kTooMany) + "RANGE key attributes");
  }
  return Status::Ok();
}

Status CheckLocalElements(const NamedPairs& keys, const std::string& index,
                          const KeySchema& table) {
  RETURN_IF_ERROR(CheckElements(keys));
  if (keys.size() < 2) {
    return Invalid("Index KeySchema does not have a range key for index: " + index);
  }
  if (keys[0].name == table.hash.name) return Status::Ok();
  return Invalid(
      "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
      index + ". index hash key: " + keys[0].name + ", table hash key: " + table.hash.name);
}

Status ReadProjection(const Members& index, IndexSpec* spec) {
  const Members projection = *index.Structure("Projection");
  const auto type = projection.String("ProjectionType");
  if (!type) return Invalid("Unknown ProjectionType: null");
  const bool include = *type == "INCLUDE";
  spec->projection = include          ? ProjectionType::kInclude
                     : *type == "ALL" ? ProjectionType::kAll
                                      : ProjectionType::kKeysOnly;
  const std::optional<JsonValue> attributes = projection.Find("NonKeyAttributes");
  if (include != attributes.has_value()) {
    return Invalid("ProjectionType is " + std::string(*type) + ", but NonKeyAttributes is " +
                   (include ? "not specified" : "specified"));
  }
  if (!attributes) return Status::Ok();
  RETURN_IF_ERROR(attributes->ForEachElement([spec](JsonValue name) {
    const std::string text(name.string());
    if (std::find(spec->included.begin(), spec->included.end(), text) != spec->included.end()) {
      return Invalid("Duplicate element in NonKeyAttributes: " + text);
    }
    spec->included.push_back(text);
    return Status::Ok();
  }));
  std::sort(spec->included.begin(), spec->included.end());  // as DescribeTable returns them
  return Status::Ok();
}

void SetKey(const NamedPairs& keys, const NamedPairs& definitions, IndexSpec* spec) {
  for (const NamedPair& key : keys) {
    std::vector<KeyAttribute>& part = key.value == "HASH" ? spec->schema.hash : spec->schema.range;
    part.push_back(KeyAttributeOf(key, definitions));
  }
}

// A request's indexes of one kind, read in the order in which AWS finds fault with them.
class IndexReader {
 public:
  IndexReader(const Members& input, const NamedPairs& definitions, std::string_view region,
              TableSpec* spec)
      : input_(input), definitions_(definitions), region_(region), spec_(spec) {
    used_ = ReadKeyElements(input);
  }

  Status Read() {
    const std::vector<Members> local = ElementsOf(input_, "LocalSecondaryIndexes");
    const std::vector<Members> global = ElementsOf(input_, "GlobalSecondaryIndexes");
    RETURN_IF_ERROR(CheckLists(local, global));
    for (const Members& index : local) RETURN_IF_ERROR(UseKeys(index));
    for (const Members& index : global) RETURN_IF_ERROR(UseKeys(index));
    RETURN_IF_ERROR(CheckAllUsed());
    for (const Members& index : local) RETURN_IF_ERROR(Add(index, IndexKind::kLocal));
    if (local.size() > kLocalIndexesMax) {
      return Invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    }
    for (const Members& index : global) RETURN_IF_ERROR(Add(index, IndexKind::kGlobal));
    if (global.size() > kGlobalIndexesMax) {
      return Invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
    }
    return CheckProjected();
  }

 private:
  Status CheckLists(const std::vector<Members>& local, const std::vector<Members>& global) const {
    if (local.empty() && input_.Has("LocalSecondaryIndexes")) {
      return Invalid("List of LocalSecondaryIndexes is empty");
    }
    if (global.empty() && input_.Has("GlobalSecondaryIndexes")) {
      return Invalid("List of GlobalSecondaryIndexes is empty");
    }
    if (local.empty() || spec_->schema.range) return Status::Ok();
    return Invalid(
        "Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex");
  }

  Status UseKeys(const Members& index) {
    const NamedPairs keys = ReadKeyElements(index);
    RETURN_IF_ERROR(CheckIndexKeyDefined(keys, definitions_));
    for (const NamedPair& key : keys) {
      if (FindNamed(used_, key.name) == nullptr) used_.push_back(key);
    }
    return Status::Ok();
  }

  Status CheckAllUsed() const {
    if (used_.size() >= definitions_.size()) return Status::Ok();
    if (!input_.Has("LocalSecondaryIndexes") && !input_.Has("GlobalSecondaryIndexes")) {
      return Invalid(
          "Number of attributes in KeySchema does not exactly match number of attributes defined "
          "in AttributeDefinitions");
    }
    return Invalid("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                   HashedNamesOf(definitions_, 1) + ", keys used: " + HashedNamesOf(used_, 16));
  }

  Status Add(const Members& index, IndexKind kind) {
    IndexSpec spec;
    spec.kind = kind;
    spec.name = index.Text("IndexName");
    const NamedPairs keys = ReadKeyElements(index);
    RETURN_IF_ERROR(kind == IndexKind::kLocal ? CheckLocalElements(keys, spec.name, spec_->schema)
                                              : CheckGlobalElements(keys));
    RETURN_IF_ERROR(ReadProjection(index, &spec));
    if (kind == IndexKind::kGlobal) {
      RETURN_IF_ERROR(SetIndexCapacity(index, IndexIs::kMade, spec_->billing_mode, region_, &spec));
    }
    if (!names_.insert(spec.name).second) return Invalid("Duplicate index name: " + spec.name);
    SetKey(keys, definitions_, &spec);
    spec_->indexes.push_back(std::move(spec));
    return Status::Ok();
  }

  // The text could not be confirmed.
  Status CheckProjected() const {
    size_t count = 0;
    for (const IndexSpec& index : spec_->indexes) count += index.included.size();
    if (count <= kProjectedAttributesMax) return Status::Ok();
    return Invalid("Total number of NonKeyAttributes across all indexes exceeds the limit of 100");
  }

  const Members& input_;
  const NamedPairs& definitions_;
  const std::string_view region_;
  TableSpec* spec_;
  NamedPairs used_;  // by any key
  std::set<std::string> names_;
};

// The table's own keep their types, whatever the request says of them.
NamedPairs WithTables(NamedPairs definitions, const Table& table) {
  std::vector<IndexKeySchema> schemas = {AsIndexKeySchema(table.spec.schema)};
  for (const Index& index : table.indexes) schemas.push_back(index.spec.schema);
  NamedPairs all;
  for (const IndexKeySchema& schema : schemas) {
    for (const auto* part : {&schema.hash, &schema.range}) {
      for (const KeyAttribute& attribute : *part) {
        if (FindNamed(all, attribute.name) == nullptr)
          all.push_back({attribute.name, std::string(WireName(attribute.type))});
      }
    }
  }
  for (NamedPair& definition : definitions) {
    if (FindNamed(all, definition.name) == nullptr) all.push_back(std::move(definition));
  }
  return all;
}

}  // namespace

Status ReadKeysAndIndexes(const Members& input, std::string_view region, TableSpec* spec) {
  const NamedPairs definitions = ReadDefinitions(input);
  ASSIGN_OR_RETURN(spec->schema, ReadTableKey(input, definitions));
  return IndexReader(input, definitions, region, spec).Read();
}

Result<IndexSpec> ReadNewIndex(const Members& index, const NamedPairs& definitions,
                               const Table& table, BillingMode billing, std::string_view region) {
  IndexSpec spec;
  spec.name = index.Text("IndexName");
  if (definitions.empty()) {
    return Invalid("AttributeDefinitions is not specified for index: " + spec.name);
  }
  RETURN_IF_ERROR(CheckDefinitionsUnique(definitions));
  const NamedPairs keys = ReadKeyElements(index);
  const NamedPairs all = WithTables(definitions, table);
  RETURN_IF_ERROR(CheckIndexKeyDefined(keys, definitions));
  RETURN_IF_ERROR(CheckGlobalElements(keys));
  RETURN_IF_ERROR(ReadProjection(index, &spec));
  RETURN_IF_ERROR(SetIndexCapacity(index, IndexIs::kAdded, billing, region, &spec));
  size_t projected = spec.included.size();
  for (const Index& other : table.indexes) projected += other.spec.included.size();
  if (projected > kProjectedAttributesMax) {
    return Invalid("Total number of NonKeyAttributes across all indexes exceeds the limit of 100");
  }
  SetKey(keys, all, &spec);
  return spec;
}

}  // namespace millrace
