#include <gtest/gtest.h>

#include <algorithm>

#include "server/cli/all_commands.h"
#include "server/cli/command_line.h"
#include "server/cli/completion.h"
#include "server/cli/exit_code.h"
#include "server/cli/help.h"

namespace millrace {
namespace {

// The words of a line as a shell splits them: blanks, and single quotes.
std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

class CommandTreeTest : public testing::Test {
 protected:
  CommandTreeTest() : root(RootText()), common({"common", ""}) {
    AddAllCommands(&root);
    AddCommonOptions(&common, &options);
  }

  ParsedLine Parse(const std::string& line) const {
    const std::vector<std::string> words = WordsOf(line);
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return ParseCommandLine(root, common, static_cast<int>(argv.size()), argv.data());
  }

  // Every command of the tree.
  std::vector<const Command*> All() const {
    std::vector<const Command*> all = {&root};
    for (size_t i = 0; i < all.size(); ++i) {
      for (const auto& child : all[i]->children()) all.push_back(child.get());
    }
    return all;
  }

  std::vector<std::string> Offered(const std::vector<std::string>& words) const {
    std::vector<std::string> offered;
    for (const Candidate& candidate : CompletionsOf(root, common, words).candidates) {
      offered.push_back(candidate.text);
    }
    return offered;
  }

