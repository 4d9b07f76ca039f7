#pragma once

#include <string>
#include <vector>

#include "server/cli/command.h"

// What a shell offers when Tab is pressed, from the tree alone.
namespace millrace {

struct Candidate {
  std::string text;
  std::string what;  // a line for shells that show one; may be empty
};

struct Completion {
  std::vector<Candidate> candidates;
  // What else the word may be: a file, or a name that the server knows.
  ValueKind kind = ValueKind::kText;
};

// `words` is the line so far without the program's name; the last word is being typed, perhaps
// empty. All candidates of that place, not only those that begin like the word.
Completion CompletionsOf(const Command& root, const Command& common,
                         const std::vector<std::string>& words);

}  // namespace millrace
