#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/status.h"

// The tree of the command line as data: what is parsed (command_line.h), explained (help.h) and
// completed (completion.h) is all made from it, so that the three cannot disagree.
namespace millrace {

struct CommandContext;

// What a value names: so that a shell can complete it, and that an error can offer close names.
enum class ValueKind : uint8_t { kText, kTable, kFunction, kMapping, kPipeline, kFile, kDirectory };

// Where a value goes. A vector takes as many values as `Count` allows.
using ValueTarget = std::variant<bool*, std::string*, std::optional<std::string>*, int64_t*,
                                 std::optional<int64_t>*, std::vector<std::string>*>;

// An argument ("table") or an option ("--follow,-f"). The targets outlive the tree.
class CommandOption {
 public:
  CommandOption(std::string names, ValueTarget target, std::string value_name, std::string what);

  CommandOption& Required();
  CommandOption& Kind(ValueKind kind);
  CommandOption& OneOf(std::vector<std::string> choices);
  CommandOption& Within(int64_t least, int64_t most);                     // of a number
  CommandOption& Count(size_t least, size_t most);                        // of a vector's values
  CommandOption& Default(std::string text);                               // shown in the help
  CommandOption& Check(std::function<Status(const std::string&)> check);  // of each value

  // Sets the target. Error: kInvalidParameterValue, naming the option and what it takes.
  Status Assign(const std::vector<std::string>& values) const;

  bool positional() const { return names_[0] != '-'; }
  bool flag() const { return std::holds_alternative<bool*>(target_); }
  bool repeats() const { return std::holds_alternative<std::vector<std::string>*>(target_); }
  const std::string& names() const { return names_; }
  // Each of "--follow,-f".
  std::vector<std::string> EachName() const;
  const std::string& value_name() const { return value_name_; }
  const std::string& what() const { return what_; }
  const std::string& default_text() const { return default_text_; }
  bool required() const { return required_; }
  ValueKind kind() const { return kind_; }
  const std::vector<std::string>& choices() const { return choices_; }
  size_t least_count() const { return least_count_; }
  size_t most_count() const { return most_count_; }
  // What was assigned to a text; empty before, and for others.
  std::string assigned_text() const;

 private:
  Status CheckValue(const std::string& value) const;

  const std::string names_;
  const ValueTarget target_;
  const std::string value_name_;
  const std::string what_;
  std::string default_text_;
  bool required_ = false;
  ValueKind kind_ = ValueKind::kText;
  std::vector<std::string> choices_;
  std::optional<std::pair<int64_t, int64_t>> range_;
  size_t least_count_ = 1;
  size_t most_count_ = SIZE_MAX;
  std::function<Status(const std::string&)> check_;
};

// How a command explains itself. Every command has a summary; every one that runs has an example.
struct CommandText {
  std::string name;
  std::string summary;                     // one line, no full stop
  std::string details = {};                // paragraphs
  std::vector<std::string> examples = {};  // whole lines: "millrace table list"
  std::string next = {};                   // what one does next, a sentence or two
};

// A command, or a group of commands.
class Command {
 public:
  explicit Command(CommandText text) : text_(std::move(text)) {}
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // References stay valid as long as the tree.
  Command& Add(CommandText text);
  CommandOption& Argument(std::string name, ValueTarget target, std::string what);
  // `value_name` is shown in the help: N, DIR, TIME. `names` is "--batch-size" or "--from,-f".
  CommandOption& Option(std::string names, ValueTarget target, std::string value_name,
                        std::string what);
  CommandOption& Flag(std::string names, bool* target, std::string what);

  // A command that asks a server: takes --endpoint, --json and --region too. The Status it returns
  // decides the exit code (exit_code.h); its text is for stderr.
  Command& Run(std::function<Status(const CommandContext&)> run);
  // One that needs no server and answers with an exit code.
  Command& RunHere(std::function<int()> run);

  const CommandText& text() const { return text_; }
  const Command* parent() const { return parent_; }
  const std::vector<std::unique_ptr<Command>>& children() const { return children_; }
  const std::vector<std::unique_ptr<CommandOption>>& options() const { return options_; }
  const std::function<Status(const CommandContext&)>& run() const { return run_; }
  const std::function<int()>& run_here() const { return run_here_; }
  // "millrace table list"
  std::string Path() const;

 private:
  const CommandText text_;
  const Command* parent_ = nullptr;
  std::vector<std::unique_ptr<Command>> children_;
  std::vector<std::unique_ptr<CommandOption>> options_;
  std::function<Status(const CommandContext&)> run_;
  std::function<int()> run_here_;
};

}  // namespace millrace
