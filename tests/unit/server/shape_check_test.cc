#include "server/protocol/shape_check.h"

#include <gtest/gtest.h>

#include "server/protocol/item_operations.h"
#include "server/protocol/table_operations.h"

namespace millrace {
namespace {

// The stages in their order, as the protocol runs them; the first error's text, or "".
std::string FirstError(const Shape& input, std::string_view text) {
  JsonParser parser;
  const auto json = parser.Parse(text);
  EXPECT_TRUE(json.ok()) << text;
  if (!json.ok()) return "not JSON";
  if (const Status status = CheckTypes(*json, input); !status.ok()) return status.ToString();
  if (const Status status = CheckConstraints(*json, input); !status.ok()) return status.ToString();
  return CheckBuilt(*json, input, "X").ToString();
}

struct Row {
  const Shape& input;
  std::string_view json;
  std::string_view error;
};

const Row kRows[] = {
    {kGetItemInput, R"({"TableName":"abc","Key":{}})", "OK"},
    // Null is absent; members outside the model are ignored.
    {kGetItemInput, R"({"TableName":"abc","Key":{},"ConsistentRead":null,"Woop":1})", "OK"},
    // Types come first, in the document's order.
    {kGetItemInput, R"({"TableName":23})",
     "SerializationException: NUMBER_VALUE cannot be converted to String"},
    {kGetItemInput, R"({"TableName":1.5})",
     "SerializationException: DECIMAL_VALUE cannot be converted to String"},
    {kGetItemInput, R"({"TableName":true,"Key":1})",
     "SerializationException: TRUE_VALUE cannot be converted to String"},
    {kGetItemInput, R"({"TableName":[]})",
     "SerializationException: Unrecognized collection type class java.lang.String"},
    {kGetItemInput, R"({"TableName":{}})",
     "SerializationException: Start of structure or map found where not expected"},
    {kGetItemInput, R"({"Key":"x"})", "SerializationException: Unexpected field type"},
    {kGetItemInput, R"({"ExpressionAttributeNames":{"#a":1}})",
     "SerializationException: NUMBER_VALUE cannot be converted to String"},
    {kQueryInput, R"({"Limit":"1"})",
     "SerializationException: STRING_VALUE cannot be converted to Integer"},
    {kCreateTableInput, R"({"KeySchema":[23]})",
     "SerializationException: Unexpected value type in payload"},
    {kCreateTableInput, R"({"KeySchema":[[]]})",
     "SerializationException: Unrecognized collection type class "
     "com.amazonaws.dynamodb.v20120810.KeySchemaElement"},
    {kCreateTableInput, R"({"ProvisionedThroughput":1})",
     "SerializationException: Unexpected field type"},
    {kCreateTableInput, R"({"ProvisionedThroughput":{"ReadCapacityUnits":"1"}})",
     "SerializationException: STRING_VALUE cannot be converted to Long"},
    // All constraints at once.
    {kGetItemInput, "{}",
     "ValidationException: 2 validation errors detected: Value null at 'tableName' failed to "
     "satisfy "
     "constraint: Member must not be null; Value null at 'key' failed to satisfy constraint: "
     "Member "
     "must not be null"},
    {kGetItemInput, R"({"TableName":"a;","Key":{},"ReturnConsumedCapacity":"x"})",
     "ValidationException: 2 validation errors detected: Value 'x' at 'returnConsumedCapacity' "
     "failed "
     "to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value "
     "'a;' "
     "at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
     "[a-zA-Z0-9_.-]+"},
    {kPutItemInput, R"({"TableName":"","Item":{}})",
     "ValidationException: 1 validation error detected: Value '' at 'tableName' failed to satisfy "
     "constraint: Member must have length greater than or equal to 1"},
    {kScanInput, R"({"TableName":"abc","Limit":0})",
     "ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy "
     "constraint: Member must have value greater than or equal to 1"},
    {kScanInput, R"({"TableName":"abc","TotalSegments":1000001,"Segment":-1})",
     "ValidationException: 2 validation errors detected: Value '-1' at 'segment' failed to satisfy "
     "constraint: Member must have value greater than or equal to 0; Value '1000001' at "
     "'totalSegments' failed to satisfy constraint: Member must have value less than or equal to "
     "1000000"},
    {kScanInput, R"({"TableName":"abc","TotalSegments":1000000,"Segment":999999})", "OK"},
    {kCreateTableInput, R"({"TableName":"ab","AttributeDefinitions":[],"KeySchema":[
        {"AttributeName":"a","KeyType":"Woop"}]})",
     "ValidationException: 2 validation errors detected: Value 'ab' at 'tableName' failed to "
     "satisfy "
     "constraint: Member must have length greater than or equal to 3; Value 'Woop' at "
     "'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value "
     "set: "
     "[HASH, RANGE]"},
    {kCreateTableInput, R"({"TableName":"abc","AttributeDefinitions":[],"KeySchema":[
        {"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"},
        {"AttributeName":"extra","KeyType":"RANGE"}]})",
     "ValidationException: 1 validation error detected: Value "
     "'[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, "
     "keyType=RANGE), KeySchemaElement(attributeName=extra, keyType=RANGE)]' at 'keySchema' failed "
     "to satisfy constraint: Member must have length less than or equal to 2"},
    {kCreateTableInput, R"({"TableName":"abc","AttributeDefinitions":[],"KeySchema":[null]})",
     "ValidationException: 1 validation error detected: Value null at 'keySchema.1.member' failed "
     "to "
     "satisfy constraint: Member must not be null"},
    // Rules that come before the constraints.
    {kCreateTableInput, "{}",
     "ValidationException: The parameter 'TableName' is required but was not present in the "
     "request"},
    {kDescribeTableInput, R"({"TableName":"ab"})",
     "ValidationException: 1 validation error detected: Value 'ab' at 'tableName' failed to "
     "satisfy constraint: Member must have length greater than or equal to 3"},
    // Which of two comes first: recorded from the service.
    {kDescribeTableInput, R"({"TableName":""})",
     "ValidationException: 2 validation errors detected: Value '' at 'tableName' failed to satisfy "
     "constraint: Member must have length greater than or equal to 3; Value '' at 'tableName' "
     "failed to satisfy constraint: Member must satisfy regular expression pattern: "
     "[a-zA-Z0-9_.-]+"},
    {kListTablesInput, R"({"ExclusiveStartTableName":""})",
     "ValidationException: 2 validation errors detected: Value '' at 'exclusiveStartTableName' "
     "failed to satisfy constraint: Member must satisfy regular expression pattern: "
     "[a-zA-Z0-9_.-]+; Value '' at 'exclusiveStartTableName' failed to satisfy constraint: Member "
     "must have length greater than or equal to 3"},
    // An ARN has bounds of its own.
    {kDescribeTableInput, R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/abc"})",
     "OK"},
    {kBatchWriteItemInput, R"({"RequestItems":{}})",
     "ValidationException: The requestItems parameter is required for BatchWriteItem"},
    {kBatchWriteItemInput, R"({"RequestItems":{"abc":[]}})",
     "ValidationException: 1 validation error detected: Value '{abc=[]}' at 'requestItems' failed "
     "to "
     "satisfy constraint: Map value must satisfy constraint: [Member must have length less than or "
     "equal to 25, Member must have length greater than or equal to 1]"},
    {kBatchGetItemInput, R"({"RequestItems":{"abc":{"Keys":[]}}})",
     "ValidationException: 1 validation error detected: Value at "
     "'RequestItems.abc.member.Keys' failed to satisfy constraint: Member must have length greater "
     "than or equal to 1"},
    // An ARN is a table's name of its own length.
    {kBatchGetItemInput,
     R"({"RequestItems":{"arn:aws:dynamodb:us-east-1:000000000000:table/a":{"Keys":[{}]}}})", "OK"},
    // What isn't built is refused by name, last.
    {kCreateTableInput, R"({"TableName":"abc","AttributeDefinitions":[],"KeySchema":[
        {"AttributeName":"a","KeyType":"HASH"}],"GlobalTableSourceArn":"a"})",
     "ValidationException: Millrace does not support the parameter GlobalTableSourceArn of X yet"},
};

