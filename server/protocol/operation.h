#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "server/protocol/expression_rules.h"
#include "server/protocol/shape.h"

namespace millrace {

class Call;

// Where an operation may run. What may wait for the disk, or takes long, must not hold up the other
// connections of a request thread.
enum class RunsOn : uint8_t {
  kRequestThread,
  kPool,
  kLongPool,  // seconds and more
};

// One row of the dispatch table.
struct Operation {
  std::string_view target;  // DynamoDB_20120810.GetItem
  // Null: AWS has it, and it is not built yet.
  const Shape* input = nullptr;
  // Writes the reply to the call; see call.h for calls that end later.
  Status (*run)(Call* call) = nullptr;
  RunsOn runs_on = RunsOn::kPool;
  const ExpressionRules* expressions = nullptr;

  std::string_view name() const { return target.substr(target.find('.') + 1); }
  bool built() const { return run != nullptr; }
};

// All operations there are: the protocol's table of contents.
ConstantSpan<Operation> AllOperations();

}  // namespace millrace
