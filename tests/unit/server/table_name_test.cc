#include "server/protocol/table_name.h"

#include <gtest/gtest.h>

#include "server/protocol/common_shapes.h"

namespace millrace {
namespace {

constexpr std::string_view kRegion = "us-east-1";
constexpr std::string_view kAccount = "000000000000";

TEST(TableNameTest, TakesNamesAndArnsOfThisRegionAndAccount) {
  struct Row {
    std::string_view text, name;
  };
  const Row rows[] = {
      {"flights", "flights"},
      {"arn:aws:dynamodb:us-east-1:000000000000:table/flights", "flights"},
      {"arn:aws:dynamodb:us-west-2:000000000000:table/flights", ""},
      {"arn:aws:dynamodb:us-east-1:000000000001:table/flights", ""},
      {"arn:aws:s3:us-east-1:000000000000:table/flights", ""},
      {"arn:aws:dynamodb:us-east-1:000000000000:flights", ""},
      {"arn:", ""},
  };
  for (const Row& row : rows) {
    const auto name = ResolveTableName(row.text, kRegion, kAccount);
    EXPECT_EQ(name.ok() ? *name : "", row.name) << row.text;
    if (!name.ok()) {
      EXPECT_TRUE(name.status().Is(ErrorCode::kResourceNotFound)) << row.text;
    }
  }
}

TEST(TableNameTest, RefusesOneCharacterTooMany) {
  const std::string longest(255, 'a');
  EXPECT_TRUE(ResolveTableName(longest, kRegion, kAccount).ok());
  const auto too_long = ResolveTableName(longest + "a", kRegion, kAccount);
  EXPECT_EQ(too_long.status().message(),
            "1 validation error detected: Value '" + longest +
                "a' at 'tableName' failed to satisfy constraint: Member must have length less than "
                "or equal to 255");
}

TEST(TableNameTest, KnowsTheCharactersOfNames) {
  for (const std::string_view good : {"a", "A-z_0.9"}) EXPECT_TRUE(IsResourceName(good)) << good;
  for (const std::string_view bad : {"", "a b", "a/b", "a:b", "\xc3\xa9"}) {
    EXPECT_FALSE(IsResourceName(bad)) << bad;
  }
  EXPECT_TRUE(IsTableNameOrArn("arn:aws:x"));
  EXPECT_FALSE(IsTableNameOrArn("arn;"));
}

}  // namespace
}  // namespace millrace
