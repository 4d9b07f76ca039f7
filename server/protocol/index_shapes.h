#pragma once

#include "server/protocol/common_shapes.h"
#include "server/protocol/shape.h"
#include "server/protocol/table_shapes.h"

// Shapes of secondary indexes in the operations on tables.
namespace millrace {

inline constexpr std::string_view kProjectionTypeValues[] = {"ALL", "INCLUDE", "KEYS_ONLY"};
inline constexpr Shape kProjectionType = EnumOf(kProjectionTypeValues);
inline constexpr Shape kNonKeyAttributes = ListOf(&kKeyAttributeName, 1, 20);
inline constexpr Member kProjectionMembers[] = {
    {"ProjectionType", &kProjectionType},
    {"NonKeyAttributes", &kNonKeyAttributes},
};
inline constexpr Shape kProjection = StructureOf("Projection", kProjectionMembers);

// How many attributes of each kind is reported in words of their own.
inline constexpr Shape kGlobalIndexKeySchema = ListOf(&kKeySchemaElement, 1);

inline constexpr Member kGlobalSecondaryIndexMembers[] = {
    {"Projection", &kProjection, Presence::kRequired},
    {"IndexName", &kIndexName, Presence::kRequired},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kGlobalIndexKeySchema, Presence::kRequired},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
};
inline constexpr Shape kGlobalSecondaryIndex =
    StructureOf("GlobalSecondaryIndex", kGlobalSecondaryIndexMembers);
inline constexpr Shape kGlobalSecondaryIndexes = ListOf(&kGlobalSecondaryIndex);

inline constexpr Member kLocalSecondaryIndexMembers[] = {
    {"Projection", &kProjection, Presence::kRequired},
    {"IndexName", &kIndexName, Presence::kRequired},
    {"KeySchema", &kKeySchema, Presence::kRequired},
};
inline constexpr Shape kLocalSecondaryIndex =
    StructureOf("LocalSecondaryIndex", kLocalSecondaryIndexMembers);
inline constexpr Shape kLocalSecondaryIndexes = ListOf(&kLocalSecondaryIndex);

// Members of UpdateTable's GlobalSecondaryIndexUpdates.
inline constexpr Shape kCreateIndexAction =
    StructureOf("CreateGlobalSecondaryIndexAction", kGlobalSecondaryIndexMembers);
inline constexpr Member kUpdateIndexMembers[] = {
    {"IndexName", &kIndexName, Presence::kRequired},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"OnDemandThroughput", &kOnDemandThroughput},
    {"WarmThroughput", &kWarmThroughput},
};
inline constexpr Shape kUpdateIndexAction =
    StructureOf("UpdateGlobalSecondaryIndexAction", kUpdateIndexMembers);
inline constexpr Member kDeleteIndexMembers[] = {
    {"IndexName", &kIndexName, Presence::kRequired},
};
inline constexpr Shape kDeleteIndexAction =
    StructureOf("DeleteGlobalSecondaryIndexAction", kDeleteIndexMembers);
inline constexpr Member kIndexUpdateMembers[] = {
    {"Update", &kUpdateIndexAction},
    {"Create", &kCreateIndexAction},
    {"Delete", &kDeleteIndexAction},
};
inline constexpr Shape kIndexUpdate =
    StructureOf("GlobalSecondaryIndexUpdate", kIndexUpdateMembers);
inline constexpr Shape kIndexUpdates = ListOf(&kIndexUpdate);

}  // namespace millrace
