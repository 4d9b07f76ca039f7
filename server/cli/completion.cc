#include "server/cli/completion.h"

namespace millrace {
namespace {

// Where the line has led to.
struct Place {
  const Command* command;
  const CommandOption* expects_value = nullptr;  // the last word is this option's value
  size_t arguments = 0;                          // positional ones before the last word
  bool lost = false;                             // nothing can be said
};

const CommandOption* FindOption(const Command& command, const std::string& name) {
  for (const auto& option : command.options()) {
    if (option->positional()) continue;
    for (const std::string& each : option->EachName()) {
      if (each == name) return option.get();
    }
  }
  return nullptr;
}

const Command* FindChild(const Command& command, const std::string& name) {
  for (const auto& child : command.children()) {
    if (child->text().name == name) return child.get();
  }
  return nullptr;
}

Place PlaceOf(const Command& root, const Command& common, const std::vector<std::string>& words) {
  Place place{&root};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (place.expects_value != nullptr) {
      place.expects_value = nullptr;
    } else if (words[i].size() > 1 && words[i][0] == '-') {
      const CommandOption* option = FindOption(*place.command, words[i]);
      if (option == nullptr) option = FindOption(common, words[i]);
      if (option != nullptr && !option->flag()) place.expects_value = option;
    } else if (!place.command->children().empty()) {
      const Command* child = FindChild(*place.command, words[i]);
      if (child == nullptr) {
        place.lost = true;
        return place;
      }
      place.command = child;
    } else {
      ++place.arguments;
    }
  }
  return place;
}

Completion ValuesOf(const CommandOption& option) {
  Completion completion;
  for (const std::string& choice : option.choices()) completion.candidates.push_back({choice, ""});
  completion.kind = option.kind();
  return completion;
}

void AddOptionNames(const Command& command, Completion* completion) {
  for (const auto& option : command.options()) {
    if (option->positional()) continue;
    for (const std::string& name : option->EachName()) {
      completion->candidates.push_back({name, option->what()});
    }
  }
}

const CommandOption* ArgumentAt(const Command& command, size_t index) {
  for (const auto& option : command.options()) {
    if (!option->positional()) continue;
    if (index == 0 || (option->repeats() && index < option->most_count())) return option.get();
    --index;
  }
  return nullptr;
}

}  // namespace

Completion CompletionsOf(const Command& root, const Command& common,
                         const std::vector<std::string>& words) {
  Completion completion;
  const Place place = PlaceOf(root, common, words);
  if (place.lost || words.empty()) return completion;
  if (place.expects_value != nullptr) return ValuesOf(*place.expects_value);
  if (words.back().substr(0, 1) == "-") {
    AddOptionNames(*place.command, &completion);
    if (place.command->run()) AddOptionNames(common, &completion);
    completion.candidates.push_back({"--help", "What it does, with examples"});
    return completion;
  }
  for (const auto& child : place.command->children()) {
    completion.candidates.push_back({child->text().name, child->text().summary});
  }
  if (!completion.candidates.empty()) return completion;
  const CommandOption* argument = ArgumentAt(*place.command, place.arguments);
  return argument != nullptr ? ValuesOf(*argument) : completion;
}

}  // namespace millrace
