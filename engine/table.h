#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/model/schema.h"
#include "engine/table_settings.h"

namespace millrace {

// A stream of a table: a window on the table's records in the log. Turning a stream on begins one,
// turning it off closes it; the old one stays readable while its records are.
struct StreamWindow {
  std::string
      label;  // creation time as AWS writes it: 2026-11-21T03:30:00.123; unique in the table
  StreamViewType view = StreamViewType::kNewAndOldImages;
  Lsn first;  // of the commit that turned it on: the window holds records of greater lsn
  std::optional<Lsn>
      last;  // of the commit that turned it off: records of smaller lsn; open when absent
  int64_t created_micros = 0;
  int64_t closed_micros = 0;  // meaningful when closed
};

enum class IndexKind : uint8_t { kGlobal = 0, kLocal = 1 };
enum class ProjectionType : uint8_t { kAll = 0, kKeysOnly = 1, kInclude = 2 };

// What a client says of a secondary index to be made.
struct IndexSpec {
  IndexKind kind = IndexKind::kGlobal;
  std::string name;       // unique in the table
  IndexKeySchema schema;  // a local one: the table's HASH attribute and another RANGE attribute
  ProjectionType projection = ProjectionType::kAll;
  std::vector<std::string> included;  // kInclude: attributes beside those of the keys
  ProvisionedThroughput throughput;   // of a global index of a provisioned table
  OnDemandThroughput on_demand;       // of a global index of an on-demand table
  std::optional<WarmThroughput> warm;
};

enum class IndexStatus : uint8_t { kActive = 0, kCreating = 1 };  // kCreating: being back-filled

// A secondary index: for each item that has all attributes of the index's key, an entry with the
// projected ones. An id is never used again, neither by a table nor by another index.
struct Index {
  IndexId id;
  IndexSpec spec;
  IndexStatus status = IndexStatus::kActive;
  Lsn created_lsn;  // of the commit that made it
  int64_t created_micros = 0;
  ThroughputChanges throughput_changes;
};

// What a client says of a table to be made.
struct TableSpec {
  std::string name;
  KeySchema schema;
  BillingMode billing_mode = BillingMode::kPayPerRequest;
  ProvisionedThroughput throughput;
  std::optional<StreamViewType> stream;
  bool deletion_protection = false;
  std::vector<IndexSpec> indexes;  // to be made with the table; empty in a Table, which has Index
  TableSettings settings;
};

// A table as of some commit: immutable, shared by whoever works with it. A later state of the same
// table is another object with the same id.
struct Table {
  TableId id;
  std::string uuid;
  TableSpec spec;
  uint64_t hash_seed = 0;
  int64_t created_micros = 0;
  Lsn created_lsn;                 // of the commit that made it
  std::optional<Lsn> deleted_lsn;  // kept after deletion while its streams are readable
  int64_t deleted_micros = 0;
  std::vector<StreamWindow> streams;  // oldest first; at most the last is open
  std::optional<TimeToLive> ttl;      // absent: it was never on
  std::vector<Index> indexes;         // in the order of their making

  bool deleted() const { return deleted_lsn.has_value(); }
  // The open stream, or null.
  const StreamWindow* OpenStream() const;
  const StreamWindow* FindStream(std::string_view label) const;
  // The index, or null.
  const Index* FindIndex(std::string_view name) const;
  bool HasLocalIndex() const;
  // Does anyone need the image before a write? Then records carry it.
  bool StoresOldImage() const;
};
using TableRef = std::shared_ptr<const Table>;

// Four shards a table, by the top two bits of the key hash.
constexpr uint32_t kShardBits = 2;
constexpr uint32_t kShardCount = 1u << kShardBits;
uint64_t KeyHash(const Table& table, std::string_view pk);
ShardIndex ShardOf(uint64_t key_hash);

}  // namespace millrace
