#include "engine/model/schema.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

const KeySchema kHashOnly = HashSchema({"pk", ValueType::kString});
const KeySchema kStringAndNumber =
    CompositeSchema({"pk", ValueType::kString}, {"sk", ValueType::kNumber});
const KeySchema kBinaryAndString =
    CompositeSchema({"pk", ValueType::kBinary}, {"sk", ValueType::kString});

const std::string kInvalid = "One or more parameter values were invalid: ";
const std::string kNotValid =
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
    "contain an empty ";
const std::string kMismatch = "The provided key element does not match the schema";

TEST(SchemaTest, TakesTheKeyOfAnItem) {
  const std::string item =
      EncodeItem(Map({{"pk", Str("a")}, {"sk", Num("7")}, {"other", Value()}}));
  const ItemKey key = KeyOfItem(kStringAndNumber, ItemView(item)).value();
  EXPECT_EQ(key.pk, "a");
  EXPECT_EQ(key.sk, N("7").Packed());
  EXPECT_EQ(KeyOfItem(kHashOnly, ItemView(item)).value(), (ItemKey{"a", ""}));
}

struct ItemErrorRow {
  KeySchema schema;
  Value map;
  std::string message;
};

TEST(SchemaTest, RefusesItemsWithTheServicesTexts) {
  const std::string long_pk(kPartitionKeySizeMax + 1, 'p');
  const std::string long_sk(kSortKeySizeMax + 1, 's');
  const ItemErrorRow rows[] = {
      {kHashOnly, Map({}), kInvalid + "Missing the key pk in the item"},
      {kHashOnly, Map({{"PK", Str("a")}}), kInvalid + "Missing the key pk in the item"},
      {kStringAndNumber, Map({{"pk", Str("a")}}), kInvalid + "Missing the key sk in the item"},
      {kHashOnly, Map({{"pk", Num("1")}}),
       kInvalid + "Type mismatch for key pk expected: S actual: N"},
      {kHashOnly, Map({{"pk", Value()}}),
       kInvalid + "Type mismatch for key pk expected: S actual: NULL"},
      {kStringAndNumber, Map({{"pk", Str("a")}, {"sk", Map({})}}),
       kInvalid + "Type mismatch for key sk expected: N actual: M"},
      {kBinaryAndString, Map({{"pk", Str("a")}, {"sk", Str("b")}}),
       kInvalid + "Type mismatch for key pk expected: B actual: S"},
      {kHashOnly, Map({{"pk", Str("")}}), kNotValid + "string value. Key: pk"},
      {kBinaryAndString, Map({{"pk", Value::Binary("")}, {"sk", Str("b")}}),
       kNotValid + "binary value. Key: pk"},
      {kBinaryAndString, Map({{"pk", Value::Binary("a")}, {"sk", Str("")}}),
       kNotValid + "string value. Key: sk"},
      {kHashOnly, Map({{"pk", Str(long_pk)}}),
       kInvalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
      {kBinaryAndString, Map({{"pk", Value::Binary("a")}, {"sk", Str(long_sk)}}),
       kInvalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
  };
  for (const auto& [schema, map, message] : rows) {
    const std::string item = EncodeItem(map);
    const Result<ItemKey> key = KeyOfItem(schema, ItemView(item));
    ASSERT_FALSE(key.ok()) << message;
    EXPECT_EQ(key.status().code(), ErrorCode::kValidation);
    EXPECT_EQ(key.status().message(), message);
  }
}

TEST(SchemaTest, RefusesKeyMapsWithTheServicesTexts) {
  const std::string long_pk(kPartitionKeySizeMax + 1, 'p');
  const std::string long_sk(kSortKeySizeMax + 1, 's');
  const ItemErrorRow rows[] = {
      {kHashOnly, Map({}), kMismatch},
      {kHashOnly, Map({{"other", Str("a")}}), kMismatch},
      {kHashOnly, Map({{"pk", Num("1")}}), kMismatch},
      {kHashOnly, Map({{"pk", Str("a")}, {"sk", Num("1")}}), kMismatch},
      {kStringAndNumber, Map({{"pk", Str("a")}}), kMismatch},
      {kStringAndNumber, Map({{"pk", Str("a")}, {"x", Num("1")}}), kMismatch},
      {kStringAndNumber, Map({{"pk", Str("a")}, {"sk", Str("1")}}), kMismatch},
      {kHashOnly, Map({{"pk", Str("")}}), kNotValid + "string value. Key: pk"},
      {kHashOnly, Map({{"pk", Str(long_pk)}}),
       kInvalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
      {kBinaryAndString, Map({{"pk", Value::Binary("a")}, {"sk", Str(long_sk)}}),
       kInvalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
  };
  for (const auto& [schema, map, message] : rows) {
    const std::string bytes = map.Encode();
    const Result<ItemKey> key = KeyOfKeyMap(schema, ValueView(bytes));
    ASSERT_FALSE(key.ok()) << message;
    EXPECT_EQ(key.status().message(), message);
  }
}

TEST(SchemaTest, KeysAtTheirLimitsAreTaken) {
  const std::string pk(kPartitionKeySizeMax, 'p');
  const std::string sk(kSortKeySizeMax, 's');
  const Value map = Map({{"pk", Value::Binary(pk)}, {"sk", Str(sk)}});
  EXPECT_EQ(KeyOfKeyMap(kBinaryAndString, ValueView(map.Encode())).value(), (ItemKey{pk, sk}));
  EXPECT_EQ(KeyOfItem(kBinaryAndString, ItemView(EncodeItem(map))).value(), (ItemKey{pk, sk}));
}

TEST(SchemaTest, KeysItemHoldsTheKeyAlone) {
  const ItemKey key{"a", N("-1.5").Packed()};
  const std::string keys = KeysItem(kStringAndNumber, key);
  EXPECT_TRUE(ValidateItem(keys).ok());
  EXPECT_EQ(Describe(ItemView(keys).value()), "M{pk:S(a),sk:N(-1.5)}");
  EXPECT_EQ(KeyOfKeyMap(kStringAndNumber, ItemView(keys).value()).value(), key);
  // Attributes sort by name, whichever is the hash key.
  const KeySchema reversed = CompositeSchema({"z", ValueType::kString}, {"a", ValueType::kBinary});
  EXPECT_EQ(Describe(ItemView(KeysItem(reversed, {"x", "\x01"})).value()), "M{a:B(01),z:S(x)}");
  EXPECT_EQ(Describe(ItemView(KeysItem(kHashOnly, {"x", ""})).value()), "M{pk:S(x)}");
}

TEST(SchemaTest, StreamViewTypesReadBackTheirNames) {
  for (const std::string_view name :
       {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}) {
    EXPECT_EQ(WireName(ParseStreamViewType(name).value()), name);
  }
  EXPECT_FALSE(ParseStreamViewType("new_image"));
  EXPECT_FALSE(ParseStreamViewType(""));
}

}  // namespace
}  // namespace millrace
