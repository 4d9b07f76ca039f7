#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/checksum.h"
#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/json/json.h"

// What is remembered of a ClientRequestToken: a cell that the transaction writes in its own commit,
// so that token and effect are there together or not at all, also after a restart. Its bytes are in
// FORMAT.md.
//
// Source: "TransactWriteItems" in the API reference: a token is valid for 10 minutes; the same
// token with other parameters is an IdempotentParameterMismatchException. Each operation has tokens
// of its own, as was observed of DynamoDB.
namespace millrace {

constexpr int64_t kTransactionTokenMicros = int64_t{10} * 60 * 1'000'000;

struct TransactionToken {
  std::string_view operation;  // "TransactWriteItems"; outlives the transaction
  std::string token;
  Digest request{};  // DigestOfJson
};

// Equal for requests that say the same: members in any order, elements of sets too. AWS doesn't say
// what it compares; here it is the transaction's actions, and not what the reply shall contain.
Digest DigestOfJson(JsonValue json);

enum class TokenUse : uint8_t {
  kNew,       // or so old that it counts as new
  kRepeated,  // by the same request
};
struct TokenLookup {
  TokenUse use = TokenUse::kNew;
  CellChange change;  // kNew: what the transaction's commit has to contain
};
// Error: kIdempotentParameterMismatch.
Result<TokenLookup> LookUpToken(const Database& database, const Clock& clock,
                                const TransactionToken& token);

// Removes tokens whose time is over. No thread of its own; one call at a time.
class TransactionTokenSweep {
 public:
  // Both outlive it.
  TransactionTokenSweep(Database* database, const Clock* clock)
      : database_(database), clock_(clock) {}
  // Looks at a bounded number of tokens and waits until those that are over are removed, in small
  // commits; true when it has seen all of them, and begins again.
  Result<bool> Step();

 private:
  Status Remove(CommitRequest removal);

  Database* database_;
  const Clock* clock_;
  std::string after_;
};

}  // namespace millrace
