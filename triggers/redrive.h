#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/database.h"
#include "triggers/dead_letter_store.h"
#include "triggers/handler_session.h"
#include "triggers/job.h"

namespace millrace {

struct RedriveSpec {
  TableRef table;               // of the dead letters
  std::string mapping;          // whose
  std::string sequence_number;  // of one; empty: all that there are at the start
  std::string source_table;     // its name, for the function
  uint32_t batch_size = 100;
  uint16_t hop_limit = 16;
};

// Delivers a mapping's dead letters again, in the order in which they happened: records of one key
// one after the other. What the function writes and the removal of the letters are one commit. A
// batch that fails is delivered again record by record; the one that fails stays, with the new
// error, and what comes after it of the same key waits with it for the next redrive.
//
// The letters are their own checkpoint: stopped at any point, by anything, it goes on with those
// that are there when it is started again. Runs on the job's thread.
class Redrive {
 public:
  // All outlive it.
  Redrive(Database* database, HandlerSession* session, RedriveSpec spec, Job* job)
      : database_(database), session_(session), spec_(std::move(spec)), job_(job) {}

  Status Run();

 private:
  using Letters = std::vector<const DeadLetter*>;
  // OK: done with. Otherwise what was wrong.
  struct Outcome {
    Status status;  // not OK: the redrive itself cannot go on
    std::string error_type;
    std::string error_message;
    bool ok() const { return status.ok() && error_type.empty(); }
  };

  Status RunLetters(const std::vector<DeadLetter>& letters);
  Status RunBatch(const Letters& letters);
  Status RunOne(const DeadLetter& letter);
  Outcome Deliver(const Letters& letters);
  Outcome Commit(const Letters& letters, HandlerWrites writes);
  Outcome Fail(std::string type, std::string message) const;
  bool IsHeldBack(const DeadLetter& letter);

  Database* database_;
  HandlerSession* session_;
  const RedriveSpec spec_;
  Job* job_;
  std::unordered_set<uint64_t> held_back_;  // hashes of the keys of letters that failed
};

}  // namespace millrace
