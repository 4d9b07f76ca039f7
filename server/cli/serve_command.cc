#include "server/cli/serve_command.h"

#include <cstdio>

#include "server/cli/exit_code.h"
#include "server/daemon/daemon.h"

namespace millrace {
namespace {

struct ServeLine {
  ServeOptions options;
  std::string listen = "127.0.0.1:8000";
  std::string durability = "sync";
  int64_t threads = 0;
  int64_t block_cache_mb = 256;
  int64_t max_connections = 16 * 1024;
  int64_t request_memory_mb = 256;
  int64_t idle_timeout = 120;
  int64_t ttl_delay = 1;
};

int RunServe(ServeLine* line) {
  const Result<ListenAddress> address = ParseListenAddress(line->listen);
  if (!address.ok()) {
    std::fprintf(stderr, "millrace: %s\n", address.status().message().c_str());
    return kExitFailed;
  }
  line->options.host = address->host;
  line->options.port = address->port;
  line->options.sync = line->durability == "sync";
  line->options.threads = static_cast<unsigned>(line->threads);
  line->options.block_cache_mb = static_cast<uint64_t>(line->block_cache_mb);
  line->options.connections_max = static_cast<size_t>(line->max_connections);
  line->options.request_memory_mb = static_cast<uint64_t>(line->request_memory_mb);
  line->options.idle_timeout = std::chrono::seconds(line->idle_timeout);
  line->options.ttl_delay = std::chrono::seconds(line->ttl_delay);
  return Serve(line->options);
}

}  // namespace

void AddServeCommand(Command* root) {
  const auto line = std::make_shared<ServeLine>();
  Command& serve = root->Add(
      {"serve",
       "Run a server until it is told to stop",
       "Prints where it listens once it answers. SIGTERM or Ctrl-C stops it cleanly, a second one "
       "at once; what it acknowledged is safe either way.",
       {"millrace serve --data ./data", "millrace serve --data /srv/millrace --listen 127.0.0.1:0"},
       "millrace status in another terminal; any DynamoDB client with its endpoint set to the "
       "address."});
  serve
      .Option("--data", &line->options.data_directory, "DIR",
              "Directory of the data; made if missing")
      .Required()
      .Kind(ValueKind::kDirectory);
  serve.Option("--listen", &line->listen, "HOST:PORT", "Where to listen; port 0 picks a free one")
      .Default(line->listen);
  serve
      .Option(
          "--durability", &line->durability, "HOW",
          "sync: a reply waits for the disk; os: the operating system writes when it likes, and "
          "a power failure loses what it had not")
      .OneOf({"sync", "os"})
      .Default(line->durability);
  serve.Option("--native", &line->options.native, "ENDPOINT",
               "Where to speak the native protocol: ipc://PATH, tcp://127.0.0.1:PORT or off; a "
               "socket in the data directory if it isn't said");
  serve.Option("--region", &line->options.region, "REGION", "The region it says it is")
      .Default(line->options.region);
  serve.Option("--threads", &line->threads, "N", "Request threads; 0: one for each processor")
      .Within(0, 256)
      .Default("0");
  serve.Option("--block-cache-mb", &line->block_cache_mb, "MB", "Memory for cached data")
      .Within(8, 1 << 20)
      .Default("256");
  serve
      .Option("--max-connections", &line->max_connections, "N",
              "Connections at once; one more is answered 503 and closed")
      .Within(1, 1 << 20)
      .Default("16384");
  serve
      .Option("--request-memory-mb", &line->request_memory_mb, "MB",
              "Memory for large requests and replies under way; beyond it requests are throttled")
      .Within(16, 1 << 20)
      .Default("256");
  serve
      .Option("--idle-timeout", &line->idle_timeout, "SECONDS",
              "How long a connection may be silent between requests")
      .Within(1, 24 * 60 * 60)
      .Default("120");
  serve
      .Option("--ttl-delay", &line->ttl_delay, "SECONDS",
              "How long an item may outlive its time to live")
      .Within(1, 48 * 60 * 60)
      .Default("1");
  serve.Flag("--allow-unsandboxed-handlers", &line->options.allow_unsandboxed_handlers,
             "Run handlers without a sandbox where none can be had");
  serve.RunHere([line] { return RunServe(line.get()); });
}

}  // namespace millrace
