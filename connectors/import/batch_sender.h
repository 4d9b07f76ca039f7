#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/import/write_batch.h"
#include "engine/base/random.h"
#include "engine/base/status.h"

namespace millrace {

// An item that the server did not take although it passed the checks here.
struct RefusedItem {
  Mark mark;
  std::string reason;
};

// How one batch gets to the table, whatever happens on the way: a pure state machine. What comes
// back as unprocessed, is throttled, or finds no server is sent again after a wait that doubles; a
// batch that is refused is halved until the item that is the reason stands alone, so that the
// others are written. It gives up when nothing has been written for `patience`.
class BatchSender {
 public:
  struct Options {
    std::string table;
    int64_t patience_ms = 60'000;
  };
  struct Action {
    enum class Kind { kSend, kWait, kDone, kFail };
    Kind kind = Kind::kDone;
    std::string body;     // kSend
    int64_t wait_ms = 0;  // kWait; OnWaited is to follow
    Status failure;       // kFail
  };

  // All outlive it. `schema` tells the keys of what comes back.
  BatchSender(const WriteBatch* batch, const KeySchema* schema, const Options* options,
              Random* random);

  Action Start();
  Action OnReply(int http_status, std::string_view body);
  // Nobody answered, or the connection broke: what was sent may have been written or not.
  Action OnNoAnswer(const Status& reason);
  Action OnWaited() { return Send(); }

  const std::vector<RefusedItem>& refused() const { return refused_; }
  uint64_t retries() const { return retries_; }

  static constexpr int64_t kWaitMin = 50;     // ms, the first
  static constexpr int64_t kWaitMax = 5'000;  // ms

 private:
  Action Send();
  Action Next();
  Action WaitAfter(std::string reason);
  Action OnError(int http_status, std::string_view body);
  Action Refuse(std::string reason);
  Action OnUnprocessed(std::string_view body);

  const WriteBatch* const batch_;
  const KeySchema* const schema_;
  const Options* const options_;
  Random* const random_;
  std::vector<std::vector<size_t>> groups_;  // still to be written; the last is under way
  std::vector<RefusedItem> refused_;
  uint64_t retries_ = 0;
  int64_t wait_ms_ = kWaitMin;  // the next wait
  int64_t waited_ms_ = 0;       // since something was written
};

}  // namespace millrace
