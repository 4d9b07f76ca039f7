#include <gtest/gtest.h>

#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

struct Row {
  std::string_view json;
  std::string_view error;
};

constexpr std::string_view kEmpty =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr std::string_view kSeveral =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";
constexpr std::string_view kNotANumber = "The parameter cannot be converted to a numeric value";
constexpr std::string_view kNullValue = "The supplied Item contains a null AttributeValue";

TEST(AttributeErrorTest, Validation) {
  const Row rows[] = {
      {R"({})", kEmpty},
      {R"({"a":""})", kEmpty},
      {R"({"S":null})", kEmpty},
      {R"({"S":"a","S":null})", kEmpty},
      {R"({"M":{"a":{}}})", kEmpty},
      {R"({"L":[{}]})", kEmpty},
      {R"({"L":[{"a":{}}]})", kEmpty},
      {R"(null)", kNullValue},
      {R"({"L":[null]})", kNullValue},
      {R"({"M":{"a":null}})", kNullValue},
      {R"({"M":{"":{"S":"a"}}})", "Empty attribute name"},
      {R"({"S":"a","N":"1"})", kSeveral},
      {R"({"N":"1","S":"a"})", kSeveral},
      {R"({"M":{},"L":[]})", kSeveral},
      {R"({"NULL":true,"BOOL":true})", kSeveral},
      {R"({"N":""})", kNotANumber},
      // What is wrong inside one type comes before there being several.
      {R"({"S":"","N":""})", kNotANumber},
      {R"({"S":"a","N":"b"})", "The parameter cannot be converted to a numeric value: b"},
      {R"({"NS":["1",""]})", kNotANumber},
      {R"({"NS":["1","b"]})", "The parameter cannot be converted to a numeric value: b"},
      {R"({"NS":["1","1"]})", "Input collection contains duplicates"},
      {R"({"NS":["1","1.0"]})", "Input collection contains duplicates"},
      {R"({"N":"123456789012345678901234567890123456789"})",
       "Attempting to store more than 38 significant digits in a Number"},
      {R"({"N":"-1.23456789012345678901234567890123456789"})",
       "Attempting to store more than 38 significant digits in a Number"},
      {R"({"N":"1e126"})",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {R"({"N":"-1e126"})",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {R"({"N":"1e-131"})",
       "Number underflow. Attempting to store a number with magnitude smaller than supported "
       "range"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(DecodedHex(row.json), "ValidationException: " + std::string(row.error)) << row.json;
  }
}

// Recorded for sets of three and no more.
TEST(AttributeErrorTest, OfTheCurrentLayer) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::pair<std::string_view, std::string> rows[] = {
      {R"({"N":""})", std::string(kNotANumber) + ": "},
      {R"({"NS":["1",""]})", std::string(kNotANumber) + ": "},
      {R"({"L":[{"N":"b"}]})", std::string(kNotANumber) + ": b"},
      {R"({"NS":["2","1","2"]})", invalid + "Input collection contains duplicates."},
      {R"({"SS":["b","a","b"]})",
       invalid + R"(Input collection ["a", "b", "b"] contains duplicates.)"},
      {R"({"SS":["d","b","c","b","a","b"]})",
       invalid + R"(Input collection ["b", "c", "d", "b", "a", "b"] contains duplicates.)"},
      {R"({"SS":["",""]})", invalid + R"(Input collection ["", ""] contains duplicates.)"},
      {R"({"BS":["/w==","AA==","AA=="]})",
       invalid + R"(Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.)"},
  };
  for (const auto& [json, error] : rows) {
    EXPECT_EQ(DecodedHex(json, ValueLayer::kCurrent), "ValidationException: " + error) << json;
  }
}

TEST(AttributeErrorTest, OfStatementsTheFirstInTheDocument) {
  constexpr std::string_view json = R"({"M":{"z":{"N":"z"},"a":{"N":"a"}}})";
  const std::string not_a_number = "ValidationException: " + std::string(kNotANumber);
  EXPECT_EQ(DecodedHex(json), not_a_number + ": a");
  EXPECT_EQ(DecodedHex(json, ValueLayer::kStatement), not_a_number + ": z");
  // One that another of the same name replaces is no value, unless it is all that is wrong.
  EXPECT_EQ(DecodedHex(R"({"M":{"a":{"N":"1"},"a":{"N":"2"}}})", ValueLayer::kStatement),
            DecodedHex(R"({"M":{"a":{"N":"2"}}})"));
}

TEST(AttributeErrorTest, InvalidParameterValues) {
  const Row rows[] = {
      {R"({"NULL":false})", "Null attribute value types must have the value of true"},
      {R"({"NULL":"no"})", "Null attribute value types must have the value of true"},
      {R"({"SS":[]})", "An string set  may not be empty"},
      {R"({"NS":[]})", "An number set  may not be empty"},
      {R"({"BS":[]})", "Binary sets should not be empty"},
      {R"({"SS":["a","a"]})", "Input collection [a, a] contains duplicates."},
      {R"({"SS":["b","a","b"]})", "Input collection [b, a, b] contains duplicates."},
      {R"({"SS":["",""]})", "Input collection [, ] contains duplicates."},
      {R"({"BS":["Yg==","Yg=="]})", "Input collection [Yg==, Yg==]of type BS contains duplicates."},
      {R"({"SS":["a",null]})", "An string set may not have a null string as a member"},
      {R"({"NS":["1",null]})", "An number set may not have a null number as a member"},
      {R"({"BS":["Yg==",null]})", "Binary sets may not contain null or empty values"},
      {R"({"SS":[],"S":"a"})", "An string set  may not be empty"},
      // The order in which AWS looks at the types.
      {R"({"NULL":false,"BS":[],"SS":[]})", "An string set  may not be empty"},
      {R"({"NULL":false,"BS":[],"N":"1"})", "Binary sets should not be empty"},
      {R"({"NULL":false,"L":[{"SS":[]}]})", "An string set  may not be empty"},
      // Of a map's members the first by name.
      {R"({"M":{"b":{"SS":[]},"a":{"BS":[]}}})", "Binary sets should not be empty"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(
        DecodedHex(row.json),
        "ValidationException: One or more parameter values were invalid: " + std::string(row.error))
        << row.json;
  }
}

constexpr std::string_view kList = "[]";
constexpr std::string_view kMap = "{}";
constexpr std::string_view kMapFound = "Start of structure or map found where not expected";
constexpr std::string_view kNoBytes = "only base-64-encoded strings are convertible to bytes";
constexpr std::string_view kNoField = "Unexpected field type";

// Each type in turn with a value of each wrong JSON type.
TEST(AttributeErrorTest, WrongJsonTypes) {
  struct TypeRow {
    std::string_view around;  // $ is the value
    std::vector<std::pair<std::string_view, std::string_view>> errors;
  };
  const std::vector<std::pair<std::string_view, std::string_view>> string_errors = {
      {"true", "TRUE_VALUE cannot be converted to String"},
      {"false", "FALSE_VALUE cannot be converted to String"},
      {"23", "NUMBER_VALUE cannot be converted to String"},
      {"-2147483648", "NUMBER_VALUE cannot be converted to String"},
      {"123456789012345678901234567890", "NUMBER_VALUE cannot be converted to String"},
      {"34.56", "DECIMAL_VALUE cannot be converted to String"},
      {"1e3", "DECIMAL_VALUE cannot be converted to String"},
      {"1e400", "DECIMAL_VALUE cannot be converted to String"},
      {kList, "Unrecognized collection type class java.lang.String"},
      {kMap, kMapFound},
  };
  const std::vector<std::pair<std::string_view, std::string_view>> blob_errors = {
      {"true", kNoBytes},
      {"23", kNoBytes},
      {"34.56", kNoBytes},
      {kList, "Unrecognized collection type class java.nio.ByteBuffer"},
      {kMap, kMapFound},
      {R"("23456")", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
      {R"("=+/=")", "Invalid last non-pad Base64 character dectected"},
      {R"("+/+=")", "Invalid last non-pad Base64 character dectected"},
      {R"("!AAA")", "Invalid Base64 character: '!'"},
  };
  const std::vector<std::pair<std::string_view, std::string_view>> boolean_errors = {
      {R"("23")", "Unexpected token received from parser"},
      {R"("")", "Unexpected token received from parser"},
      {"23", "NUMBER_VALUE cannot be converted to Boolean"},
      {"34.56", "DECIMAL_VALUE cannot be converted to Boolean"},
      {kList, "Unrecognized collection type class java.lang.Boolean"},
      {kMap, kMapFound},
  };
  const std::vector<std::pair<std::string_view, std::string_view>> list_errors = {
      {R"("23")", kNoField}, {"true", kNoField}, {"23", kNoField},
      {"34.56", kNoField},   {kMap, kMapFound},
  };
  const std::vector<std::pair<std::string_view, std::string_view>> map_errors = {
      {R"("23")", kNoField},
      {"true", kNoField},
      {"23", kNoField},
      {kList,
       "Unrecognized collection type java.util.Map<java.lang.String, "
       "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
  };
  const std::vector<std::pair<std::string_view, std::string_view>> value_errors = {
      {R"("23")", "Unexpected value type in payload"},
      {"true", "Unexpected value type in payload"},
      {"23", "Unexpected value type in payload"},
      {"34.56", "Unexpected value type in payload"},
      {kList, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
  };
  const TypeRow rows[] = {
      {"$", value_errors},
      {R"({"S":$})", string_errors},
      {R"({"N":$})", string_errors},
      {R"({"B":$})", blob_errors},
      {R"({"BOOL":$})", boolean_errors},
      {R"({"NULL":$})", boolean_errors},
      {R"({"SS":$})", list_errors},
      {R"({"NS":$})", list_errors},
      {R"({"BS":$})", list_errors},
      {R"({"L":$})", list_errors},
      {R"({"M":$})", map_errors},
      {R"({"SS":["a",$]})", string_errors},
      {R"({"NS":["1",$]})", string_errors},
      {R"({"BS":["",$]})", blob_errors},
      {R"({"L":[{"S":"a"},$]})", value_errors},
      {R"({"M":{"a":$}})", value_errors},
      {R"({"L":[{"BS":[$]}]})", blob_errors},
      {R"({"M":{"a":{"BS":$}}})", list_errors},
      // Wrong types win over what is validated, wherever they are.
      {R"({"M":{"a":{},"b":{"S":$}}})", string_errors},
      {R"({"SS":[],"B":$})", blob_errors},
      {R"({"S":$,"S":"a"})", string_errors},
      {R"({"M":{"a":$,"a":{"S":"a"}}})", value_errors},
      {R"({"L":[{"N":"x"},{"NULL":false},{"M":{"":null,"x":{"BOOL":$}}}]})", boolean_errors},
  };
  for (const TypeRow& row : rows) {
    for (const auto& [value, error] : row.errors) {
      std::string json(row.around);
      json.replace(json.find('$'), 1, value);
      EXPECT_EQ(DecodedHex(json), "SerializationException: " + std::string(error)) << json;
    }
  }
}

TEST(AttributeErrorTest, TheFirstWrongTypeInTheTextIsReported) {
  EXPECT_EQ(DecodedHex(R"({"M":{"b":{"S":1},"a":{"B":1}}})"),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(DecodedHex(R"({"N":true,"S":1})"),
            "SerializationException: TRUE_VALUE cannot be converted to String");
}

TEST(AttributeErrorTest, WrongTypesBelowTheNestingLimitAreStillFound) {
  EXPECT_EQ(DecodedHex(Nested(40, R"({"L":[)", R"({"S":1})", "]}")),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
}

TEST(AttributeErrorTest, OfMaps) {
  EXPECT_EQ(DecodedMapHex("null"), "ValidationException: " + std::string(kNullValue));
  EXPECT_EQ(DecodedMapHex(R"({"a":null})"), "ValidationException: " + std::string(kNullValue));
  EXPECT_EQ(DecodedMapHex(R"({"":{"S":"a"}})"), "ValidationException: Empty attribute name");
  EXPECT_EQ(DecodedMapHex("5"), "SerializationException: Unexpected field type");
  EXPECT_EQ(DecodedMapHex("[]"),
            "SerializationException: Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(DecodedMapHex(R"({"a":"x"})"),
            "SerializationException: Unexpected value type in payload");
}

TEST(AttributeErrorTest, ShapesAloneCanBeChecked) {
  JsonParser parser;
  const auto valid = parser.Parse(R"({"a":{},"b":{"SS":[]},"c":null})");
  ASSERT_TRUE(valid.ok());
  EXPECT_TRUE(CheckAttributeMapShape(*valid).ok());
  EXPECT_FALSE(DecodeAttributeMap(*valid).ok());
  EXPECT_TRUE(CheckAttributeValueShape(JsonValue()).ok());
  const auto wrong = parser.Parse(R"({"a":{"S":1}})");
  ASSERT_TRUE(wrong.ok());
  EXPECT_TRUE(CheckAttributeMapShape(*wrong).Is(ErrorCode::kSerialization));
}

}  // namespace
}  // namespace millrace
