#include "triggers/trigger_specs.h"

#include <algorithm>
#include <cctype>

namespace millrace {
namespace {

Status Invalid(std::string message) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(message));
}

// "1 validation error detected: Value '...' at '...' failed to satisfy constraint: ...".
Status Constraint(const std::string& value, const std::string& member, const std::string& rule) {
  return Invalid("1 validation error detected: Value '" + value + "' at '" + member +
                 "' failed to satisfy constraint: " + rule);
}

template <typename T>
Status CheckRange(T value, T low, T high, const std::string& member) {
  if (value > high) {
    return Constraint(std::to_string(value), member,
                      "Member must have value less than or equal to " + std::to_string(high));
  }
  if (value < low) {
    return Constraint(std::to_string(value), member,
                      "Member must have value greater than or equal to " + std::to_string(low));
  }
  return Status::Ok();
}

// [a-zA-Z]([a-zA-Z0-9_])+: two characters at least, as with Lambda.
bool IsVariableName(std::string_view name) {
  if (name.size() < 2 || std::isalpha(static_cast<unsigned char>(name[0])) == 0) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Status CheckEnvironment(const EnvironmentVariables& environment) {
  size_t size = 0;
  for (const auto& [name, value] : environment) {
    if (!IsVariableName(name)) {
      // Lambda doesn't show what may be a secret.
      return Invalid(
          "1 validation error detected: Value at 'environment.variables' failed to satisfy "
          "constraint: Map keys must satisfy constraint: [Member must satisfy regular expression "
          "pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
    }
    if (name.rfind("MILLRACE_", 0) == 0) {
      return Invalid(
          "Lambda was unable to configure your environment variables because the environment "
          "variables you have provided contains reserved keys that are currently not supported for "
          "modification. Reserved keys used in this request: " +
          name);
    }
    if (value.find('\0') != std::string::npos) {
      return Invalid("The value of environment variable " + name + " contains a NUL character.");
    }
    size += name.size() + value.size();
  }
  if (size > kFunctionEnvironmentSizeMax) {
    return Invalid(
        "Lambda was unable to configure your environment variables because the environment "
        "variables "
        "you have provided exceeded the 4KB limit.");
  }
  return Status::Ok();
}

}  // namespace

std::string FunctionArn(const ArnScope& scope, std::string_view name) {
  return "arn:aws:lambda:" + scope.region + ":" + scope.account + ":function:" + std::string(name);
}

std::string_view FunctionNameOf(std::string_view name_or_arn) {
  const size_t at = name_or_arn.find("function:");
  return at == std::string_view::npos ? name_or_arn : name_or_arn.substr(at + 9);
}

Status CheckFunctionSpec(const FunctionSpec& spec) {
  const bool good = std::all_of(spec.name.begin(), spec.name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (spec.name.empty() || !good) {
    return Constraint(spec.name, "functionName",
                      "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+");
  }
  if (spec.name.size() > kFunctionNameSizeMax) {
    return Constraint(spec.name, "functionName",
                      "Member must have length less than or equal to 64");
  }
  if (spec.description.size() > kFunctionDescriptionSizeMax) {
    return Constraint(spec.description, "description",
                      "Member must have length less than or equal to 256");
  }
  RETURN_IF_ERROR(
      CheckRange(spec.timeout_seconds, kFunctionTimeoutMin, kFunctionTimeoutMax, "timeout"));
  RETURN_IF_ERROR(CheckRange(spec.memory_mb, kFunctionMemoryMin, kFunctionMemoryMax, "memorySize"));
  RETURN_IF_ERROR(CheckRange(spec.processes, uint32_t{1}, kFunctionProcessesMax, "processes"));
  return CheckEnvironment(spec.environment);
}

bool IsTableName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

Result<std::string> DeadLetterTableOf(const ArnScope& scope, std::string_view name_or_arn) {
  std::string_view name = name_or_arn;
  if (name.rfind("arn:", 0) == 0) {
    const std::string prefix = "arn:aws:dynamodb:" + scope.region + ":" + scope.account + ":table/";
    if (name.rfind("arn:aws:dynamodb:", 0) == 0 && name.rfind(prefix, 0) != 0) {
      return Invalid("The dead-letter table " + std::string(name_or_arn) +
                     " is not of this region and account: its ARN would begin with " + prefix);
    }
    name = name.substr(std::min(prefix.size(), name.size()));
  }
  if (IsTableName(name)) return std::string(name);
  return Constraint(std::string(name_or_arn), "destinationConfig.onFailure.destination",
                    "Member must be a table's name, [a-zA-Z0-9_.-]{3,255}, or its ARN");
}

namespace {

// The texts of these three could not be seen: they name the member and the rule of Lambda's API
// reference.
Status CheckRecordAge(int32_t seconds) {
  if (seconds == -1 || seconds >= kRecordAgeMin) return Status::Ok();
  return Invalid("MaximumRecordAgeInSeconds must be -1, or between " +
                 std::to_string(kRecordAgeMin) + " and " + std::to_string(kRecordAgeMax) + ".");
}

}  // namespace

Status CheckStartingPosition(const MappingSpec& spec, int64_t now_micros) {
  const bool at_timestamp = spec.starting_position == StartingPosition::kAtTimestamp;
  if (at_timestamp && spec.starting_timestamp_micros == 0) {
    return Invalid("StartingPositionTimestamp is required for StartingPosition AT_TIMESTAMP.");
  }
  if (!at_timestamp && spec.starting_timestamp_micros != 0) {
    return Invalid("StartingPositionTimestamp is only valid for StartingPosition AT_TIMESTAMP.");
  }
  if (spec.starting_timestamp_micros > now_micros) {
    return Invalid("StartingPositionTimestamp cannot be in the future.");
  }
  return Status::Ok();
}

Status CheckMappingSpec(const MappingSpec& spec) {
  RETURN_IF_ERROR(CheckRange(spec.batch_size, uint32_t{1}, kBatchSizeMax, "batchSize"));
  RETURN_IF_ERROR(CheckRange(spec.maximum_retry_attempts, int32_t{-1}, kRetryAttemptsMax,
                             "maximumRetryAttempts"));
  RETURN_IF_ERROR(CheckRange(spec.batching_window_seconds, uint32_t{0}, kBatchingWindowMax,
                             "maximumBatchingWindowInSeconds"));
  RETURN_IF_ERROR(CheckRange(spec.maximum_record_age_seconds, int32_t{-1}, kRecordAgeMax,
                             "maximumRecordAgeInSeconds"));
  RETURN_IF_ERROR(CheckRange(spec.parallelization_factor, uint32_t{1}, kParallelizationFactorMax,
                             "parallelizationFactor"));
  return CheckRecordAge(spec.maximum_record_age_seconds);
}

MappingSpec Updated(MappingSpec spec, const MappingUpdate& update) {
  const auto take = [](const auto& from, auto* to) {
    if (from) *to = *from;
  };
  if (update.function) spec.function = std::string(FunctionNameOf(*update.function));
  take(update.batch_size, &spec.batch_size);
  take(update.maximum_retry_attempts, &spec.maximum_retry_attempts);
  take(update.batching_window_seconds, &spec.batching_window_seconds);
  take(update.maximum_record_age_seconds, &spec.maximum_record_age_seconds);
  take(update.bisect_batch_on_function_error, &spec.bisect_batch_on_function_error);
  take(update.report_batch_item_failures, &spec.report_batch_item_failures);
  take(update.parallelization_factor, &spec.parallelization_factor);
  take(update.enabled, &spec.enabled);
  take(update.dead_letter_table, &spec.dead_letter_table);
  return spec;
}

}  // namespace millrace
