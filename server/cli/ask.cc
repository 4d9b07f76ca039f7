#include "server/cli/ask.h"

#include "server/cli/text.h"

namespace millrace {

Status AskAndSay(const CommandContext& context, std::string_view target, std::string_view body,
                 const std::string& line) {
  RETURN_IF_ERROR(context.api->Call(target, body).status());
  Print(context.json ? context.api->reply_text() : line);
  return Status::Ok();
}

}  // namespace millrace
