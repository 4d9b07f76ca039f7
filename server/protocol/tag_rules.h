#pragma once

#include <map>
#include <string>

#include "engine/base/status.h"
#include "engine/json/json.h"

// Tags of a table, as CreateTable, TagResource and UntagResource change them: all of a request's or
// none. Source: "Tag" in the API reference and "Tagging restrictions" in the developer guide; texts
// as public measurements of the service show them.
namespace millrace {

using Tags = std::map<std::string, std::string>;
constexpr size_t kTagsMax = 50;
constexpr size_t kTagKeySizeMax = 128;    // characters
constexpr size_t kTagValueSizeMax = 256;  // characters

// Adds a list of {Key, Value} to those that are there.
Status MergeTags(JsonValue list, Tags* tags);
// Takes away those with a list of keys; one that isn't there is no error.
Status RemoveTags(JsonValue keys, Tags* tags);

}  // namespace millrace
