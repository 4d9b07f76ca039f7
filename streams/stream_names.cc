#include "streams/stream_names.h"

#include <cstdio>

#include "engine/base/checksum.h"

namespace millrace {
namespace {

constexpr std::string_view kArnPrefix = "arn:aws:dynamodb:";
constexpr std::string_view kTablePart = "table/";
constexpr std::string_view kStreamPart = "/stream/";

// Takes what stands before `separator` off `text`, and the separator with it.
std::optional<std::string_view> TakeUntil(std::string_view separator, std::string_view* text) {
  const size_t at = text->find(separator);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const std::string_view head = text->substr(0, at);
  text->remove_prefix(at + separator.size());
  return head;
}

}  // namespace

std::string TableArn(const ArnScope& scope, std::string_view table_name) {
  std::string arn(kArnPrefix);
  arn.append(scope.region).append(":").append(scope.account).append(":");
  return arn.append(kTablePart).append(table_name);
}

std::string StreamArn(const ArnScope& scope, std::string_view table_name, std::string_view label) {
  return TableArn(scope, table_name).append(kStreamPart).append(label);
}

std::optional<ParsedStreamArn> ParseStreamArn(std::string_view arn) {
  if (arn.substr(0, kArnPrefix.size()) != kArnPrefix) return std::nullopt;
  arn.remove_prefix(kArnPrefix.size());
  const auto region = TakeUntil(":", &arn);
  const auto account = region ? TakeUntil(":", &arn) : std::nullopt;
  if (!account || arn.substr(0, kTablePart.size()) != kTablePart) return std::nullopt;
  arn.remove_prefix(kTablePart.size());
  const auto table_name = TakeUntil(kStreamPart, &arn);
  if (!table_name || arn.empty()) return std::nullopt;
  if (table_name->find_first_of(":/") != std::string_view::npos) return std::nullopt;
  if (arn.find('/') != std::string_view::npos) return std::nullopt;
  return ParsedStreamArn{*region, *account, *table_name, arn};
}

std::string ShardIdOf(const Table& table, const StreamWindow& window, ShardIndex shard) {
  static_assert(kShardCount <= 256, "the shard has two hex digits");
  const uint32_t hash = Crc32c(window.label, Crc32c(table.uuid));
  char text[48];
  std::snprintf(text, sizeof text, "shardId-%020llu-%06x%02x",
                static_cast<unsigned long long>(window.first.value()), hash & 0xffffffu,
                shard.value());
  return text;
}

std::optional<ShardIndex> FindShard(const Table& table, const StreamWindow& window,
                                    std::string_view shard_id) {
  for (uint32_t i = 0; i < kShardCount; ++i) {
    if (ShardIdOf(table, window, ShardIndex(i)) == shard_id) return ShardIndex(i);
  }
  return std::nullopt;
}

}  // namespace millrace
