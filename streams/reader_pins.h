#pragma once

#include <list>
#include <mutex>
#include <vector>

#include "streams/retention.h"

// Keeps the log for readers that need all of it from some commit on and end with the process at the
// latest: a call, such as an audit, or a replay. Thread-safe; nothing of it is stored.
namespace millrace {

class ReaderPins final : public LogPinSource {
 public:
  // While it lives, what is in the log from `pin.keep_from` on stays there, within the bounds of
  // all pins. A run of the retention that had asked for the pins before may still free some: the
  // reader then meets the end of the log, as it does when it is overrun.
  class Hold {
   public:
    Hold(ReaderPins* pins, LogPin pin);  // `pins` outlives it
    ~Hold();
    // What is before `from` has been read. Never back.
    void Advance(Lsn from);
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    ReaderPins* pins_;
    std::list<LogPin>::iterator held_;
  };

  std::vector<LogPin> Pins() override;
  // The reader meets the end of the log and says so.
  Status OnOverrun(const LogPin&, Lsn) override { return Status::Ok(); }

 private:
  std::mutex mutex_;
  std::list<LogPin> held_;
};

}  // namespace millrace
