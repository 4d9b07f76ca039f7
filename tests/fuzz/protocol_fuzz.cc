// A request: the name of an operation, a line's end, and any text as its body. The stages before
// the operation itself refuse it with a client's error, or find it well-formed; and they say the
// same of the same JSON with spaces around it.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/model/utf8.h"
#include "server/protocol/error_reply.h"
#include "server/protocol/expression_rules.h"
#include "server/protocol/members.h"
#include "server/protocol/operation.h"
#include "server/protocol/shape_check.h"

namespace millrace {
namespace {

// By its name, or else by chance, so that a mutated name is one all the same.
const Operation& OperationNamed(std::string_view name) {
  static const std::vector<const Operation*> built = [] {
    std::vector<const Operation*> operations;
    for (const Operation& operation : AllOperations()) {
      if (operation.built()) operations.push_back(&operation);
    }
    return operations;
  }();
  for (const Operation* operation : built) {
    if (operation->name() == name) return *operation;
  }
  return *built[std::hash<std::string_view>()(name) % built.size()];
}

// ProtocolService::Prepare's, without a connection.
Status Stages(const Operation& operation, JsonValue json) {
  if (!json.Is(JsonKind::kObject)) return Status(ErrorCode::kSerialization, "");
  RETURN_IF_ERROR(CheckTypes(json, *operation.input));
  const Status constraints = CheckConstraints(json, *operation.input);
  const Status shapes = CheckAttributeShapes(json, *operation.input);
  RETURN_IF_ERROR(shapes);
  RETURN_IF_ERROR(constraints);
  if (operation.expressions != nullptr) {
    RETURN_IF_ERROR(CheckExpressionRules(Members(json), *operation.expressions));
  }
  return CheckBuilt(json, *operation.input, operation.name());
}

Status Outcome(const Operation& operation, std::string_view body, JsonParser* parser) {
  ASSIGN_OR_RETURN(const JsonValue json, parser->Parse(body));
  const Status status = Stages(operation, json);
  if (status.ok()) {
    if (operation.expressions != nullptr) (void)ReadPlaceholders(Members(json));
    (void)RenderValue(json, *operation.input);
  }
  return status;
}

void Run(std::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  const Operation& operation = OperationNamed(input.substr(0, end));
  const std::string body(input.substr(std::min(end + 1, input.size())));
  JsonParser parser;
  const Status status = Outcome(operation, body, &parser);
  const Status spaced = Outcome(operation, " " + body + "\n", &parser);
  MILLRACE_CHECK(status.ToString() == spaced.ToString());
  if (status.ok()) return;
  MILLRACE_CHECK(!IsInternal(status.code()), status.ToString());
  MILLRACE_CHECK(!status.Is(ErrorCode::kValidation) || !status.message().empty());
  std::string reply;
  WriteErrorBody(status, &reply, {});
  MILLRACE_CHECK(IsValidUtf8(reply) && parser.Parse(reply).ok(), "a reply that is not JSON");
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
