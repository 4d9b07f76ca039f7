#include "engine/json/expect.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

// "ok" or the text of the error.
std::string Outcome(const Status& status) {
  if (status.ok()) return "ok";
  EXPECT_TRUE(status.Is(ErrorCode::kSerialization));
  return status.message();
}

class ExpectTest : public ::testing::Test {
 protected:
  JsonValue Parsed(std::string_view json) {
    auto root = parser_.Parse(json);
    EXPECT_TRUE(root.ok()) << json;
    return root.ok() ? *root : JsonValue();
  }
  JsonParser parser_;
};

TEST_F(ExpectTest, Values) {
  EXPECT_EQ(*ExpectString(Parsed("\"a\"")), "a");
  EXPECT_TRUE(*ExpectBoolean(Parsed("true")));
  EXPECT_FALSE(*ExpectBoolean(Parsed("\"No\"")));
  EXPECT_EQ(*ExpectInteger(Parsed("5"), "Integer"), 5);
  EXPECT_EQ(*ExpectInteger(Parsed("5.9"), "Integer"), 5);
  EXPECT_EQ(*ExpectInteger(Parsed("-5.9"), "Integer"), -5);
  EXPECT_EQ(*ExpectInteger(Parsed("1e300"), "Long"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ExpectInteger(Parsed("-1e300"), "Long"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(*ExpectInteger(Parsed("9.3e18"), "Long"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ExpectDouble(Parsed("5")), 5.0);
  EXPECT_EQ(*ExpectDouble(Parsed("0.5")), 0.5);
}

TEST_F(ExpectTest, Scalars) {
  EXPECT_EQ(Outcome(ExpectString(Parsed("1")).status()),
            "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(Outcome(ExpectInteger(Parsed("\"23\""), "Integer").status()),
            "STRING_VALUE cannot be converted to Integer");
  EXPECT_EQ(Outcome(ExpectInteger(Parsed("true"), "Long").status()),
            "TRUE_VALUE cannot be converted to Long");
  EXPECT_EQ(Outcome(ExpectInteger(Parsed("[]"), "Long").status()),
            "Unrecognized collection type class java.lang.Long");
  EXPECT_EQ(Outcome(ExpectInteger(Parsed("{}"), "Long").status()),
            "Start of structure or map found where not expected");
  EXPECT_EQ(Outcome(ExpectDouble(Parsed("\"1\"")).status()),
            "STRING_VALUE cannot be converted to Double");
}

// As AWS's reader says it of containers in containers.
TEST_F(ExpectTest, ContainersAsElements) {
  const std::string no_class =
      "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
      "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
      "java.lang.Class are in module java.base of loader 'bootstrap')";
  EXPECT_EQ(Outcome(ExpectListElement(Parsed("[]"))), "ok");
  EXPECT_EQ(Outcome(ExpectListElement(Parsed("1"))), no_class);
  EXPECT_EQ(Outcome(ExpectListElement(Parsed("{}"))), Outcome(ExpectList(Parsed("{}"))));
  EXPECT_EQ(Outcome(ExpectMapElement(Parsed("{}"), "AttributeValue")), "ok");
  EXPECT_EQ(Outcome(ExpectMapElement(Parsed("\"1\""), "AttributeValue")), no_class);
  EXPECT_EQ(Outcome(ExpectMapElement(Parsed("[]"), "AttributeValue")),
            Outcome(ExpectMap(Parsed("[]"), "AttributeValue")));
}

TEST_F(ExpectTest, Containers) {
  EXPECT_EQ(Outcome(ExpectList(Parsed("[]"))), "ok");
  EXPECT_EQ(Outcome(ExpectList(Parsed("1"))), "Unexpected field type");
  EXPECT_EQ(Outcome(ExpectList(Parsed("{}"))),
            "Start of structure or map found where not expected");
  EXPECT_EQ(Outcome(ExpectMap(Parsed("{}"), "java.lang.String")), "ok");
  EXPECT_EQ(Outcome(ExpectMap(Parsed("1"), "java.lang.String")), "Unexpected field type");
  EXPECT_EQ(Outcome(ExpectMap(Parsed("[]"), "java.lang.String")),
            "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>");
  EXPECT_EQ(Outcome(ExpectStructure(Parsed("{}"), "PutRequest")), "ok");
  EXPECT_EQ(Outcome(ExpectStructure(Parsed("1"), "PutRequest")), "Unexpected field type");
  EXPECT_EQ(Outcome(ExpectStructure(Parsed("[]"), "PutRequest")),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.PutRequest");
  EXPECT_EQ(Outcome(ExpectStructureElement(Parsed("{}"), "Tag")), "ok");
  EXPECT_EQ(Outcome(ExpectStructureElement(Parsed("1"), "Tag")),
            "Unexpected value type in payload");
  EXPECT_EQ(Outcome(ExpectStructureElement(Parsed("[]"), "Tag")),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Tag");
}

}  // namespace
}  // namespace millrace
