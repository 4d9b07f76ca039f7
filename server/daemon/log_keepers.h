#pragma once

#include <vector>

#include "connectors/cdc/cdc_service.h"
#include "engine/database.h"
#include "server/daemon/trigger_pins.h"
#include "streams/reader_pins.h"
#include "streams/retention.h"
#include "streams/table_copy.h"
#include "triggers/handler_jobs.h"
#include "triggers/trigger_service.h"

namespace millrace {

// Everybody for whom the log is kept beyond its retention: the daemon's retention asks these. Who
// has something to read and isn't here finds it trimmed.
class LogKeepers {
 public:
  // All outlive it.
  LogKeepers(TriggerService* triggers, CdcService* cdc, const Database* database,
             ReaderPins* readers)
      : mappings_(triggers),
        replays_(triggers->jobs()->log_readers()),
        pipelines_(cdc),
        copies_(database),
        readers_(readers) {}

  std::vector<LogPinSource*> All() {
    return {&mappings_, replays_, pipelines_, &copies_, readers_};
  }

 private:
  TriggerPins mappings_;
  LogPinSource* replays_;
  CdcService* pipelines_;
  TableCopyPins copies_;
  ReaderPins* readers_;  // calls under way: audits
};

}  // namespace millrace
