#pragma once

#include <optional>
#include <string>

#include "engine/json/json.h"

namespace millrace {

// A resource-based policy as AWS returns it, whatever the form in which it was put: without blanks,
// members in one order, lists of one element as the element, account ids as the ARNs of their
// roots, each principal once, and the old version where none is said. Two texts of the same form
// are the same policy. Its own form is itself. Nullopt: there are members that no policy has.
//
// Source: public measurements of the service.
std::optional<std::string> CanonicalPolicy(JsonValue document);

}  // namespace millrace