  Command root;
  Command common;
  CommonOptions options;
};

TEST_F(CommandTreeTest, EveryCommandExplainsItself) {
  EXPECT_GT(All().size(), 15U);
  for (const Command* command : All()) {
    const CommandText& text = command->text();
    const std::string path = command->Path();
    EXPECT_FALSE(text.summary.empty()) << path;
    EXPECT_LE(text.summary.size(), 80U) << path;
    EXPECT_NE(text.summary.back(), '.') << path;
    const bool runs = command->run() || command->run_here();
    EXPECT_NE(runs, !command->children().empty()) << path << " runs or has commands";
    if (runs) {
      EXPECT_FALSE(text.examples.empty()) << path;
      EXPECT_FALSE(text.next.empty()) << path;
    }
    const ParsedLine help = Parse(path + " --help");
    EXPECT_EQ(help.command, nullptr) << path;
    EXPECT_EQ(help.exit_code, kExitOk) << path;
    EXPECT_EQ(help.text, HelpOf(*command, common)) << path;
  }
}

TEST_F(CommandTreeTest, EveryOptionExplainsItself) {
  for (const Command* command : All()) {
    for (const auto& option : command->options()) {
      const std::string name = command->Path() + " " + option->names();
      EXPECT_FALSE(option->what().empty()) << name;
      const bool takes_value = !option->positional() && !option->flag();
      EXPECT_EQ(option->value_name().empty(), !takes_value) << name;
    }
  }
}

// An example that its own command does not take would teach nothing.
TEST_F(CommandTreeTest, EveryExampleIsUnderstood) {
  for (const Command* command : All()) {
    if (!command->run()) continue;
    for (const std::string& example : command->text().examples) {
      const std::string line = example.substr(0, example.find(" | "));
      const ParsedLine parsed = Parse(line);
      EXPECT_EQ(parsed.command, command) << example << "\n" << parsed.text;
    }
  }
}

TEST_F(CommandTreeTest, UnderstandsLines) {
  struct Row {
    std::string line;
    std::string path;  // of the command; empty: not understood
    std::string said;  // part of what is said then
  };
  const Row rows[] = {
      {"millrace status", "millrace status", ""},
      {"millrace --json status", "millrace status", ""},
      {"millrace status --endpoint http://h:1 --json", "millrace status", ""},
      {"millrace history status list", "millrace history", ""},
      {"millrace history t a b", "millrace history", ""},
      {"millrace history t a b c", "", "'c' is one argument too many"},
      {"millrace history t", "", "key is required"},
      {"millrace tabel list", "", "did you mean table or tail?"},
      {"millrace table lits", "", "there is no command 'millrace table lits'; did you mean list?"},
      {"millrace table", "", "commands:"},
      {"millrace", "", "commands:"},
      {"millrace status --jsn", "", "millrace status has no option --jsn; did you mean --json?"},
      {"millrace status x", "", "'x' is one argument too many"},
      {"millrace serve --data d --threads 257", "", "--threads is from 0 to 256, not 257"},
      {"millrace serve --data d --threads 256", "millrace serve", ""},
      {"millrace serve --data d --threads x", "", "--threads is a whole number, not 'x'"},
      {"millrace serve --data d --durability no", "", "--durability is one of sync, os, not 'no'"},
      {"millrace --json serve --data d", "", "--json is of commands that ask a server"},
      {"millrace serve --data d --json", "", "has no option --json"},
      {"millrace status --region a/b", "", "'a/b' is not like us-east-1"},
      {"millrace table create t pk:S sk:N", "millrace table create", ""},
      {"millrace table create t pk:X", "", "'pk:X' is not NAME:S"},
      {"millrace table create t pk:S --gsi i=a:S+b:N,c:B/KEYS_ONLY --gsi j=a:S/INCLUDE=x,y/READ=2",
       "millrace table create", ""},
      {"millrace table create t pk:S --gsi i", "", "'i' is not NAME=KEY:TYPE"},
      {"millrace table create t pk:S --gsi i=a", "", "'a' is not NAME:S"},
      {"millrace table create t pk:S --gsi i=a:S/SOME", "", "'/SOME' is not /ALL"},
      {"millrace table create t pk:S --gsi i=a:S/INCLUDE=", "", "'/INCLUDE=' is not /ALL"},
      {"millrace table create t pk:S --gsi i=a:S/READ=0", "", "'0' is not a number of units"},
      {"millrace table create t pk:S --lsi i=a:S/KEYS_ONLY", "millrace table create", ""},
      {"millrace table create t pk:S --lsi i=a:S,b:S", "", "say its sort key alone"},
      {"millrace table create t pk:S --lsi i=a:S/READ=1", "", "no units of its own"},
      {"millrace table create t pk:S --tag team", "", "'team' is not KEY=VALUE"},
      {"millrace table create t pk:S --tag team=", "millrace table create", ""},
      {"millrace table create t pk:S --read 0", "", "--read"},
      {"millrace table create t pk:S --table-class COLD", "", "--table-class is one of"},
      {"millrace table update t --deletion-protection maybe", "", "is one of on, off"},
      {"millrace table update t --gsi i=a:S --drop-gsi j --drop-gsi k", "millrace table update",
       ""},
      {"millrace table update t --lsi i=a:S", "", "has no option --lsi"},
      {"millrace mapping create f t --max-retries -1", "millrace mapping create", ""},
  };
  for (const Row& row : rows) {
    const ParsedLine parsed = Parse(row.line);
    EXPECT_EQ(parsed.command == nullptr ? "" : parsed.command->Path(), row.path) << row.line << "\n"
                                                                                 << parsed.text;
    EXPECT_NE(parsed.text.find(row.said), std::string::npos) << row.line << "\n" << parsed.text;
    EXPECT_EQ(parsed.exit_code, row.path.empty() ? kExitUsage : kExitOk) << row.line;
  }
}

TEST_F(CommandTreeTest, CompletesFromTheTree) {
  std::vector<std::string> commands;
  for (const auto& child : root.children()) commands.push_back(child->text().name);
  EXPECT_EQ(Offered({""}), commands);
  EXPECT_EQ(Offered({"--endpoint", "http://h:1", "s"}), commands);
  EXPECT_EQ(Offered({"completion", ""}), (std::vector<std::string>{"bash", "zsh", "fish"}));
  EXPECT_EQ(Offered({"serve", "--durability", ""}), (std::vector<std::string>{"sync", "os"}));
  EXPECT_TRUE(Offered({"no-such", ""}).empty());
  EXPECT_TRUE(Offered({}).empty());
  const std::vector<std::string> names = Offered({"mapping", "create", "-"});
  for (const char* name : {"--batch-size", "--endpoint", "--json", "--help"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
  EXPECT_EQ(CompletionsOf(root, common, {"history", ""}).kind, ValueKind::kTable);
  EXPECT_EQ(CompletionsOf(root, common, {"history", "t", ""}).kind, ValueKind::kText);
  EXPECT_EQ(CompletionsOf(root, common, {"mapping", "create", ""}).kind, ValueKind::kFunction);
  EXPECT_EQ(CompletionsOf(root, common, {"mapping", "create", "f", ""}).kind, ValueKind::kTable);
  EXPECT_EQ(CompletionsOf(root, common, {"serve", "--data", ""}).kind, ValueKind::kDirectory);
  EXPECT_EQ(CompletionsOf(root, common, {"function", "create", "f", ""}).kind, ValueKind::kFile);
}

}  // namespace
}  // namespace millrace
