#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "sdk/frames.h"

namespace millrace {

using FindTableFunction = std::function<TableRef(std::string_view name)>;

// Writes and what their expressions refer to; to be kept until they are planned.
struct HandlerWrites {
  std::vector<Placeholders> placeholders;
  std::vector<WriteRequest> requests;
};

// The writes that a handler asks for, as the engine takes them: checked as the API checks a
// client's (table, key against its schema, item size, expressions, placeholders all used). Errors:
// kResourceNotFound, kValidation, with which write it is. Pure.
Result<HandlerWrites> MakeWrites(const std::vector<TableWrite>& writes,
                                 const FindTableFunction& find_table);

}  // namespace millrace
