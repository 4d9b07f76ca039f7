#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/table.h"

// How streams and their shards are called outside. Names are pure functions of the catalog, so they
// are the same after a restart, and of a stream's window, so that a stream turned off and on again
// shares no name with the one before.
namespace millrace {

// Where a server says it is: the two parts of an ARN that no table knows.
struct ArnScope {
  std::string region;
  std::string account = "000000000000";
};

// arn:aws:dynamodb:REGION:ACCOUNT:table/NAME and the same with /stream/LABEL.
std::string TableArn(const ArnScope& scope, std::string_view table_name);
std::string StreamArn(const ArnScope& scope, std::string_view table_name, std::string_view label);

struct ParsedStreamArn {
  std::string_view region;
  std::string_view account;
  std::string_view table_name;
  std::string_view label;
};
// The parts, as views of `arn`; nullopt when it has not the form of a stream's ARN.
std::optional<ParsedStreamArn> ParseStreamArn(std::string_view arn);

// `shardId-` 20 digits `-` 8 hex digits: the digits are the lsn of the commit that turned the
// stream on, the hex digits 24 bits of the table's uuid and label hashed, then the shard. 37
// characters (clients refuse fewer than 28). Sorted as text, a stream's shards are in shard order.
std::string ShardIdOf(const Table& table, const StreamWindow& window, ShardIndex shard);
// The shard of this window that has this id.
std::optional<ShardIndex> FindShard(const Table& table, const StreamWindow& window,
                                    std::string_view shard_id);

}  // namespace millrace
