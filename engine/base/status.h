#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

// The outcomes a caller can react to; the table with names, wire prefixes and HTTP statuses is
// errors.def.
enum class ErrorCode {
#define MILLRACE_ERROR(code, name, prefix, http_status, retryable) code,
#include "engine/base/errors.def"
#undef MILLRACE_ERROR
};

// One row of errors.def.
struct ErrorInfo {
  std::string_view name;
  std::string_view prefix;
  int http_status;
  bool retryable;
};
const ErrorInfo& InfoOf(ErrorCode code);

// OK, or an error code and the text shown to the user. A value type; OK costs one null pointer.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message)
      : error_(std::make_unique<Error>(Error{code, std::move(message)})) {}
  Status(const Status& other)
      : error_(other.error_ ? std::make_unique<Error>(*other.error_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) error_ = other.error_ ? std::make_unique<Error>(*other.error_) : nullptr;
    return *this;
  }
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  static Status Ok() { return {}; }
  // The most frequent error by far.
  static Status Validation(std::string message) {
    return Status(ErrorCode::kValidation, std::move(message));
  }

  bool ok() const { return error_ == nullptr; }
  // Requires !ok().
  ErrorCode code() const {
    MILLRACE_CHECK(error_ != nullptr);
    return error_->code;
  }
  bool Is(ErrorCode code) const { return error_ != nullptr && error_->code == code; }
  const std::string& message() const;
  // "OK" or "ValidationException: text", for logs.
  std::string ToString() const;

 private:
  struct Error {
    ErrorCode code;
    std::string message;
  };
  std::unique_ptr<Error> error_;
};

// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit on purpose
    MILLRACE_CHECK(!status_.ok(), "a Result made of a Status needs an error");
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // The accessors require ok().
  T& value() & {
    MILLRACE_CHECK(ok(), status_.message());
    return *value_;
  }
  const T& value() const& {
    MILLRACE_CHECK(ok(), status_.message());
    return *value_;
  }
  T&& value() && {
    MILLRACE_CHECK(ok(), status_.message());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace millrace

#define MILLRACE_CONCAT_(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_(a, b)

// Returns the error of a Status expression to the caller.
#define RETURN_IF_ERROR(expression)                                               \
  do {                                                                            \
    if (::millrace::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x = value of a Result, or returns its error.
#define ASSIGN_OR_RETURN(lhs, expression) \
  ASSIGN_OR_RETURN_IMPL_(MILLRACE_CONCAT(result_, __LINE__), lhs, expression)
#define ASSIGN_OR_RETURN_IMPL_(result, lhs, expression) \
  auto result = (expression);                           \
  if (!result.ok()) return result.status();             \
  lhs = std::move(result).value()
