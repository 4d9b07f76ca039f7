#include "server/daemon/daemon.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectors/cdc/cdc_service.h"
#include "engine/base/clock.h"
#include "engine/base/fault_point.h"
#include "engine/database.h"
#include "server/daemon/log_keepers.h"
#include "server/daemon/open_files.h"
#include "server/daemon/stderr_log.h"
#include "server/daemon/stop_signal.h"
#include "server/http/http_server.h"
#include "server/native/native_server.h"
#include "server/protocol/protocol_service.h"
#include "server/protocol/throughput.h"
#include "server/protocol/transact_tokens.h"
#include "server/version.h"
#include "streams/commit_watch.h"
#include "streams/reader_pins.h"
#include "streams/retention.h"
#include "streams/stream_service.h"
#include "triggers/process/spawner.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

constexpr std::chrono::seconds kRetentionInterval{60};

// Left alone, glibc learns from a few large requests to keep what large ones free.
void GiveBackLargeBlocks() {
  constexpr int kLarge = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kLarge);
}

// How many files may be opened; warns when that is too few.
uint64_t TakeOpenFiles(const ServeOptions& options, Log* log) {
  const uint64_t open_files = RaiseOpenFilesLimit();
  const std::string missing = MissingDescriptorsText(open_files, options.connections_max);
  if (!missing.empty()) log->Warning(missing);
  return open_files;
}

unsigned RequestThreads(const ServeOptions& options) {
  if (options.threads != 0) return options.threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

DatabaseOptions DatabaseOptionsOf(const ServeOptions& options, const Clock* clock) {
  DatabaseOptions database;
  database.directory = options.data_directory;
  database.sync = options.sync;
  database.block_cache_size = options.block_cache_mb << 20;
  database.clock = clock;
  database.expiry_interval = options.ttl_delay;
  return database;
}

SandboxOptions SandboxOptionsOf(const ServeOptions& options) {
  SandboxOptions sandbox;
  sandbox.store_directory = options.data_directory + "/handlers";
  sandbox.unsandboxed_handlers = options.allow_unsandboxed_handlers;
  return sandbox;
}

// Without a sandbox the server runs, and refuses functions with the reason.
TriggerOptions TriggerOptionsOf(const ServeOptions& options, const ArnScope& scope, Log* log) {
  TriggerOptions triggers;
  triggers.scope = scope;
  triggers.sandbox = ProbeSandbox(SandboxOptionsOf(options));
  triggers.sandboxed = !options.allow_unsandboxed_handlers;
  if (!triggers.sandbox.ok()) {
    log->Warning("functions are refused: " + triggers.sandbox.message());
  } else if (!triggers.sandboxed) {
    log->Warning("handlers run WITHOUT a sandbox, with the rights of this server");
  }
  return triggers;
}

HttpServerOptions HttpOptionsOf(const ServeOptions& options, uint64_t open_files) {
  HttpServerOptions http;
  http.host = options.host;
  http.port = options.port;
  http.threads = RequestThreads(options);
  http.connections_max = ConnectionsWithin(open_files, options.connections_max);
  http.bytes_in_flight_max = options.request_memory_mb << 20;
  http.idle_timeout = options.idle_timeout;
  return http;
}

// Those that are there from the start.
Services PlainServices(const ServeOptions& options, const Clock* clock, Log* log,
                       const ArnScope& scope, const std::string& scratch,
                       const std::atomic<bool>* stopping) {
  Services services;
  services.clock = clock;
  services.log = log;
  services.scope = scope;
  services.started_micros = clock->WallMicros();
  services.sync = options.sync;
  services.scratch_directory = scratch;
  services.stopping = stopping;
  return services;
}

Status StartNative(const ServeOptions& options, const Services& services, NativeServer* native) {
  const Result<std::string> endpoint = NativeEndpointOf(options);
  if (!endpoint.ok() && options.native.empty()) {  // nobody asked for it
    services.log->Warning("without the native protocol: " + endpoint.status().message());
    return Status::Ok();
  }
  RETURN_IF_ERROR(endpoint.status());
  if (endpoint->empty()) return Status::Ok();
  NativeServerOptions native_options;
  native_options.endpoint = *endpoint;
  native_options.version = std::string(kVersion);
  return native->Start(services, std::move(native_options));
}

void Announce(const std::string& url, const NativeServer& native) {
  std::printf("Millrace is listening on %s\n", url.c_str());
  if (!native.endpoint().empty()) {
    std::printf("The native protocol is spoken on %s\n", native.endpoint().c_str());
  }
  std::fflush(stdout);
}

ProtocolOptions ProtocolOptionsOf(const HttpServer& http) {
  ProtocolOptions protocol;
  for (size_t i = 0; i < http.thread_count(); ++i) {
    protocol.request_threads.push_back(http.io_thread(i));
  }
  protocol.pool_threads = std::max<size_t>(2, http.thread_count());
  return protocol;
}

// What a person can do about a directory that doesn't open.
std::string_view AdviceFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDirectoryInUse:
      return "Stop the other server, or choose another directory with --data.";
    case ErrorCode::kUnsupportedFormat:
      return "Use the Millrace that wrote it, or a later one.";
    case ErrorCode::kCorruption:
      return "Nothing was changed. Restore the directory from a copy, or keep it for inspection "
             "and "
             "start with an empty one.";
    default:
      return "";
  }
}

