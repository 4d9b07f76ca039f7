#pragma once

#include <cstdint>
#include <vector>

#include "engine/expression/partiql_conjuncts.h"
#include "engine/model/schema.h"

// The alternatives of a WHERE clause, for each of which one range of keys is read: DynamoDB's error
// calls it the decomposition of a query. Source: the examples under "PartiQL select statements" in
// the developer guide, where OR and IN of partition keys are no scan.
namespace millrace::expr {

// Conditions that AND joins; where the clause holds, one of its branches does.
struct Branch {
  std::vector<uint32_t> terms;  // indexes in Decomposition::terms, in the order of the text
  bool negates_range = false;   // with <> or NOT on the sort key
};

struct Decomposition {
  // What the branches demand of key attributes; each value of an IN is a term of its own.
  std::vector<AttributeDemand> terms;
  // No more than kSelectKeysMax. An OR without key attributes is not taken apart.
  std::vector<Branch> branches;
  bool too_many = false;  // there would be more
  bool keyed = false;     // each branch gives all HASH attributes a value
};

Decomposition Decompose(const Ast& where, const IndexKeySchema& schema);

// The single conditions that AND and OR join in `range`.
std::vector<NodeRange> LeavesOf(const Ast& ast, NodeRange range);

}  // namespace millrace::expr
