#pragma once

#include <cstdint>
#include <functional>
#include <string>
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

// What a reply's batchItemFailures mean, as Lambda takes them.
struct BatchReport {
  size_t finished = 0;  // records before the first that failed; all: the batch is done
  std::string problem;  // when not all
};
// `failed`: indexes as the handler gave them; empty: none failed. One that names no record of the
// batch, or a report that the mapping did not ask for, fails all of it. Source: "Configuring
// partial batch response with DynamoDB and Lambda"; Lambda ignores a report not asked for, which
// would lose the records.
BatchReport ReadReport(const std::vector<uint32_t>& failed, size_t count, bool asked_for);

// The writes that a handler asks for, as the engine takes them: checked as the API checks a
// client's (table, key against its schema, item size, expressions, placeholders all used). Errors:
// kResourceNotFound, kValidation, with which write it is. Pure.
Result<HandlerWrites> MakeWrites(const std::vector<TableWrite>& writes,
                                 const FindTableFunction& find_table);

}  // namespace millrace
