#include "server/protocol/table_name.h"

#include <gtest/gtest.h>

#include "server/protocol/common_shapes.h"

namespace millrace {
namespace {

constexpr std::string_view kRegion = "us-east-1";
constexpr std::string_view kAccount = "000000000000";

TEST(TableNameTest, TakesNamesAndArnsOfThisRegionAndAccount) {
  for (const std::string_view text :
       {"flights", "arn:aws:dynamodb:us-east-1:000000000000:table/flights"}) {
    EXPECT_EQ(ResolveTableName(text, kRegion, kAccount).value(), "flights");
  }
}

TEST(TableNameTest, RefusesOtherArns) {
  struct Row {
    std::string_view arn, error;
  };
  constexpr std::string_view kFormat =
      "ValidationException: 1 validation error detected: Valid ARN format is "
      "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where "
      "Resource name must have length less than or equal to 255, Resource name must have length "
      "greater than or equal to 3, Resource name must satisfy regular expression pattern: "
      "[a-zA-Z0-9_.-]+";
  const Row rows[] = {
      {"arn:aws:dynamodb:us-west-2:000000000000:table/flights",
       "ValidationException: 1 validation error detected: Invalid AWS region in "
       "'arn:aws:dynamodb:us-west-2:000000000000:table/flights'"},
      {"arn:aws-cn:dynamodb:us-east-1:000000000000:table/flights",
       "ValidationException: 1 validation error detected: Invalid AWS partition in "
       "'arn:aws-cn:dynamodb:us-east-1:000000000000:table/flights'"},
      {"arn:aws:dynamodb:us-east-1:000000000000:import/flights",
       "ValidationException: 1 validation error detected: Invalid resource type in "
       "'arn:aws:dynamodb:us-east-1:000000000000:import/flights'"},
      {"arn:aws:dynamodb:us-east-1:000000000001:table/flights",
       "AccessDeniedException: Access is denied"},
      {"arn:aws:dynamodb:us-east-1:000000000000:table/flights/index/i", kFormat},
      {"arn:aws:dynamodb:us-east-1:000000000000:table/ab", kFormat},
      {"arn:aws:s3:us-east-1:000000000000:table/flights", kFormat},
      {"arn:aws:dynamodb:us-east-1:000000000000:flights", kFormat},
      {"arn:", kFormat},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ResolveTableName(row.arn, kRegion, kAccount).status().ToString(), row.error);
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
