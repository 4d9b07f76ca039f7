#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/model/change_record.h"

// Dead letters read back from their table, in the order in which they happened (dead_letters.h has
// their form), and what is done to them. The table is the user's: nothing in it is trusted.
namespace millrace {

struct DeadLetter {
  std::string mapping;
  std::string sequence_number;
  std::string function;
  std::string event_source_arn;
  std::string shard_id;
  std::string event_name;
  std::string error_type;
  std::string error_message;
  uint64_t attempts = 0;
  uint32_t parts = 1;  // items that it takes
  std::string keys;    // value bytes of a map; empty when there is none
  // The log's bytes, all parts; empty when they are not there or not a record's.
  std::string record;

  bool intact() const { return !record.empty(); }
  RecordView view() const { return RecordView(record); }
};

struct DeadLetterPage {
  std::vector<DeadLetter> letters;
  std::string next;  // the sequence number to go on after; empty: that was all
};

// Of one mapping, in sequence order, after `after` (empty: from the first). A page has at most
// `limit` letters and about 1 MB. Thread-safe.
Result<DeadLetterPage> ReadDeadLetters(const Database& database, const TableRef& table,
                                       std::string_view mapping, std::string_view after,
                                       size_t limit);
// Error: kResourceNotFound.
Result<DeadLetter> ReadDeadLetter(const Database& database, const TableRef& table,
                                  std::string_view mapping, std::string_view sequence_number);
// How many there are up to `until` (a sequence number), and the last one's number; "" and 0: none.
struct DeadLetterCount {
  uint64_t count = 0;
  std::string last;
};
Result<DeadLetterCount> CountDeadLetters(const Database& database, const TableRef& table,
                                         std::string_view mapping);

// The removal of a letter, all its parts, which fails when the letter is gone: whoever handles it
// commits it together with the effects.
Status AppendRemoval(const TableRef& table, const DeadLetter& letter,
                     std::vector<WriteRequest>* writes);
// One more attempt, and its error. Waits for the commit; OK when the letter is gone meanwhile.
Status NoteFailure(Database* database, const TableRef& table, const DeadLetter& letter,
                   std::string_view error_type, std::string_view error_message);

}  // namespace millrace
