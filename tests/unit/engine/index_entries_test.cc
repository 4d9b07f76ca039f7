// Keys of entries order as the API orders; what an item means for an index; what a write may put
// into an index's key.

#include "engine/index_entries.h"

#include <gtest/gtest.h>

#include <tuple>

#include "engine/base/random.h"
#include "engine/keys.h"

namespace millrace {
namespace {

// (pk S, sk S) with an index of any schema.
Table SampleTable() {
  Table table;
  table.id = TableId(1);
  table.spec.schema.hash = {"pk", ValueType::kString};
  table.spec.schema.range = KeyAttribute{"sk", ValueType::kString};
  table.hash_seed = 42;
  return table;
}

Index SampleIndex(IndexKeySchema schema, ProjectionType projection = ProjectionType::kAll,
                  IndexKind kind = IndexKind::kGlobal) {
  Index index;
  index.id = IndexId(9);
  index.spec.name = "i";
  index.spec.kind = kind;
  index.spec.schema = std::move(schema);
  index.spec.projection = projection;
  return index;
}

std::string ItemOf(Value::Map map) {
  return EncodeItem(Value::OfMap(std::move(map)));
}

std::string Base(Value::Map more) {
  more.emplace_back("pk", Value::String("p"));
  more.emplace_back("sk", Value::String("s"));
  return ItemOf(std::move(more));
}

// Raw key bytes that are hard on escapes and prefixes.
std::string RandomRaw(Random* random) {
  constexpr char kBytes[] = {'\0', '\x01', '\xfe', '\xff', 'a'};
  std::string raw;
  for (uint64_t n = 1 + random->Uniform(4); n > 0; --n) {
    raw.push_back(kBytes[random->Uniform(sizeof kBytes)]);
  }
  return raw;
}

std::string RandomNumber(Random* random) {
  const int64_t n = static_cast<int64_t>(random->Uniform(2001)) - 1000;
  return Number::FromInt(random->OneIn(3) ? n * 1'000'000'007 : n).Packed();
}

TEST(IndexKeys, OrderIsThatOfTheAttributesThenOfTheTablesKey) {
  const Table table = SampleTable();
  const Index index = SampleIndex(
      {{{"pk", ValueType::kString}}, {{"b", ValueType::kBinary}, {"n", ValueType::kNumber}}},
      ProjectionType::kAll, IndexKind::kLocal);
  Random random(7);
  using Row = std::tuple<std::string, std::string, std::string>;
  std::vector<std::pair<Row, std::string>> rows;
  for (int i = 0; i < 400; ++i) {
    const Row row{RandomRaw(&random), RandomNumber(&random), RandomRaw(&random)};
    const auto& [b, n, sk] = row;
    rows.emplace_back(row, IndexStorageKey(table, index, {{"p"}, {b, n}}, {"p", sk}));
  }
  for (const auto& [row, key] : rows) {
    for (const auto& [other, other_key] : rows) {
      ASSERT_EQ(row < other, key < other_key);
      ASSERT_EQ(row == other, key == other_key);
    }
  }
}

TEST(IndexKeys, ComeApartAgain) {
  const Table table = SampleTable();
  const IndexKeySchema schema = {{{"a", ValueType::kBinary}, {"b", ValueType::kBinary}},
                                 {{"c", ValueType::kBinary}}};
  const Index index = SampleIndex(schema);
  Random random(8);
  for (int i = 0; i < 500; ++i) {
    const IndexKey key{{RandomRaw(&random), RandomRaw(&random)}, {RandomRaw(&random)}};
    const ItemKey base{RandomRaw(&random), random.OneIn(2) ? "" : RandomRaw(&random)};
    IndexKey index_key;
    ItemKey item_key;
    SplitIndexStorageKey(schema, IndexStorageKey(table, index, key, base), &index_key, &item_key);
    ASSERT_EQ(index_key, key);
    ASSERT_EQ(item_key, base);
  }
}

TEST(IndexKeys, ALocalIndexLiesInTheTablesOrder) {
  const Table table = SampleTable();
  const Index index = SampleIndex({{{"pk", ValueType::kString}}, {{"v", ValueType::kString}}},
                                  ProjectionType::kAll, IndexKind::kLocal);
  EXPECT_EQ(IndexHash(table, index, {"p"}), KeyHash(table, "p"));
}

TEST(IndexEntries, ShowTheProjectedAttributes) {
  const Table table = SampleTable();
  const IndexKeySchema schema = {{{"g", ValueType::kNumber}}, {}};
  const std::string item = Base({{"g", Value::OfNumber(Number::FromInt(1))},
                                 {"x", Value::String("x")},
                                 {"y", Value::String("y")}});
  Index index = SampleIndex(schema, ProjectionType::kKeysOnly);
  EXPECT_EQ(ProjectedItem(table, index, ItemView(item)),
            Base({{"g", Value::OfNumber(Number::FromInt(1))}}));
  index.spec.projection = ProjectionType::kInclude;
  index.spec.included = {"y", "absent"};
  EXPECT_EQ(ProjectedItem(table, index, ItemView(item)),
            Base({{"g", Value::OfNumber(Number::FromInt(1))}, {"y", Value::String("y")}}));
  index.spec.projection = ProjectionType::kAll;
  EXPECT_EQ(ProjectedItem(table, index, ItemView(item)), item);
}

TEST(IndexEntries, AreOnlyOfItemsWithTheWholeKey) {
  const IndexKeySchema schema = {{{"g", ValueType::kString}}, {{"r", ValueType::kNumber}}};
  const Value one = Value::OfNumber(Number::FromInt(1));
  const auto has = [&schema](Value::Map map) {
    return IndexKeyOf(schema, ItemView(Base(std::move(map)))).has_value();
  };
  EXPECT_TRUE(has({{"g", Value::String("a")}, {"r", one}}));
  EXPECT_FALSE(has({{"g", Value::String("a")}}));
  EXPECT_FALSE(has({{"r", one}}));
  EXPECT_FALSE(has({{"g", one}, {"r", one}}));
  EXPECT_FALSE(has({{"g", Value::String("")}, {"r", one}}));
  EXPECT_TRUE(has({{"g", Value::String(std::string(2048, 'a'))}, {"r", one}}));
  EXPECT_FALSE(has({{"g", Value::String(std::string(2049, 'a'))}, {"r", one}}));
}

TEST(IndexEntries, AWriteChangesWhatDiffers) {
  const Table table = SampleTable();
  Index index = SampleIndex({{{"g", ValueType::kString}}, {}}, ProjectionType::kKeysOnly);
  const ItemKey key{"p", "s"};
  const std::string a = Base({{"g", Value::String("a")}});
  const std::string a2 = Base({{"g", Value::String("a")}, {"x", Value::String("x")}});
  const std::string b = Base({{"g", Value::String("b")}});
  const std::string none = Base({});
  const auto change = [&](const std::string& before, const std::string& after) {
    return IndexChangeOf(table, index, key, ItemView(before), ItemView(after));
  };
  const auto size = static_cast<int64_t>(ItemView(a).aws_size());

  IndexChange made = change("", a);
  EXPECT_TRUE(made.put && !made.removed);
  EXPECT_EQ(std::tie(made.count_delta, made.size_delta, made.units), std::tuple(1, size, 1u));
  IndexChange same = change(a, a2);
  EXPECT_TRUE(!same.put && !same.removed);
  EXPECT_EQ(same.units, 0u);
  IndexChange moved = change(a, b);
  EXPECT_TRUE(moved.put && moved.removed);
  EXPECT_NE(moved.put->key, *moved.removed);
  EXPECT_EQ(std::tie(moved.count_delta, moved.size_delta, moved.units),
            std::tuple(0, int64_t{0}, 2u));
  IndexChange left = change(a, none);
  EXPECT_TRUE(!left.put && left.removed);
  EXPECT_EQ(std::tie(left.count_delta, left.size_delta, left.units), std::tuple(-1, -size, 1u));
  EXPECT_EQ(change(none, "").units, 0u);

  index.spec.projection = ProjectionType::kAll;
  IndexChange rewritten = change(a, a2);
  EXPECT_TRUE(rewritten.put && !rewritten.removed);
  EXPECT_EQ(rewritten.size_delta, 2);
  const std::string big =
      Base({{"g", Value::String("a")}, {"x", Value::String(std::string(3000, 'x'))}});
  EXPECT_EQ(change(big, a).units, 3u);
}

struct KeyRow {
  Value value;
  std::string put_error;
  std::string update_error;
  std::string assigned_error;  // by a transaction's update
  std::string attribute = "g";
};

TEST(IndexKeys, WhatMayBeWritten) {
  Table table = SampleTable();
  table.indexes = {SampleIndex({{{"g", ValueType::kString}}, {}}),
                   SampleIndex({{{"g", ValueType::kString}}, {{"r", ValueType::kBinary}}})};
  table.indexes[0].spec.name = "second";
  table.indexes[1].spec.name = "first";
  const std::string too_long =
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
      "limit of2048 bytes";
  const std::string updated_to_empty =
      "One or more parameter values are not valid. The update expression attempted to update a "
      "secondary index key to a value that is not supported. The AttributeValue for a key "
      "attribute cannot contain an empty ";
  const KeyRow rows[] = {
      {Value::String("a"), "", "", ""},
      {Value::String(std::string(2048, 'a')), "", "", ""},
      {Value::String(std::string(2049, 'a')), too_long,
       "The update expression attempted to update the secondary index key beyond allowed size "
       "limits",
       ""},
      {Value::OfNumber(Number()),
       "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
       "Actual: N IndexName: first",
       "The update expression attempted to update the secondary index key to unsupported type",
       "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
       "Actual: N IndexName: first"},
      {Value::Null(),
       "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
       "Actual: NULL IndexName: first",
       "The update expression attempted to update the secondary index key to unsupported type",
       "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
       "Actual: NULL IndexName: first"},
      {Value::String(""),
       "One or more parameter values are not valid. A value specified for a secondary index key is "
       "not supported. The AttributeValue for a key attribute cannot contain an empty string "
       "value. IndexName: first, IndexKey: g",
       updated_to_empty + "string value.", updated_to_empty + "string value."},
      {Value::Binary(""),
       "One or more parameter values are not valid. A value specified for a secondary index key is "
       "not supported. The AttributeValue for a key attribute cannot contain an empty binary "
       "value. IndexName: first, IndexKey: r",
       updated_to_empty + "binary value.", updated_to_empty + "binary value.", "r"},
  };
  for (const KeyRow& row : rows) {
    const std::string item = Base({{row.attribute, row.value}});
    const Status put = CheckIndexKeys(table, ItemView(item));
    EXPECT_EQ(put.ok() ? "" : put.message(), row.put_error);
    const std::string before = Base({});
    const Status update = CheckUpdatedIndexKeys(table, ItemView(before), ItemView(item));
    EXPECT_EQ(update.ok() ? "" : update.message(), row.update_error);
    const Status assigned = CheckAssignedIndexKeys(table, ItemView(item));
    EXPECT_EQ(assigned.ok() ? "" : assigned.message(), row.assigned_error);
    // An update that leaves it alone is none of the index's business.
    EXPECT_TRUE(CheckUpdatedIndexKeys(table, ItemView(item), ItemView(item)).ok());
  }
}

}  // namespace
}  // namespace millrace
