#include "streams/retention.h"

#include <algorithm>
#include <utility>

namespace millrace {

Lsn PinBound(const std::vector<SegmentInfo>& segments, int64_t oldest_micros, uint64_t bytes_max) {
  Lsn bound;
  uint64_t bytes = 0;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    bytes += segment->bytes;
    // The active segment can't be freed, so nothing is gained by refusing to keep it.
    const bool keep =
        !segment->sealed || (segment->last_time_micros >= oldest_micros && bytes <= bytes_max);
    if (!keep) break;
    bound = segment->first;
  }
  return bound;
}

TrimPlan PlanTrim(const std::vector<LogPin>& pins, Lsn bound, Lsn end) {
  TrimPlan plan;
  plan.keep_from = end;
  for (size_t i = 0; i < pins.size(); ++i) {
    if (pins[i].keep_from < bound) plan.overrun.push_back(i);
    plan.keep_from = std::min(plan.keep_from, std::max(pins[i].keep_from, bound));
  }
  return plan;
}

Retention::Retention(Database* database, const Clock* clock, std::vector<LogPinSource*> sources,
                     RetentionOptions options)
    : database_(database), clock_(clock), sources_(std::move(sources)), options_(options) {}

// Below the first of these no pin counts: what is too old or too much, but never what is too young
// to be freed anyway.
Lsn Retention::Bound(int64_t now_micros) const {
  const std::vector<SegmentInfo> segments = database_->log()->Segments();
  const int64_t pin_age = std::max(options_.pin_age_micros_max, options_.retention_micros);
  const Lsn held = PinBound(segments, now_micros - pin_age, options_.pin_log_bytes_max);
  const Lsn young = PinBound(segments, now_micros - options_.retention_micros, UINT64_MAX);
  return std::min(held, young);
}

Result<RetentionReport> Retention::Run() {
  const int64_t now = clock_->WallMicros();
  const Lsn bound = Bound(now);
  Lsn keep_from(database_->applied_lsn().value() + 1);
  RetentionReport report;
  for (LogPinSource* source : sources_) {
    const std::vector<LogPin> pins = source->Pins();
    const TrimPlan plan = PlanTrim(pins, bound, keep_from);
    for (const size_t i : plan.overrun) {
      RETURN_IF_ERROR(source->OnOverrun(pins[i], bound));
      report.overrun.push_back(pins[i]);
    }
    keep_from = std::min(keep_from, plan.keep_from);
  }
  ASSIGN_OR_RETURN(report.bytes_freed,
                   database_->TrimLog(keep_from, now - options_.retention_micros));
  report.first_lsn = database_->log()->first_lsn();
  return report;
}

}  // namespace millrace
