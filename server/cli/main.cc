#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>

#include "server/cli/commands.h"
#include "server/cli/trigger_commands.h"
#include "server/daemon/daemon.h"
#include "server/version.h"

// The command line `millrace`. Exit status: 0 done; 1 it failed, and stderr says why; 2 it was not
// understood.
namespace millrace {
namespace {

constexpr int kFailed = 1;
constexpr int kNotUnderstood = 2;

int Complain(const Status& status) {
  std::fprintf(stderr, "millrace: %s\n", status.message().c_str());
  return kFailed;
}

struct CommandLine {
  ServeOptions serve;
  std::string listen = "127.0.0.1:8000";
  std::string durability = "sync";
  std::string endpoint = "http://127.0.0.1:8000";
  bool json = false;
  HistoryCommand history;
  std::string table;
  CreateFunctionCommand function;
  CreateMappingCommand mapping;
  std::string name;
  bool follow = false;
  std::function<int()> action;
};

int RunServe(CommandLine* line) {
  const Result<ListenAddress> address = ParseListenAddress(line->listen);
  if (!address.ok()) return Complain(address.status());
  line->serve.host = address->host;
  line->serve.port = address->port;
  line->serve.sync = line->durability == "sync";
  return Serve(line->serve);
}

int RunCommand(const CommandLine& line, const std::function<Status(const CommandContext&)>& run) {
  const Result<Endpoint> endpoint = ParseEndpoint(line.endpoint);
  if (!endpoint.ok()) return Complain(endpoint.status());
  ApiClient api(*endpoint);
  const Status status = run(CommandContext{&api, line.json});
  return status.ok() ? 0 : Complain(status);
}

void AddServe(CLI::App* app, CommandLine* line) {
  CLI::App* serve = app->add_subcommand("serve", "Run a server until it is told to stop");
  ServeOptions* options = &line->serve;
  serve->add_option("--data", options->data_directory, "Directory of the data; made if missing")
      ->required()
      ->type_name("DIR");
  serve->add_option("--listen", line->listen, "Where to listen; port 0 picks a free one")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  serve
      ->add_option(
          "--durability", line->durability,
          "sync: a reply waits for the disk; os: the operating system writes when it likes, "
          "and a power failure loses what it had not")
      ->check(CLI::IsMember({"sync", "os"}))
      ->capture_default_str();
  serve->add_option("--region", options->region, "The region it says it is")->capture_default_str();
  serve->add_option("--threads", options->threads, "Request threads; 0: one for each processor")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  serve->add_option("--block-cache-mb", options->block_cache_mb, "Memory for cached data, in MB")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  serve->add_flag("--allow-unsandboxed-handlers", options->allow_unsandboxed_handlers,
                  "Run handlers without a sandbox where none can be had");
  serve->callback([line] { line->action = [line] { return RunServe(line); }; });
}

// A command that asks a server.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& what,
                     CommandLine* line, std::function<Status(const CommandContext&)> run) {
  CLI::App* command = parent->add_subcommand(name, what);
  command->add_option("--endpoint", line->endpoint, "The server")
      ->capture_default_str()
      ->envname("MILLRACE_ENDPOINT")
      ->type_name("URL");
  command->add_flag("--json", line->json, "Print the server's replies as they are");
  command->callback([line, run = std::move(run)] {
    line->action = [line, run] { return RunCommand(*line, run); };
  });
  return command;
}

void AddCommands(CLI::App* app, CommandLine* line) {
  AddCommand(app, "status", "What the server is and has", line, ShowStatus);

  CLI::App* table = app->add_subcommand("table", "Tables");
  table->require_subcommand(1);
  AddCommand(table, "list", "All tables", line, ListTablesCommand);

  CLI::App* history = AddCommand(
      app, "history", "Every version of one item, from the log", line,
      [line](const CommandContext& context) { return ShowHistory(context, line->history); });
  history->add_option("table", line->history.table, "The table")->required();
  history
      ->add_option("key", line->history.key,
                   "The values of the key, partition key first; or the key in DynamoDB's JSON")
      ->required()
      ->expected(1, 2);

  CLI::App* verify = AddCommand(
      app, "verify", "Rebuild a table from its log and compare", line,
      [line](const CommandContext& context) { return VerifyTableCommand(context, line->table); });
  verify->add_option("table", line->table, "The table")->required();
}

void AddFunctionCommands(CLI::App* app, CommandLine* line) {
  CLI::App* function =
      app->add_subcommand("function", "Functions: handlers that are called for changes");
  function->require_subcommand(1);
  CreateFunctionCommand* spec = &line->function;
  CLI::App* create = AddCommand(
      function, "create", "Make a function of an executable built with the SDK", line,
      [spec](const CommandContext& context) { return CreateFunctionOf(context, *spec); });
  create->add_option("name", spec->name, "Its name")->required();
  create->add_option("path", spec->path, "The executable; it is copied")->required();
  create->add_option("--timeout", spec->timeout_seconds, "Seconds that one call may take");
  create->add_option("--memory", spec->memory_mb, "MB of memory that it may use");
  create->add_option("--env", spec->environment, "NAME=VALUE of its environment; may be repeated");
  create->add_option("--description", spec->description, "For people");
  AddCommand(function, "list", "All functions", line, ListFunctionsOf);
  CLI::App* remove = AddCommand(
      function, "delete", "Delete a function that no mapping uses", line,
      [line](const CommandContext& context) { return DeleteFunctionOf(context, line->name); });
  remove->add_option("name", line->name, "Its name")->required();

  CLI::App* logs = AddCommand(app, "logs", "What a function printed", line,
                              [line](const CommandContext& context) {
                                return ShowLogs(context, line->name, line->follow);
                              });
  logs->add_option("name", line->name, "The function")->required();
  logs->add_flag("--follow,-f", line->follow, "Go on as it prints more");
}

void AddMappingCommands(CLI::App* app, CommandLine* line) {
  CLI::App* mapping =
      app->add_subcommand("mapping", "Event source mappings: which table calls which function");
  mapping->require_subcommand(1);
  CreateMappingCommand* spec = &line->mapping;
  CLI::App* create =
      AddCommand(mapping, "create", "Call a function for every change of a table", line,
                 [spec](const CommandContext& context) { return CreateMappingOf(context, *spec); });
  create->add_option("function", spec->function, "The function")->required();
  create->add_option("source", spec->source, "A table with its stream on, or a stream's ARN")
      ->required();
  create
      ->add_option("--starting-position", spec->starting_position,
                   "TRIM_HORIZON: from the oldest record on; LATEST: from now on")
      ->check(CLI::IsMember({"TRIM_HORIZON", "LATEST"}))
      ->capture_default_str();
  create->add_option("--batch-size", spec->batch_size, "Records of one call, at most");
  create->add_option("--max-retries", spec->maximum_retry_attempts,
                     "Attempts after the first; -1: for ever");
  create->add_option("--dead-letter-table", spec->dead_letter_table,
                     "Where records go whose attempts are used up");
  AddCommand(mapping, "list", "All mappings and how far they are", line, ListMappingsOf);
  CLI::App* remove = AddCommand(
      mapping, "delete", "Delete a mapping", line,
      [line](const CommandContext& context) { return DeleteMappingOf(context, line->name); });
  remove->add_option("uuid", line->name, "Its id")->required();
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Millrace: tables with the DynamoDB API, a change log, and handlers for every change.");
  app.set_version_flag("--version", "millrace " + std::string(kVersion));
  app.require_subcommand(1);
  CommandLine line;
  AddServe(&app, &line);
  AddCommands(&app, &line);
  AddFunctionCommands(&app, &line);
  AddMappingCommands(&app, &line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kNotUnderstood;
  }
  return line.action();
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  return millrace::Main(argc, argv);
}
