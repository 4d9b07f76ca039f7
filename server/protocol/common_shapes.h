#pragma once

#include <string_view>

#include "server/protocol/shape.h"

// Shapes that several operations share.
namespace millrace {

// [a-zA-Z0-9_.-]+
bool IsResourceName(std::string_view text);
// The same, or an ARN, which AWS takes wherever it takes a table's name; or nothing, of which only
// the length is reported.
bool IsTableNameOrArn(std::string_view text);
// "The parameter 'TableName' is required but was not present in the request": as the operations on
// tables, rather than items, report it.
Status CheckTableNameThere(std::optional<JsonValue> name);
// A length reported in words of its own, where there is a name.
Status CheckTableNameLength(std::optional<JsonValue> name);
Status CheckIndexNameLength(std::optional<JsonValue> name);

inline constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";

constexpr Shape NameOf(int64_t min, int64_t max, bool (*matches)(std::string_view)) {
  Shape shape = StringOf(min, max);
  shape.pattern = kNamePattern;
  shape.matches = matches;
  return shape;
}

constexpr Shape LengthFirst(Shape shape) {
  shape.length_first = true;
  return shape;
}

constexpr Shape OrArn(Shape shape) {
  shape.takes_arn = true;
  return shape;
}

// The data plane's. An ARN's length has another bound: see ResolveTableName in table_name.h.
inline constexpr Shape kTableName = NameOf(1, 1024, IsTableNameOrArn);
// The keys of a batch's RequestItems.
inline constexpr Shape kBatchTableName = NameOf(3, 255, IsTableNameOrArn);
// Which of two errors comes first is what public measurements of the service show.
inline constexpr Shape kPlainTableName = NameOf(3, 255, IsResourceName);
inline constexpr Shape kControlTableName = LengthFirst(OrArn(kPlainTableName));
// The table that an operation of the control plane is about.
inline constexpr Member kTableNameMember = {"TableName", &kControlTableName, Presence::kRequired,
                                            CheckTableNameThere};
inline constexpr Member kTableNameOnly[] = {kTableNameMember};
inline constexpr Shape kIndexName = LengthFirst(NameOf(3, 255, IsResourceName));
inline constexpr Shape kTableArn = StringOf(1, 1024);

inline constexpr Shape kAnyText = StringOf();
inline constexpr Shape kAnyBoolean = PlainOf(ShapeKind::kBoolean);
inline constexpr Shape kAttributeValue = PlainOf(ShapeKind::kAttributeValue);
inline constexpr Shape kAttributeMap = PlainOf(ShapeKind::kAttributeMap);
inline constexpr Shape kPositiveInteger = NumberOf(ShapeKind::kInteger, 1);
inline constexpr Shape kAnyNumber = PlainOf(ShapeKind::kDouble);

inline constexpr Shape kAttributeName = StringOf(INT64_MIN, 65535);
inline constexpr Shape kAttributeNames = MapOf(&kAttributeName);
inline constexpr Shape kAttributeNameList = ListOf(&kAttributeName, 1, 255);

inline constexpr std::string_view kReturnConsumedCapacityValues[] = {"INDEXES", "TOTAL", "NONE"};
inline constexpr Shape kReturnConsumedCapacity = EnumOf(kReturnConsumedCapacityValues);
inline constexpr std::string_view kReturnItemCollectionMetricsValues[] = {"SIZE", "NONE"};
inline constexpr Shape kReturnItemCollectionMetrics = EnumOf(kReturnItemCollectionMetricsValues);
inline constexpr std::string_view kReturnValuesValues[] = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                           "NONE", "UPDATED_NEW"};
inline constexpr Shape kReturnValues = EnumOf(kReturnValuesValues);
inline constexpr std::string_view kReturnValuesOnFailureValues[] = {"ALL_OLD", "NONE"};
inline constexpr Shape kReturnValuesOnFailure = EnumOf(kReturnValuesOnFailureValues);
inline constexpr std::string_view kSelectValues[] = {"SPECIFIC_ATTRIBUTES", "COUNT",
                                                     "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
inline constexpr Shape kSelect = EnumOf(kSelectValues);
inline constexpr std::string_view kConditionalOperatorValues[] = {"OR", "AND"};
inline constexpr Shape kConditionalOperator = EnumOf(kConditionalOperatorValues);
inline constexpr std::string_view kComparisonOperatorValues[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",      "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS"};
inline constexpr Shape kComparisonOperator = EnumOf(kComparisonOperatorValues);

// The legacy conditions, so that their types and constraints are reported as AWS does.
inline constexpr Shape kAttributeValueList = ListOf(&kAttributeValue);
inline constexpr Member kExpectedMembers[] = {
    {"AttributeValueList", &kAttributeValueList},
    {"ComparisonOperator", &kComparisonOperator},
    {"Exists", &kAnyBoolean},
    {"Value", &kAttributeValue},
};
inline constexpr Shape kExpectedValue = StructureOf("ExpectedAttributeValue", kExpectedMembers);
inline constexpr Shape kExpected = MapOf(&kExpectedValue);
inline constexpr Member kLegacyConditionMembers[] = {
    {"AttributeValueList", &kAttributeValueList},
    {"ComparisonOperator", &kComparisonOperator, Presence::kRequired},
};
inline constexpr Shape kLegacyCondition = StructureOf("Condition", kLegacyConditionMembers);
inline constexpr Shape kLegacyConditions = MapOf(&kLegacyCondition);

}  // namespace millrace
