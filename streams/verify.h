#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/database.h"
#include "engine/model/change_record.h"
#include "engine/model/position.h"
#include "engine/table.h"

// Checks a table's records in the log against each other: every body has the digest that its header
// states, and every header the hash of the header before it in its shard, so that no record can
// have been changed, dropped, added or moved without a break. The first record of a shard carries
// zeros; when the log's beginning was trimmed, the oldest record left is taken at its word.
namespace millrace {

struct ChainBreak {
  enum class Kind : uint8_t { kMalformed, kBodyDigest, kPreviousHash, kPosition };
  Kind kind = Kind::kMalformed;
  ShardIndex shard;
  Lsn lsn;            // of the commit that holds the record
  Position position;  // that the record states
};
std::string_view WireName(ChainBreak::Kind kind);

struct ShardChain {
  uint64_t records = 0;
  Position first;  // meaningful with records
  Position last;
  Digest head{};  // hash of the last record's header; zeros without records
};

struct VerifyReport {
  std::array<ShardChain, kShardCount> shards;
  std::optional<ChainBreak> first_break;  // the pass ends there
  bool beginning_trimmed = false;         // the log doesn't reach back to the table's creation
  Lsn as_of;                              // verified up to this commit

  bool intact() const { return !first_break.has_value(); }
};

// Verifies one table in one pass over the log, up to the lsn applied at the start. On the calling
// thread; `cancelled` is asked now and then. Errors: kResourceNotFound, kTrimmedDataAccess (trimmed
// away while reading), kCorruption (a frame of the log is damaged), kUnavailable (cancelled).
Result<VerifyReport> VerifyTable(Database* database, TableId table,
                                 const std::function<bool()>& cancelled = {});

}  // namespace millrace
