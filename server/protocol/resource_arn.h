#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/table.h"
#include "server/protocol/call.h"

// The resource that tags and policies belong to: a table, or one of its streams, by its ARN. A bare
// name is none. Texts as public measurements of the service show them.
namespace millrace {

// AWS words them in two ways.
enum class ArnWords : uint8_t { kTags, kPolicy };

struct Resource {
  TableRef table;
  std::string part;  // of the ARN behind the table's name: "" or "stream/LABEL"
};

// Errors: kValidation (not an ARN of a table or stream of this region and account),
// kAccessDenied (tags of another account's), kResourceNotFound.
Result<Resource> FindResource(const Call& call, std::string_view arn, ArnWords words);

}  // namespace millrace
