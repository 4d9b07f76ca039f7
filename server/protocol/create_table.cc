#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/protocol/call.h"
#include "server/protocol/table_description.h"
#include "server/protocol/table_operations.h"
#include "server/protocol/table_shapes.h"

// CreateTable. Source: "CreateTable" in the API reference; texts as AWS sent them to public test
// suites.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"AttributeDefinitions", &kAttributeDefinitions, Presence::kRequired},
    {"TableName", &kNewTableName, Presence::kRequired, CheckNewTableName},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kKeySchema, Presence::kRequired},
    {"LocalSecondaryIndexes", &kUnbuiltList, Presence::kNotBuilt},
    {"GlobalSecondaryIndexes", &kUnbuiltList, Presence::kNotBuilt},
    {"StreamSpecification", &kStreamSpecification},
    {"SSESpecification", &kUnbuiltStructure, Presence::kNotBuilt},
    {"Tags", &kUnbuiltList, Presence::kNotBuilt},
    {"TableClass", &kAnyText, Presence::kNotBuilt},
    {"DeletionProtectionEnabled", &kAnyBoolean},
    {"WarmThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"ResourcePolicy", &kAnyText, Presence::kNotBuilt},
    {"OnDemandThroughput", &kUnbuiltStructure, Presence::kNotBuilt},
    {"GlobalTableSourceArn", &kAnyText, Presence::kNotBuilt},
    {"GlobalTableSettingsReplicationMode", &kAnyText, Presence::kNotBuilt},
};

constexpr int64_t kCapacityUnitsMax = 1'000'000'000'000;

struct NamedPair {
  std::string name;
  std::string value;  // an attribute's type, or a key element's
};
using NamedPairs = std::vector<NamedPair>;

NamedPairs ReadPairs(const Members& input, std::string_view list, std::string_view value) {
  NamedPairs pairs;
  const Status done = input.Find(list)->ForEachElement([&](JsonValue json) {
    const Members element(json);
    pairs.push_back({std::string(element.Text("AttributeName")), std::string(element.Text(value))});
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return pairs;
}

std::string NamesOf(const NamedPairs& pairs) {
  std::string text = "[";
  for (const NamedPair& pair : pairs) {
    if (text.size() > 1) text += ", ";
    text += pair.name;
  }
  return text + "]";
}

const NamedPair* FindNamed(const NamedPairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [name](const NamedPair& pair) { return pair.name == name; });
  return found == pairs.end() ? nullptr : &*found;
}

Status CheckDefined(const NamedPairs& keys, const NamedPairs& definitions) {
  const bool all = std::all_of(keys.begin(), keys.end(), [&definitions](const NamedPair& key) {
    return FindNamed(definitions, key.name) != nullptr;
  });
  const bool same_twice = keys.size() == 2 && keys[0].name == keys[1].name;
  if (all && !(same_twice && definitions.size() == 1)) return Status::Ok();
  if (keys.size() == 2 || definitions.empty()) {
    return Status::Validation("Invalid KeySchema: Some index key attribute have no definition");
  }
  return Status::Validation(
      "One or more parameter values were invalid: Some index key attributes are not defined in "
      "AttributeDefinitions. Keys: " +
      NamesOf(keys) + ", AttributeDefinitions: " + NamesOf(definitions));
}

Status CheckKeys(const NamedPairs& keys, const NamedPairs& definitions) {
  for (size_t i = 0; i < definitions.size(); ++i) {
    if (FindNamed(definitions, definitions[i].name) != &definitions[i]) {
      return Status::Validation("Attribute Name is duplicated: " + definitions[i].name);
    }
  }
  RETURN_IF_ERROR(CheckDefined(keys, definitions));
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
  if (keys.size() != definitions.size()) {
    return Status::Validation(
        "One or more parameter values were invalid: Number of attributes in KeySchema does not "
        "exactly match number of attributes defined in AttributeDefinitions");
  }
  return Status::Ok();
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

Result<KeySchema> ReadKeySchema(const Members& input) {
  const NamedPairs keys = ReadPairs(input, "KeySchema", "KeyType");
  const NamedPairs definitions = ReadPairs(input, "AttributeDefinitions", "AttributeType");
  RETURN_IF_ERROR(CheckKeys(keys, definitions));
  KeySchema schema;
  schema.hash = KeyAttributeOf(keys[0], definitions);
  if (keys.size() == 2) schema.range = KeyAttributeOf(keys[1], definitions);
  return schema;
}

Status CheckUnits(int64_t units, std::string_view name) {
  if (units <= kCapacityUnitsMax) return Status::Ok();
  return Status::Validation("Given value " + std::to_string(units) + " for " + std::string(name) +
                            " is out of bounds");
}

Status ReadBilling(const Members& input, TableSpec* spec) {
  const std::optional<Members> throughput = input.Structure("ProvisionedThroughput");
  if (input.Text("BillingMode") == "PAY_PER_REQUEST") {
    spec->billing_mode = BillingMode::kPayPerRequest;
    if (!throughput) return Status::Ok();
    return Status::Validation(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  spec->billing_mode = BillingMode::kProvisioned;
  if (!throughput) {
    return Status::Validation(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
        "both be specified when BillingMode is PROVISIONED");
  }
  spec->throughput.read_units = *throughput->Integer("ReadCapacityUnits");
  spec->throughput.write_units = *throughput->Integer("WriteCapacityUnits");
  RETURN_IF_ERROR(CheckUnits(spec->throughput.read_units, "ReadCapacityUnits"));
  return CheckUnits(spec->throughput.write_units, "WriteCapacityUnits");
}

Status ReadStream(const Members& input, TableSpec* spec) {
  const std::optional<Members> stream = input.Structure("StreamSpecification");
  if (!stream) return Status::Ok();
  const bool enabled = stream->Boolean("StreamEnabled");
  const auto view = stream->String("StreamViewType");
  if (enabled && !view) {
    return Status::Validation(
        "One or more parameter values were invalid: Table is being created with a stream enabled, "
        "UpdateViewType is required");
  }
  if (!enabled && view) {
    return Status::Validation(
        "One or more parameter values were invalid: Table is being created with a stream disabled, "
        "UpdateViewType should not be specified");
  }
  if (enabled) spec->stream = ParseStreamViewType(*view);
  return Status::Ok();
}

Result<TableSpec> ReadTableSpec(const Members& input) {
  TableSpec spec;
  spec.name = input.Text("TableName");
  RETURN_IF_ERROR(ReadBilling(input, &spec));
  ASSIGN_OR_RETURN(spec.schema, ReadKeySchema(input));
  RETURN_IF_ERROR(ReadStream(input, &spec));
  spec.deletion_protection = input.Boolean("DeletionProtectionEnabled");
  return spec;
}

}  // namespace

const Shape kCreateTableInput = StructureOf("CreateTableInput", kMembers);

Status CreateTable(Call* call) {
  ASSIGN_OR_RETURN(const TableSpec spec, ReadTableSpec(call->input));
  const Result<TableRef> table = call->services.database->CreateTable(spec);
  if (table.status().Is(ErrorCode::kResourceInUse)) {
    return Status(ErrorCode::kResourceInUse, "Table already exists: " + spec.name);
  }
  RETURN_IF_ERROR(table.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("TableDescription");
  WriteTableDescription(*call, **table, "CREATING", &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
