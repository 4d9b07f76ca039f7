#include "server/cli/completion_command.h"

#include "server/cli/text.h"

namespace millrace {
namespace {

// Each script asks `millrace __complete` (complete.h) and knows no command itself.
constexpr const char* kBash = R"(# bash completion of millrace:  source <(millrace completion bash)
_millrace() {
  local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("$program" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _millrace millrace)";

constexpr const char* kZsh = R"(#compdef millrace
# zsh completion of millrace:  source <(millrace completion zsh)
_millrace() {
  local -a candidates
  local line
  for line in "${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :directories) _files -/; return ;;
      *) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  _describe millrace candidates
}
compdef _millrace millrace)";

constexpr const char* kFish = R"(# fish completion of millrace:  millrace completion fish | source
function __millrace_complete
  set -l words (commandline -opc)
  set -l word (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$word"
      case :directories
        __fish_complete_directories "$word"
      case '*'
        echo $line
    end
  end
end
complete -c millrace -f -a '(__millrace_complete)')";

}  // namespace

void AddCompletionCommand(Command* root) {
  const auto shell = std::make_shared<std::string>();
  Command& completion = root->Add(
      {"completion",
       "The script that lets a shell complete what you type",
       "Commands, options and their values, and the names of tables, functions and mappings of "
       "the server that MILLRACE_ENDPOINT or --endpoint names.",
       {"source <(millrace completion bash)", "source <(millrace completion zsh)",
        "millrace completion fish | source"},
       "Put that line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish."});
  completion.Argument("shell", shell.get(), "Which shell").OneOf({"bash", "zsh", "fish"});
  completion.RunHere([shell] {
    Print(*shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
    return 0;
  });
}

}  // namespace millrace
