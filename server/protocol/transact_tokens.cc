#include "server/protocol/transact_tokens.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr std::string_view kPrefix = "transaction/";
constexpr uint8_t kVersion = 1;
constexpr size_t kSweepTokensMax = 1000;  // one step's
constexpr size_t kRemovedAtOnceMax = 32;  // one commit's, which holds their locks together

struct TokenCell {
  int64_t used_micros = 0;
  std::string_view request;  // its digest
};

std::string EncodeTokenCell(int64_t used_micros, const Digest& request) {
  std::string bytes(1, static_cast<char>(kVersion));
  PutLittle(&bytes, used_micros);
  bytes.append(BytesOf(request));
  return bytes;
}

std::optional<TokenCell> DecodeTokenCell(std::string_view bytes) {
  TokenCell cell;
  uint8_t version = 0;
  if (!TakeLittle(&bytes, &version) || version != kVersion) return std::nullopt;
  if (!TakeLittle(&bytes, &cell.used_micros) || bytes.size() != sizeof(Digest)) return std::nullopt;
  cell.request = bytes;
  return cell;
}

Status DamagedToken() {
  return Status(ErrorCode::kCorruption, "a transaction's token is damaged");
}

bool IsOver(const TokenCell& cell, const Clock& clock) {
  return clock.WallMicros() - cell.used_micros >= kTransactionTokenMicros;
}

// Unambiguous text of a value: strings with their lengths, members by name, the elements of a set
// (an array in an attribute value) sorted. Recursion is bounded by JsonParser's depth.
std::string Canonical(JsonValue json);

std::string CanonicalText(std::string_view text) {
  return "s" + std::to_string(text.size()) + ":" + std::string(text);
}

std::string Joined(char kind, const std::vector<std::string>& parts) {
  std::string text = kind + std::to_string(parts.size()) + ":";
  for (const std::string& part : parts) text += part;
  return text;
}

std::string CanonicalArray(JsonValue array, bool is_set) {
  std::vector<std::string> elements;
  const Status done = array.ForEachElement([&elements](JsonValue element) {
    elements.push_back(Canonical(element));
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  if (is_set) std::sort(elements.begin(), elements.end());
  return Joined('a', elements);
}

std::string CanonicalObject(JsonValue object) {
  std::vector<std::pair<std::string_view, JsonValue>> members;
  const Status done = object.ForEachMember([&members](std::string_view name, JsonValue value) {
    members.emplace_back(name, value);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> parts;
  for (const auto& [name, value] : members) {
    if (value.Is(JsonKind::kNull)) continue;  // as good as absent
    const bool is_set = name == "SS" || name == "NS" || name == "BS";
    parts.push_back(CanonicalText(name));
    parts.back() +=
        is_set && value.Is(JsonKind::kArray) ? CanonicalArray(value, true) : Canonical(value);
  }
  return Joined('o', parts);
}

std::string Canonical(JsonValue json) {
  switch (json.kind()) {
    case JsonKind::kNull:
      return "n";
    case JsonKind::kBool:
      return json.boolean() ? "t" : "f";
    case JsonKind::kInteger:
      return "i" + std::to_string(json.integer()) + ";";
    case JsonKind::kDouble:
      return "d" + std::to_string(json.number()) + ";";
    case JsonKind::kString:
      return CanonicalText(json.string());
    case JsonKind::kArray:
      return CanonicalArray(json, false);
    case JsonKind::kObject:
      return CanonicalObject(json);
  }
  return {};
}

}  // namespace

Digest DigestOfJson(JsonValue json) {
  return Sha256(Canonical(json));
}

Result<TokenLookup> LookUpToken(const Database& database, const Clock& clock,
                                const TransactionToken& token) {
  TokenLookup lookup;
  lookup.change.key.append(kPrefix).append(token.operation).append("/").append(token.token);
  lookup.change.expected_version = 0;
  ASSIGN_OR_RETURN(const std::optional<Cell> cell, database.ReadCell(lookup.change.key));
  if (cell) {
    const std::optional<TokenCell> used = DecodeTokenCell(cell->value);
    if (!used) return DamagedToken();
    if (!IsOver(*used, clock)) {
      if (used->request != BytesOf(token.request)) {
        // The API reference's description; what DynamoDB says has not been seen.
        return Status(ErrorCode::kIdempotentParameterMismatch,
                      "DynamoDB rejected the request because you retried a request with a "
                      "different payload but with an idempotent token that was already used.");
      }
      lookup.use = TokenUse::kRepeated;
      return lookup;
    }
    lookup.change.expected_version = cell->version;
  }
  lookup.change.value = EncodeTokenCell(clock.WallMicros(), token.request);
  return lookup;
}

Status TransactionTokenSweep::Remove(CommitRequest removal) {
  if (removal.cells.empty()) return Status::Ok();
  const Status removed = database_->CommitAndWait(std::move(removal)).status;
  // Fenced: one of them is being used anew. The next pass removes the others.
  return removed.Is(ErrorCode::kFenced) ? Status::Ok() : removed;
}

Result<bool> TransactionTokenSweep::Step() {
  ASSIGN_OR_RETURN(const auto cells, database_->ListCells(kPrefix, after_, kSweepTokensMax));
  const bool all = cells.size() < kSweepTokensMax;
  after_ = all ? std::string() : cells.back().first;
  CommitRequest removal;
  for (const auto& [key, cell] : cells) {
    const std::optional<TokenCell> used = DecodeTokenCell(cell.value);
    if (!used) return DamagedToken();
    if (!IsOver(*used, *clock_)) continue;
    removal.cells.push_back({key, cell.version, std::nullopt});
    if (removal.cells.size() < kRemovedAtOnceMax) continue;
    RETURN_IF_ERROR(Remove(std::exchange(removal, {})));
  }
  RETURN_IF_ERROR(Remove(std::move(removal)));
  return all;
}

}  // namespace millrace
