#include "server/protocol/not_built.h"

#include <string>

namespace millrace {

Status NotBuilt(const Operation& operation) {
  return Status::Validation("Millrace does not support the operation " +
                            std::string(operation.name()) + " yet");
}

Status NotBuilt(const Operation& operation, std::string_view what) {
  return Status::Validation("Millrace does not support " + std::string(what) + " of " +
                            std::string(operation.name()) + " yet");
}

}  // namespace millrace
