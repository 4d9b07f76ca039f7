#pragma once

#include <vector>

#include "streams/retention.h"
#include "triggers/trigger_service.h"

namespace millrace {

// Keeps the log for mappings that have not read it yet.
class TriggerPins final : public LogPinSource {
 public:
  explicit TriggerPins(const TriggerService* triggers) : triggers_(triggers) {}

  std::vector<LogPin> Pins() override {
    const Lsn oldest = triggers_->OldestNeeded();
    if (oldest == Lsn(UINT64_MAX)) return {};
    return {{"event source mappings", oldest}};
  }
  // A mapping counts what it finds trimmed as its own gap.
  Status OnOverrun(const LogPin&, Lsn) override { return Status::Ok(); }

 private:
  const TriggerService* triggers_;
};

}  // namespace millrace
