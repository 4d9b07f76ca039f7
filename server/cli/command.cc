#include "server/cli/command.h"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

Status Invalid(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

std::optional<int64_t> NumberOf(const std::string& text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

CommandOption::CommandOption(std::string names, ValueTarget target, std::string value_name,
                             std::string what)
    : names_(std::move(names)),
      target_(target),
      value_name_(std::move(value_name)),
      what_(std::move(what)) {
  MILLRACE_CHECK(!names_.empty() && names_ != "-");
}

CommandOption& CommandOption::Required() {
  required_ = true;
  return *this;
}

CommandOption& CommandOption::Kind(ValueKind kind) {
  kind_ = kind;
  return *this;
}

CommandOption& CommandOption::OneOf(std::vector<std::string> choices) {
  choices_ = std::move(choices);
  return *this;
}

CommandOption& CommandOption::Within(int64_t least, int64_t most) {
  range_ = std::make_pair(least, most);
  return *this;
}

CommandOption& CommandOption::Count(size_t least, size_t most) {
  least_count_ = least;
  most_count_ = most;
  return *this;
}

CommandOption& CommandOption::Default(std::string text) {
  default_text_ = std::move(text);
  return *this;
}

CommandOption& CommandOption::Check(std::function<Status(const std::string&)> check) {
  check_ = std::move(check);
  return *this;
}

std::vector<std::string> CommandOption::EachName() const {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= names_.size();) {
    const size_t end = std::min(names_.find(',', begin), names_.size());
    names.push_back(names_.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

std::string CommandOption::assigned_text() const {
  if (const auto* text = std::get_if<std::string*>(&target_)) return **text;
  if (const auto* text = std::get_if<std::optional<std::string>*>(&target_)) {
    return (*text)->value_or("");
  }
  return "";
}

Status CommandOption::CheckValue(const std::string& value) const {
  const std::string name = EachName()[0];
  if (!choices_.empty() && std::find(choices_.begin(), choices_.end(), value) == choices_.end()) {
    return Invalid(name + " is one of " + Joined(choices_) + ", not '" + value + "'");
  }
  const bool number = std::holds_alternative<int64_t*>(target_) ||
                      std::holds_alternative<std::optional<int64_t>*>(target_);
  if (number) {
    const std::optional<int64_t> parsed = NumberOf(value);
    if (!parsed) return Invalid(name + " is a whole number, not '" + value + "'");
    if (range_ && (*parsed < range_->first || *parsed > range_->second)) {
      return Invalid(name + " is from " + std::to_string(range_->first) + " to " +
                     std::to_string(range_->second) + ", not " + value);
    }
  }
  if (check_) {
    if (const Status status = check_(value); !status.ok()) {
      return Invalid(name + ": " + status.message());
    }
  }
  return Status::Ok();
}

Status CommandOption::Assign(const std::vector<std::string>& values) const {
  if (flag()) {
    *std::get<bool*>(target_) = true;
    return Status::Ok();
  }
  for (const std::string& value : values) RETURN_IF_ERROR(CheckValue(value));
  if (values.size() > most_count_) {
    return Invalid("'" + values[most_count_] + "' is one argument too many");
  }
  if (repeats()) {
    *std::get<std::vector<std::string>*>(target_) = values;
    return Status::Ok();
  }
  const std::string& value = values.back();
  if (const auto* text = std::get_if<std::string*>(&target_)) {
    **text = value;
  } else if (const auto* maybe = std::get_if<std::optional<std::string>*>(&target_)) {
    **maybe = value;
  } else if (const auto* number = std::get_if<int64_t*>(&target_)) {
    **number = *NumberOf(value);
  } else {
    *std::get<std::optional<int64_t>*>(target_) = NumberOf(value);
  }
  return Status::Ok();
}

Command& Command::Add(CommandText text) {
  children_.push_back(std::make_unique<Command>(std::move(text)));
  children_.back()->parent_ = this;
  return *children_.back();
}

CommandOption& Command::Argument(std::string name, ValueTarget target, std::string what) {
  return Option(std::move(name), target, "", std::move(what)).Required();
}

CommandOption& Command::Option(std::string names, ValueTarget target, std::string value_name,
                               std::string what) {
  options_.push_back(std::make_unique<CommandOption>(std::move(names), target,
                                                     std::move(value_name), std::move(what)));
  return *options_.back();
}

CommandOption& Command::Flag(std::string names, bool* target, std::string what) {
  return Option(std::move(names), target, "", std::move(what));
}

Command& Command::Run(std::function<Status(const CommandContext&)> run) {
  run_ = std::move(run);
  return *this;
}

Command& Command::RunHere(std::function<int()> run) {
  run_here_ = std::move(run);
  return *this;
}

std::string Command::Path() const {
  return parent_ == nullptr ? text_.name : parent_->Path() + " " + text_.name;
}

}  // namespace millrace