std::string UrlOf(const ServeOptions& options, uint16_t port) {
  const bool v6 = options.host.find(':') != options.host.npos;
  return "http://" + (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(port);
}

// Listens for both protocols and says where.
Status OpenDoors(const ServeOptions& options, const Services& services, ProtocolService* protocol,
                 HttpServer* http, NativeServer* native) {
  if (const Status listens = http->Start(protocol); !listens.ok()) {
    return Status(listens.code(), listens.message() + ". Another address: --listen HOST:PORT");
  }
  if (const Status spoken = StartNative(options, services, native); !spoken.ok()) {
    return Status(spoken.code(), "the native protocol: " + spoken.message());
  }
  Announce(UrlOf(options, http->port()), *native);
  return Status::Ok();
}

int Refuse(std::string_view what, const Status& why) {
  const std::string_view advice = AdviceFor(why.code());
  std::fprintf(stderr, "millrace: %.*s: %s\n%.*s%s", static_cast<int>(what.size()), what.data(),
               why.message().c_str(), static_cast<int>(advice.size()), advice.data(),
               advice.empty() ? "" : "\n");
  return 1;
}

int Close(Database* database) {
  const Status closed = database->Close();
  return closed.ok() ? 0 : Refuse("did not close cleanly", closed);
}

// Where verifications work, without what one left that was killed. Of the directory's owner: the
// database is open.
std::string FreshScratch(const ServeOptions& options) {
  std::string directory = options.data_directory + "/scratch";
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return directory;
}

CdcOptions CdcOptionsOf(const ServeOptions& options, Log* log) {
  CdcOptions cdc;
  cdc.region = options.region;
  cdc.report = [log](const std::string& text) { log->Warning(text); };
  return cdc;
}

void RunRetention(Retention* retention, Log* log) {
  const Result<RetentionReport> report = retention->Run();
  if (!report.ok()) return log->Error("retention: " + report.status().ToString());
  if (report->bytes_freed > 0) {
    log->Info("retention freed " + std::to_string(report->bytes_freed) + " bytes of the log");
  }
}

// All that there are, unless a signal comes.
int RunTokenSweep(TransactionTokenSweep* tokens, StopSignal* stop_signal, Log* log) {
  while (true) {
    const Result<bool> all = tokens->Step();
    if (!all.ok()) log->Error("tokens of transactions: " + all.status().ToString());
    if (!all.ok() || *all) return 0;
    if (const int signal = stop_signal->WaitFor(std::chrono::milliseconds(0))) return signal;
  }
}

void RunUntilStopped(StopSignal* stop_signal, Retention* retention, Database* database,
                     const Clock* clock, Log* log) {
  TransactionTokenSweep tokens(database, clock);
  int signal = 0;
  while (signal == 0 && (signal = stop_signal->WaitFor(kRetentionInterval)) == 0) {
    RunRetention(retention, log);
    signal = RunTokenSweep(&tokens, stop_signal, log);
  }
  log->Info(std::string("stopping: ") + strsignal(signal));
}

}  // namespace

int Serve(const ServeOptions& options) {
  StopSignal stop_signal;
  ArmFaultPointsFromEnvironment();
  GiveBackLargeBlocks();
  const std::unique_ptr<Log> log = NewStderrLog();
  const SystemClock clock;
  std::atomic<bool> stopping{false};

  // Destroyed last: commits are completed on their threads' queues.
  HttpServer http(HttpOptionsOf(options, TakeOpenFiles(options, log.get())));
  NativeServer native;

  Result<std::unique_ptr<Database>> opened = Database::Open(DatabaseOptionsOf(options, &clock));
  if (!opened.ok()) return Refuse("cannot open " + options.data_directory, opened.status());
  const std::unique_ptr<Database> database = std::move(opened).value();
  const std::string scratch = FreshScratch(options);
  const ArnScope scope{options.region, "000000000000"};
  const StreamService streams(database.get(), &clock, scope);
  CommitWatch commits(database.get());

  Result<std::unique_ptr<Spawner>> spawner = MakeSandboxSpawner(SandboxOptionsOf(options));
  if (!spawner.ok()) return Refuse("cannot keep handlers", spawner.status());
  Result<std::unique_ptr<TriggerService>> triggers = TriggerService::Start(
      database.get(), spawner->get(), &clock, TriggerOptionsOf(options, scope, log.get()));
  if (!triggers.ok()) return Refuse("cannot start the triggers", triggers.status());

  Result<std::unique_ptr<CdcService>> cdc = CdcService::Start(
      database.get(), FileSystem::Posix(), &clock, CdcOptionsOf(options, log.get()));
  if (!cdc.ok()) return Refuse("cannot start the CDC pipelines", cdc.status());

  Services services = PlainServices(options, &clock, log.get(), scope, scratch, &stopping);
  services.database = database.get();
  services.streams = &streams;
  services.triggers = triggers->get();
  services.cdc = cdc->get();
  services.commits = &commits;
  ThroughputLimiter throughput(&clock);
  services.throughput = &throughput;
  ReaderPins reader_pins;
  services.reader_pins = &reader_pins;
  ProtocolService protocol(services, ProtocolOptionsOf(http));
  LogKeepers keepers(triggers->get(), cdc->get(), database.get(), &reader_pins);
  Retention retention(database.get(), &clock, keepers.All());

  if (const Status opened_doors = OpenDoors(options, services, &protocol, &http, &native);
      !opened_doors.ok()) {
    return Refuse("cannot start", opened_doors);
  }
  RunUntilStopped(&stop_signal, &retention, database.get(), &clock, log.get());
  stopping = true;
  commits.Stop();       // whoever waits for a table's changes is answered now
  (*triggers)->Stop();  // whoever waits for a function's output is answered now
  native.Stop();
  http.Stop();
  protocol.Stop();
  (*cdc)->Stop();
  return Close(database.get());
}

}  // namespace millrace
