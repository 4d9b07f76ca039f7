#pragma once

#include "engine/base/status.h"

// What is wrong with a transaction as a whole, in AWS's words.
namespace millrace {

inline Status MultipleOperationsOnOneItem() {
  return Status::Validation("Transaction request cannot include multiple operations on one item");
}

// Not confirmed: neither the text nor, where items have to be read to know it, that it is no
// TransactionCanceledException.
inline Status TransactionTooLarge() {
  return Status::Validation(
      "Aggregate size of the items in the transaction exceeds the limit of 4 MB");
}

}  // namespace millrace