TEST(ShapeCheckTest, ReportsTheFirstErrorAsAwsDoes) {
  for (const Row& row : kRows) EXPECT_EQ(FirstError(row.input, row.json), row.error) << row.json;
}

TEST(ShapeCheckTest, StopsAtTenErrors) {
  std::string json = R"({"TableName":"abc","AttributeDefinitions":[{})";
  for (int i = 0; i < 9; ++i) json += ",{}";
  const std::string error = FirstError(kCreateTableInput, json + "]}");
  EXPECT_EQ(error.find("ValidationException: 10 validation errors detected: "), 0u) << error;
}

TEST(ShapeCheckTest, ShowsLongValuesCutOffBetweenCharacters) {
  std::string name = "a";  // so that the last place is inside a character
  for (int i = 0; i < 200000; ++i) name += "\xc3\xa9";
  const std::string error =
      FirstError(kCreateTableInput, R"({"TableName":")" + name +
                                        R"(","AttributeDefinitions":[],"KeySchema":[{
        "AttributeName":"a","KeyType":"HASH"}]})");
  EXPECT_NE(error.find("\xc3\xa9...' at 'tableName'"), error.npos) << error.substr(0, 100);
}

TEST(ShapeCheckTest, FindsWrongTypesWithinAttributeValues) {
  JsonParser parser;
  const auto json = parser.Parse(R"({"TableName":"abc","Item":{"a":{"S":1}}})");
  ASSERT_TRUE(json.ok());
  EXPECT_TRUE(CheckTypes(*json, kPutItemInput).ok());
  EXPECT_EQ(CheckAttributeShapes(*json, kPutItemInput).ToString(),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
}

}  // namespace
}  // namespace millrace
