#pragma once

#include "server/protocol/common_shapes.h"
#include "server/protocol/shape.h"

// Shapes of the operations on tables.
namespace millrace {

inline constexpr Shape kKeyAttributeName = StringOf(1, 255);

inline constexpr std::string_view kAttributeTypeValues[] = {"B", "N", "S"};
inline constexpr Shape kAttributeType = EnumOf(kAttributeTypeValues);
inline constexpr Member kAttributeDefinitionMembers[] = {
    {"AttributeType", &kAttributeType, Presence::kRequired},
    {"AttributeName", &kKeyAttributeName, Presence::kRequired},
};
inline constexpr Shape kAttributeDefinition =
    StructureOf("AttributeDefinition", kAttributeDefinitionMembers);
inline constexpr Shape kAttributeDefinitions = ListOf(&kAttributeDefinition);

inline constexpr std::string_view kKeyTypeValues[] = {"HASH", "RANGE"};
inline constexpr Shape kKeyType = EnumOf(kKeyTypeValues);
inline constexpr Member kKeySchemaElementMembers[] = {
    {"AttributeName", &kKeyAttributeName, Presence::kRequired},
    {"KeyType", &kKeyType, Presence::kRequired},
};
inline constexpr Shape kKeySchemaElement =
    StructureOf("KeySchemaElement", kKeySchemaElementMembers);
inline constexpr Shape kKeySchema = ListOf(&kKeySchemaElement, 1, 2);

inline constexpr std::string_view kBillingModeValues[] = {"PROVISIONED", "PAY_PER_REQUEST"};
inline constexpr Shape kBillingMode = EnumOf(kBillingModeValues);

inline constexpr Shape kPositiveLong = NumberOf(ShapeKind::kLong, 1);
inline constexpr Member kProvisionedThroughputMembers[] = {
    {"WriteCapacityUnits", &kPositiveLong, Presence::kRequired},
    {"ReadCapacityUnits", &kPositiveLong, Presence::kRequired},
};
inline constexpr Shape kProvisionedThroughput =
    StructureOf("ProvisionedThroughput", kProvisionedThroughputMembers);

inline constexpr std::string_view kStreamViewTypeValues[] = {"OLD_IMAGE", "KEYS_ONLY",
                                                             "NEW_AND_OLD_IMAGES", "NEW_IMAGE"};
inline constexpr Shape kStreamViewType = EnumOf(kStreamViewTypeValues);
inline constexpr Member kStreamSpecificationMembers[] = {
    {"StreamEnabled", &kAnyBoolean, Presence::kRequired},
    {"StreamViewType", &kStreamViewType},
};
inline constexpr Shape kStreamSpecification =
    StructureOf("StreamSpecification", kStreamSpecificationMembers);

inline constexpr Shape kAnyLong = PlainOf(ShapeKind::kLong);
inline constexpr Member kOnDemandThroughputMembers[] = {
    {"MaxReadRequestUnits", &kAnyLong},
    {"MaxWriteRequestUnits", &kAnyLong},
};
inline constexpr Shape kOnDemandThroughput =
    StructureOf("OnDemandThroughput", kOnDemandThroughputMembers);
inline constexpr Member kWarmThroughputMembers[] = {
    {"ReadUnitsPerSecond", &kAnyLong},
    {"WriteUnitsPerSecond", &kAnyLong},
};
inline constexpr Shape kWarmThroughput = StructureOf("WarmThroughput", kWarmThroughputMembers);

inline constexpr std::string_view kSseTypeValues[] = {"AES256", "KMS"};
inline constexpr Shape kSseType = EnumOf(kSseTypeValues);
inline constexpr Shape kKmsMasterKeyId = StringOf(1, INT64_MAX);
inline constexpr Member kSseSpecificationMembers[] = {
    {"Enabled", &kAnyBoolean},
    {"SSEType", &kSseType},
    {"KMSMasterKeyId", &kKmsMasterKeyId},
};
inline constexpr Shape kSseSpecification =
    StructureOf("SSESpecification", kSseSpecificationMembers);

// Lengths and characters of tags are reported in words of their own: tag_rules.h.
inline constexpr Member kTagMembers[] = {
    {"Key", &kAnyText},
    {"Value", &kAnyText},
};
inline constexpr Shape kTag = StructureOf("Tag", kTagMembers);
inline constexpr Shape kTags = ListOf(&kTag);

// Of parameters that aren't built, only as much as tells that they are there.
inline constexpr Shape kUnbuiltStructure = EmptyStructure("Structure");
inline constexpr Shape kUnbuiltList = ListOf(&kUnbuiltStructure);

}  // namespace millrace
