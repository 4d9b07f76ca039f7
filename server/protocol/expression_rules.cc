#include "server/protocol/expression_rules.h"

#include <string>
#include <utility>

#include "server/protocol/legacy_parameters.h"
#include "server/protocol/older_values.h"

namespace millrace {
namespace {

// {A, B}: those of `names` that are there; empty when none is.
std::string Present(const Members& input, ConstantSpan<std::string_view> names,
                    std::string_view except = {}) {
  std::string text;
  for (const std::string_view name : names) {
    if (name != except && input.Has(name)) text.append(text.empty() ? "{" : ", ").append(name);
  }
  return text.empty() ? text : text + "}";
}

std::string Joined(ConstantSpan<std::string_view> names, std::string_view separator) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : separator).append(name);
  return text;
}

Status AddNames(JsonValue names, Placeholders* placeholders) {
  if (names.size() == 0) return Status::Validation("ExpressionAttributeNames must not be empty");
  return names.ForEachMember([placeholders](std::string_view name, JsonValue value) {
    return placeholders->AddName(name, value.string());
  });
}

Status AddValues(JsonValue values, ValueLayer layer, Placeholders* placeholders) {
  if (values.size() == 0) return Status::Validation("ExpressionAttributeValues must not be empty");
  return values.ForEachMember([layer, placeholders](std::string_view name, JsonValue json) {
    Result<Value> value = DecodeExpressionValue(json, layer);
    if (layer == ValueLayer::kOlder) value = WithOlderError(json, std::move(value));
    if (!value.ok()) {
      if (!value.status().Is(ErrorCode::kValidation) || layer == ValueLayer::kCurrent) {
        return value.status();
      }
      return Status::Validation("ExpressionAttributeValues contains invalid value: " +
                                value.status().message() + " for key " + std::string(name));
    }
    return placeholders->AddValue(name, *value);
  });
}

}  // namespace

Status CheckExpressionRules(const Members& input, const ExpressionRules& rules) {
  const std::string expressions = Present(input, rules.expressions);
  if (!expressions.empty()) {
    // KeyConditions alone go together with the other expressions.
    const bool keys_mix = !input.Has("KeyConditionExpression");
    const std::string legacy = Present(input, rules.legacy, keys_mix ? "KeyConditions" : "");
    if (!legacy.empty()) {
      return Status::Validation(
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: " +
          legacy + " Expression parameters: " + expressions);
    }
  }
  RETURN_IF_ERROR(CheckConditionalOperator(input));
  if (expressions.empty() && input.Has("ExpressionAttributeNames")) {
    return Status::Validation(
        "ExpressionAttributeNames can only be specified when using expressions");
  }
  if (rules.with_values.size > 0 && input.Has("ExpressionAttributeValues") &&
      Present(input, rules.with_values).empty()) {
    return Status::Validation(
        "ExpressionAttributeValues can only be specified when using expressions: " +
        Joined(rules.with_values, " and ") + (rules.with_values.size == 1 ? " is" : " are") +
        " null");
  }
  return Status::Ok();
}

Result<Placeholders> ReadNamePlaceholders(const Members& input) {
  Placeholders placeholders;
  if (const auto names = input.Find("ExpressionAttributeNames")) {
    RETURN_IF_ERROR(AddNames(*names, &placeholders));
  }
  return placeholders;
}

Result<Placeholders> ReadPlaceholders(const Members& input, ValueLayer layer) {
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadNamePlaceholders(input));
  if (const auto values = input.Find("ExpressionAttributeValues")) {
    RETURN_IF_ERROR(AddValues(*values, layer, &placeholders));
  }
  return placeholders;
}

}  // namespace millrace
