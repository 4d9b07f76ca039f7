#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/model/position.h"
#include "engine/table.h"

// Shard iterators as clients carry them: `STREAM_ARN|1|HEX`, opaque to them. HEX is (grammar in
// FORMAT.md)
//   version u8 = 1 | flags u8 | table u32 | window u64 | shard u32 | issued, microseconds i64 |
//   position 14 | authentication 16
// integers big-endian. The authentication covers the ARN and the bytes before it, keyed by the
// table's uuid and hash seed: the seed never leaves the server, so an iterator can neither be made
// up nor altered, and survives a restart.
namespace millrace {

struct ShardIterator {
  TableId table;
  Lsn window;  // StreamWindow::first
  ShardIndex shard;
  int64_t issued_micros = 0;
  // From the trim horizon on, wherever that is when the iterator is used; `position` is unused
  // then.
  bool from_horizon = false;
  Position position;  // the next record's is this one or greater
};

std::string EncodeShardIterator(const ShardIterator& iterator, std::string_view arn,
                                const Table& table);

// An iterator's text taken apart, not to be trusted before Authentic says so.
struct ParsedShardIterator {
  std::string_view arn;  // of the text
  ShardIterator iterator;
  std::string payload;  // what is authenticated, beside the ARN
  std::array<uint8_t, 16> authentication{};
};
std::optional<ParsedShardIterator> ParseShardIterator(std::string_view text);
// Made by EncodeShardIterator for this table, and not altered since.
bool Authentic(const ParsedShardIterator& parsed, const Table& table);

}  // namespace millrace
