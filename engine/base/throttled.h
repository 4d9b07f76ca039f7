#pragma once

#include <string>

#include "engine/base/status.h"

namespace millrace {

// A queue is full. Source of the text: "Error handling with DynamoDB" in the developer guide,
// ThrottlingException; not confirmed by a reply of DynamoDB.
inline Status Throttled() {
  return Status(ErrorCode::kThrottling, "Rate of requests exceeds the allowed throughput.");
}

}  // namespace millrace
