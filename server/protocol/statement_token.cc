#include "server/protocol/statement_token.h"

#include <utility>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/base/coding.h"
#include "engine/json/attribute_value.h"

// The grammar stands in FORMAT.md.
namespace millrace {
namespace {

constexpr uint8_t kVersion = 2;
constexpr size_t kHashSize = 8;       // bytes of the check, the code and the request
constexpr uint64_t kKeyPartsMax = 4;  // attributes of an index's key

std::string Code(const Table& table, std::string_view body) {
  std::string key;
  PutLittle<uint64_t>(&key, table.hash_seed);
  PutPrefixed(&key, table.uuid);
  const Digest inner = Sha256(key, body);
  const Digest outer = Sha256(key, BytesOf(inner));
  return std::string(BytesOf(outer).substr(0, kHashSize));
}

std::string Hash(std::string_view bytes) {
  const Digest digest = Sha256(bytes);
  return std::string(BytesOf(digest).substr(0, kHashSize));
}

void PutStrings(std::string* out, const std::vector<std::string>& strings) {
  PutVarint(out, strings.size());
  for (const std::string& string : strings) PutPrefixed(out, string);
}

bool TakeString(std::string_view* in, std::string* out) {
  std::string_view bytes;
  if (!TakePrefixed(in, &bytes)) return false;
  *out = bytes;
  return true;
}

bool TakeStrings(std::string_view* in, std::vector<std::string>* out) {
  uint64_t count = 0;
  if (!TakeVarint(in, &count) || count > kKeyPartsMax) return false;
  out->resize(count);
  for (std::string& string : *out) {
    if (!TakeString(in, &string)) return false;
  }
  return true;
}

bool TakePosition(std::string_view in, SelectPosition* position) {
  uint8_t version = 0;
  uint8_t present = 0;
  uint64_t query = 0;
  if (!TakeLittle(&in, &version) || version != kVersion || !TakeVarint(&in, &query) ||
      !TakeLittle(&in, &present)) {
    return false;
  }
  position->query = static_cast<uint32_t>(query);
  if (present == 0) return in.empty();
  position->after.emplace();
  return TakeString(&in, &position->after->pk) && TakeString(&in, &position->after->sk) &&
         TakeStrings(&in, &position->after_index.hash) &&
         TakeStrings(&in, &position->after_index.range) && in.empty();
}

}  // namespace

std::string EncodeNextToken(const Table& table, std::string_view request,
                            const SelectPosition& position) {
  std::string body = Hash(request);
  PutLittle<uint8_t>(&body, kVersion);
  PutVarint(&body, position.query);
  PutLittle<uint8_t>(&body, position.after ? 1 : 0);
  if (position.after) {
    PutPrefixed(&body, position.after->pk);
    PutPrefixed(&body, position.after->sk);
    PutStrings(&body, position.after_index.hash);
    PutStrings(&body, position.after_index.range);
  }
  const std::string coded = Code(table, body) + body;
  std::string token;
  AppendBase64(Hash(coded) + coded, &token);
  return token;
}

Result<SelectPosition> DecodeNextToken(const Table& table, std::string_view request,
                                       std::string_view token) {
  const Status invalid = Status::Validation("Invalid NextToken");
  const Result<std::string> bytes = DecodeBase64(token);
  if (!bytes.ok() || bytes->size() < 3 * kHashSize) return invalid;
  const std::string_view coded = std::string_view(*bytes).substr(kHashSize);
  if (std::string_view(*bytes).substr(0, kHashSize) != Hash(coded)) return invalid;
  const std::string_view body = coded.substr(kHashSize);
  if (coded.substr(0, kHashSize) != Code(table, body) ||
      body.substr(0, kHashSize) != Hash(request)) {
    return Status::Validation("NextToken does not match request");
  }
  SelectPosition position;
  if (!TakePosition(body.substr(kHashSize), &position)) return invalid;
  return position;
}

}  // namespace millrace
