#pragma once

#include <string>
#include <string_view>

#include "engine/database.h"
#include "engine/model/position.h"

// What every delivery of a batch, live or again, says and understands in the same way. Pure.
namespace millrace {

// Equal for all attempts at the same records: 32 hex digits. `scope`: the mapping, or whatever else
// delivers; `shard`: its id.
std::string IdempotencyKeyOf(std::string_view scope, std::string_view shard, Position first,
                             Position last);

// A failure that says nothing of the batch: tried again without counting.
bool IsSetback(ErrorCode code);

// Why a commit failed: of several writes, the first that did.
Status CauseOf(const CommitResult& result);

}  // namespace millrace
