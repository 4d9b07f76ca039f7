#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/model/schema.h"
#include "server/protocol/members.h"

// AttributeDefinitions and KeySchema of a request: read, and their rules in AWS's order and words.
namespace millrace {

struct NamedPair {
  std::string name;
  std::string value;  // an attribute's type, or a key element's
};
using NamedPairs = std::vector<NamedPair>;

// "AttributeDefinitions" or "KeySchema" of a structure; empty when absent.
NamedPairs ReadDefinitions(const Members& input);
NamedPairs ReadKeyElements(const Members& input);

// "[a, b]"
std::string NamesOf(const NamedPairs& pairs);
// The same in the order in which the service names attributes in errors: not the request's, but
// that of a hash table of at least so many buckets (a power of two), at most three quarters full,
// by s[0]*31^(n-1) + ... + s[n-1]. Source: texts recorded from the service.
std::string HashedNamesOf(NamedPairs pairs, size_t buckets);
const NamedPair* FindNamed(const NamedPairs& pairs, std::string_view name);
// Requires that it is defined.
KeyAttribute KeyAttributeOf(const NamedPair& key, const NamedPairs& definitions);

Status CheckDefinitionsUnique(const NamedPairs& definitions);
// "One or more parameter values were invalid: Some index key attributes are not defined in
// AttributeDefinitions. ..."
Status CheckIndexKeyDefined(const NamedPairs& keys, const NamedPairs& definitions);
// One or two elements, HASH then RANGE, of different names.
Status CheckElements(const NamedPairs& keys);

// A table's key, without the rule that nothing else is defined.
Result<KeySchema> ReadTableKey(const Members& input, const NamedPairs& definitions);

}  // namespace millrace
