#include "sdk/error_code_named.h"

namespace millrace {

ErrorCode ErrorCodeNamed(std::string_view name) {
// The first row of a name is the one that travels.
#define MILLRACE_ERROR(code, wire_name, prefix, http_status, retryable) \
  if (name == wire_name) return ErrorCode::code;
#include "engine/base/errors.def"
#undef MILLRACE_ERROR
  return ErrorCode::kInternal;
}

}  // namespace millrace
