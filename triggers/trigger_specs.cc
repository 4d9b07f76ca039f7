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

bool IsVariableName(std::string_view name) {
  if (name.empty() || (std::isalpha(static_cast<unsigned char>(name[0])) == 0 && name[0] != '_'))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Status CheckEnvironment(const EnvironmentVariables& environment) {
  size_t size = 0;
  for (const auto& [name, value] : environment) {
    if (!IsVariableName(name)) {
      return Constraint(name, "environment.variables",
                        "Map keys must satisfy constraint: [Member must satisfy regular expression "
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

Result<std::string> DeadLetterTableOf(std::string_view name_or_arn) {
  std::string_view name = name_or_arn;
  if (name.rfind("arn:aws:dynamodb:", 0) == 0) {
    const size_t at = name.find(":table/");
    name = at == std::string_view::npos ? std::string_view() : name.substr(at + 7);
  }
  const bool good = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (good && name.size() >= 3 && name.size() <= 255) return std::string(name);
  return Constraint(std::string(name_or_arn), "destinationConfig.onFailure.destination",
                    "Member must be a table's name, [a-zA-Z0-9_.-]{3,255}, or its ARN");
}

Status CheckMappingSpec(const MappingSpec& spec) {
  RETURN_IF_ERROR(CheckRange(spec.batch_size, uint32_t{1}, kBatchSizeMax, "batchSize"));
  return CheckRange(spec.maximum_retry_attempts, int32_t{-1}, kRetryAttemptsMax,
                    "maximumRetryAttempts");
}

}  // namespace millrace
