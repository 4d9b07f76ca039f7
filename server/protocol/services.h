#pragma once

#include <atomic>
#include <string>

#include "engine/base/clock.h"
#include "engine/database.h"
#include "streams/stream_service.h"

namespace millrace {

class CommitWatch;
class Log;
class CdcService;
class ReaderPins;
class ThroughputLimiter;
class TriggerService;

// What operations work on; wired by the daemon. All outlive the ProtocolService.
struct Services {
  Database* database = nullptr;
  const StreamService* streams = nullptr;
  TriggerService* triggers = nullptr;
  CdcService* cdc = nullptr;
  CommitWatch* commits = nullptr;           // null: nobody waits for the log
  ThroughputLimiter* throughput = nullptr;  // null: no table is limited
  ReaderPins* reader_pins = nullptr;        // null: nothing is trimmed
  const Clock* clock = nullptr;
  Log* log = nullptr;
  ArnScope scope;                 // region and account
  std::string scratch_directory;  // where VerifyTable rebuilds; made when needed
  int64_t started_micros = 0;
  bool sync = true;                             // the durability
  const std::atomic<bool>* stopping = nullptr;  // long work gives up when it becomes true
};

}  // namespace millrace
