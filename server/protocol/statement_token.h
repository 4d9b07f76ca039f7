#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/model/schema.h"
#include "engine/table.h"

// NextToken of ExecuteStatement: where a SELECT goes on. It holds everything that is needed, so
// that it stays good over a restart, and a code that only the table's own secrets make: a token
// that was changed, or is another statement's, is refused.
namespace millrace {

struct SelectPosition {
  uint32_t query = 0;            // which of the SELECT's key conditions
  std::optional<ItemKey> after;  // in it; from its beginning when absent
  IndexKey after_index;          // with `after`, when an index is read
};

// `request` is what both calls must have in common: the statement and its parameters.
std::string EncodeNextToken(const Table& table, std::string_view request,
                            const SelectPosition& position);
// "Invalid NextToken", "NextToken does not match request".
Result<SelectPosition> DecodeNextToken(const Table& table, std::string_view request,
                                       std::string_view token);

}  // namespace millrace
