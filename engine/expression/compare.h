#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/expression/ast.h"
#include "engine/model/value.h"

// What the comparators and functions of conditions mean for two values.
namespace millrace::expr {

// Equality is equality of canonical bytes. An order exists only among strings, among numbers and
// among binaries, and is that of their bytes; any other pair is neither less nor greater.
bool Holds(Operator op, ValueView a, ValueView b);
bool HoldsBetween(ValueView value, ValueView low, ValueView high);

// A string in a string, a binary in a binary, an element of its type in a set, any value in a list.
bool ContainsValue(ValueView container, ValueView wanted);
bool BeginsWith(ValueView value, ValueView prefix);

// UTF-16 code units of S, as DynamoDB counts them (ExtendDB's pull request 67 ran it there), bytes
// of B, elements of sets, L and M; null for other types. The same in statements: "Using the SIZE
// function with PartiQL" in the developer guide says "size in bytes", which can be meant of B
// alone, and sends the reader to the function of conditions for what it takes.
std::optional<int64_t> SizeOf(ValueView value);

}  // namespace millrace::expr
