#include "engine/base/status.h"

#include <array>

namespace millrace {
namespace {

constexpr ErrorInfo kErrors[] = {
#define MILLRACE_ERROR(code, name, prefix, http_status, retryable) \
  {name, prefix, http_status, retryable},
#include "engine/base/errors.def"
#undef MILLRACE_ERROR
};

}  // namespace

const ErrorInfo& InfoOf(ErrorCode code) {
  return kErrors[static_cast<size_t>(code)];
}

const std::string& Status::message() const {
  static const std::string empty;
  return error_ ? error_->message : empty;
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(InfoOf(error_->code).name) + ": " + error_->message;
}

}  // namespace millrace
