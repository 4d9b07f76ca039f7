#include "server/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>

#include "server/cli/exit_code.h"
#include "server/cli/help.h"
#include "server/cli/suggest.h"
#include "server/version.h"

namespace millrace {
namespace {

// The tree as CLI11's, and what became of it.
struct Parser {
  const Command* common;
  std::map<const CLI::App*, const Command*> commands;
  Status wrong;  // the first value that was refused
};

CLI::Option* AddOption(const CommandOption& option, CLI::App* app, Parser* parser) {
  const auto assign = [&option, parser](const std::vector<std::string>& values) {
    if (parser->wrong.ok()) parser->wrong = option.Assign(values);
  };
  if (option.flag()) {
    return app->add_flag_callback(option.names(), [assign] { assign({}); });
  }
  CLI::Option* added = app->add_option(option.names(), [assign](const CLI::results_t& values) {
    assign(values);
    return true;
  });
  if (option.positional() && option.repeats()) {
    added->expected(static_cast<int>(option.least_count()), CLI::detail::expected_max_vector_size);
    added->allow_extra_args();  // Assign counts
  } else if (option.repeats()) {
    added->expected(1)->take_all();
  } else {
    added->expected(1)->take_last();
  }
  if (option.required()) added->required();
  return added;
}

// The tree is ours, so its depth is known.
void AddCommand(const Command& command, CLI::App* app, Parser* parser) {
  parser->commands[app] = &command;
  app->set_help_flag("--help,-h");
  app->formatter(std::make_shared<CLI::FormatterLambda>(
      [&command, parser](const CLI::App*, std::string, CLI::AppFormatMode) {
        return HelpOf(command, *parser->common);
      }));
  for (const auto& option : command.options()) AddOption(*option, app, parser);
  if (command.run()) {
    for (const auto& option : parser->common->options()) AddOption(*option, app, parser);
  }
  if (command.children().empty()) return;
  app->require_subcommand(1);
  for (const auto& child : command.children()) {
    AddCommand(*child, app->add_subcommand(child->text().name, child->text().summary), parser);
  }
}

const CLI::App* Deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

ParsedLine NotUnderstood(const Command& command, const std::string& what) {
  ParsedLine line;
  line.exit_code = kExitUsage;
  line.text =
      "millrace: " + what + "\n" + UsageOf(command) + "\nMore: " + command.Path() + " --help\n";
  line.wrong = what;
  return line;
}

std::vector<std::string> NamesBelow(const Command& command) {
  std::vector<std::string> names;
  for (const auto& child : command.children()) names.push_back(child->text().name);
  return names;
}

std::vector<std::string> OptionNames(const Command& command, const Command& common) {
  std::vector<std::string> names = {"--help"};
  const auto add = [&names](const Command& from) {
    for (const auto& option : from.options()) {
      if (option->positional()) continue;
      for (std::string& name : option->EachName()) names.push_back(std::move(name));
    }
  };
  add(command);
  if (command.run()) add(common);
  return names;
}

std::string DidYouMean(const std::string& wanted, const std::vector<std::string>& names) {
  const std::vector<std::string> close = CloseNames(wanted, names);
  return close.empty() ? "" : "; did you mean " + OrList(close) + "?";
}

// A group without a command of it.
ParsedLine NoSuchCommand(const Command& group, const std::vector<std::string>& rest,
                         const Command& common) {
  if (rest.empty()) return {nullptr, HelpOf(group, common), kExitUsage};
  if (rest[0][0] == '-') {
    return NotUnderstood(group, group.Path() + " has no option " + rest[0] +
                                    DidYouMean(rest[0], OptionNames(group, common)));
  }
  return NotUnderstood(group, "there is no command '" + (group.Path() + " " + rest[0]) + "'" +
                                  DidYouMean(rest[0], NamesBelow(group)));
}

ParsedLine Explain(const CLI::ParseError& error, const CLI::App& app, const Parser& parser) {
  const CLI::App* deepest = Deepest(&app);
  const Command& command = *parser.commands.at(deepest);
  const std::vector<std::string> rest = app.remaining(true);
  if (!command.children().empty()) return NoSuchCommand(command, rest, *parser.common);
  if (!rest.empty() && rest[0].size() > 1 && rest[0][0] == '-') {
    return NotUnderstood(command, command.Path() + " has no option " + rest[0] +
                                      DidYouMean(rest[0], OptionNames(command, *parser.common)));
  }
  if (!rest.empty() && dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) {
    return NotUnderstood(command, "'" + rest[0] + "' is one argument too many");
  }
  const std::string_view text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr &&
      text.find("missing") != text.npos) {
    return NotUnderstood(command, std::string(text.substr(0, text.find(':'))) + " needs a value");
  }
  return NotUnderstood(command, error.what());
}

const char* FirstOf(std::initializer_list<const char*> names, const char* absent) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return absent;
}

}  // namespace

CommonOptions CommonOptions::FromEnvironment() {
  CommonOptions options;
  options.endpoint = FirstOf({"MILLRACE_ENDPOINT"}, "http://127.0.0.1:8000");
  options.region = FirstOf({"AWS_REGION", "AWS_DEFAULT_REGION"}, "us-east-1");
  return options;
}

namespace {

Status CheckRegion(const std::string& region) {
  const bool plain = !region.empty() && region.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyz0123456789-") == region.npos;
  if (plain) return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue, "'" + region + "' is not like us-east-1");
}

}  // namespace

void AddCommonOptions(Command* common, CommonOptions* options) {
  common
      ->Option("--endpoint", &options->endpoint, "URL",
               "The server; also from the environment's MILLRACE_ENDPOINT")
      .Default(options->endpoint);
  common
      ->Option("--region", &options->region, "REGION",
               "The region that requests are for; also from AWS_REGION")
      .Check(CheckRegion)
      .Default(options->region);
  common->Flag("--json", &options->json, "For machines: the server's replies as they are");
}

ParsedLine ParseCommandLine(const Command& root, const Command& common, int argc,
                            const char* const* argv) {
  Parser parser{&common, {}, Status::Ok()};
  CLI::App app(root.text().summary);
  app.set_version_flag("--version", "millrace " + std::string(kVersion));
  AddCommand(root, &app, &parser);
  std::vector<const CLI::Option*> before;  // common options before the command
  for (const auto& option : common.options()) before.push_back(AddOption(*option, &app, &parser));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return {nullptr, std::string(version.what()) + "\n", kExitOk};
  } catch (const CLI::CallForHelp&) {
    return {nullptr, HelpOf(*parser.commands.at(Deepest(&app)), common), kExitOk};
  } catch (const CLI::ParseError& error) {
    return Explain(error, app, parser);
  }
  const Command* command = parser.commands.at(Deepest(&app));
  for (const CLI::Option* option : before) {
    if (command->run() || option->count() == 0) continue;
    return NotUnderstood(*command, option->get_name() + " is of commands that ask a server");
  }
  if (!parser.wrong.ok()) return NotUnderstood(*command, parser.wrong.message());
  return {command, "", kExitOk};
}

}  // namespace millrace
