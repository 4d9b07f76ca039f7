#include "server/cli/complete.h"

#include "server/cli/command_line.h"
#include "server/cli/completion.h"
#include "server/cli/server_names.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

// The value of --endpoint in the line, or else what the environment says.
std::string EndpointOf(const std::vector<std::string>& words) {
  for (size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == "--endpoint") return words[i + 1];
  }
  return CommonOptions::FromEnvironment().endpoint;
}

void AddServerNames(ValueKind kind, const std::vector<std::string>& words, Completion* completion) {
  const Result<Endpoint> endpoint = ParseEndpoint(EndpointOf(words));
  if (!endpoint.ok()) return;
  ApiClient api(*endpoint, CommonOptions::FromEnvironment().region);
  const Result<std::vector<std::string>> names = NamesOf(kind, &api);
  if (!names.ok()) return;
  for (const std::string& name : *names) completion->candidates.push_back({name, ""});
}

}  // namespace

int Complete(const Command& root, const Command& common, const std::vector<std::string>& words) {
  Completion completion = CompletionsOf(root, common, words);
  AddServerNames(completion.kind, words, &completion);
  const std::string typed = words.empty() ? "" : words.back();
  for (const Candidate& candidate : completion.candidates) {
    if (candidate.text.compare(0, typed.size(), typed) != 0) continue;
    Print(candidate.text + "\t" + candidate.what);
  }
  if (completion.kind == ValueKind::kFile) Print(":files");
  if (completion.kind == ValueKind::kDirectory) Print(":directories");
  return 0;
}

}  // namespace millrace
