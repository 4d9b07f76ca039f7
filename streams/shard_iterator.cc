#include "streams/shard_iterator.h"

#include <algorithm>
#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/coding.h"
#include "engine/base/hex.h"

namespace millrace {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kFromHorizon = 1;  // flag
constexpr std::string_view kSeparator = "|1|";
constexpr size_t kPayloadSize = 1 + 1 + 4 + 8 + 4 + 8 + kPositionSize;
constexpr size_t kAuthenticationSize = 16;

// A keyed hash of (ARN, payload): the key stands at the beginning of an inner and an outer SHA-256,
// so that the hash can't be extended.
std::array<uint8_t, kAuthenticationSize> Authenticate(std::string_view arn,
                                                      std::string_view payload,
                                                      const Table& table) {
  std::string key;
  PutLittle(&key, table.hash_seed);
  PutPrefixed(&key, table.uuid);
  std::string message;
  PutPrefixed(&message, arn);
  message.append(payload);
  const Digest inner = Sha256(key, message);
  const Digest outer = Sha256(key, BytesOf(inner));
  std::array<uint8_t, kAuthenticationSize> result;
  std::copy_n(outer.begin(), result.size(), result.begin());
  return result;
}

std::string EncodePayload(const ShardIterator& iterator) {
  std::string payload;
  payload.push_back(static_cast<char>(kVersion));
  payload.push_back(static_cast<char>(iterator.from_horizon ? kFromHorizon : 0));
  PutBig(&payload, iterator.table.value());
  PutBig(&payload, iterator.window.value());
  PutBig(&payload, iterator.shard.value());
  PutBig(&payload, static_cast<uint64_t>(iterator.issued_micros));
  AppendPosition(iterator.position, &payload);
  return payload;
}

// Requires kPayloadSize bytes.
ShardIterator DecodePayload(const char* p) {
  ShardIterator iterator;
  iterator.from_horizon = (static_cast<uint8_t>(p[1]) & kFromHorizon) != 0;
  iterator.table = TableId(LoadBig<uint32_t>(p + 2));
  iterator.window = Lsn(LoadBig<uint64_t>(p + 6));
  iterator.shard = ShardIndex(LoadBig<uint32_t>(p + 14));
  iterator.issued_micros = static_cast<int64_t>(LoadBig<uint64_t>(p + 18));
  iterator.position = LoadPosition(p + 26);
  return iterator;
}

}  // namespace

std::string EncodeShardIterator(const ShardIterator& iterator, std::string_view arn,
                                const Table& table) {
  const std::string payload = EncodePayload(iterator);
  const auto authentication = Authenticate(arn, payload, table);
  std::string text(arn);
  text.append(kSeparator).append(ToHex(payload));
  return text.append(
      ToHex({reinterpret_cast<const char*>(authentication.data()), authentication.size()}));
}

std::optional<ParsedShardIterator> ParseShardIterator(std::string_view text) {
  const size_t at = text.find(kSeparator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto bytes = FromHex(text.substr(at + kSeparator.size()));
  if (!bytes || bytes->size() != kPayloadSize + kAuthenticationSize) return std::nullopt;
  if (static_cast<uint8_t>(bytes->front()) != kVersion) return std::nullopt;
  ParsedShardIterator parsed;
  parsed.arn = text.substr(0, at);
  parsed.iterator = DecodePayload(bytes->data());
  parsed.payload = bytes->substr(0, kPayloadSize);
  std::memcpy(parsed.authentication.data(), bytes->data() + kPayloadSize, kAuthenticationSize);
  return parsed;
}

bool Authentic(const ParsedShardIterator& parsed, const Table& table) {
  const auto expected = Authenticate(parsed.arn, parsed.payload, table);
  uint8_t difference = 0;  // in constant time
  for (size_t i = 0; i < expected.size(); ++i) difference |= expected[i] ^ parsed.authentication[i];
  return difference == 0;
}

}  // namespace millrace
