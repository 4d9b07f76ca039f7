#include "server/cli/server_names.h"

#include "server/cli/text.h"

namespace millrace {
namespace {

// One string member of each element of a listing.
Result<std::vector<std::string>> MembersOf(ApiClient* api, std::string_view target,
                                           std::string_view list, std::string_view member) {
  std::vector<std::string> names;
  ASSIGN_OR_RETURN(const JsonValue root, api->Call(target, "{}"));
  const std::optional<JsonValue> elements = root.Find(list);
  if (!elements || !elements->Is(JsonKind::kArray)) return names;
  RETURN_IF_ERROR(elements->ForEachElement([&names, member](JsonValue element) {
    names.push_back(StringMember(element, member));
    return Status::Ok();
  }));
  return names;
}

}  // namespace

Result<std::vector<std::string>> NamesOf(ValueKind kind, ApiClient* api) {
  switch (kind) {
    case ValueKind::kTable:
      return AllTableNames(api);
    case ValueKind::kFunction:
      return MembersOf(api, "Millrace_20261121.ListFunctions", "Functions", "FunctionName");
    case ValueKind::kMapping:
      return MembersOf(api, "Millrace_20261121.ListEventSourceMappings", "EventSourceMappings",
                       "UUID");
    case ValueKind::kPipeline:
      return MembersOf(api, "Millrace_20261121.ListPipelines", "Pipelines", "PipelineName");
    default:
      return std::vector<std::string>();
  }
}

}  // namespace millrace
