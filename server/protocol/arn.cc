#include "server/protocol/arn.h"

namespace millrace {
namespace {

std::string_view TakePart(std::string_view* rest, bool* whole) {
  const size_t colon = rest->find(':');
  if (colon == rest->npos) *whole = false;
  const std::string_view part = rest->substr(0, colon);
  rest->remove_prefix(colon == rest->npos ? rest->size() : colon + 1);
  return part;
}

}  // namespace

bool IsArn(std::string_view text) {
  return text.substr(0, 4) == "arn:";
}

ArnParts SplitArn(std::string_view arn) {
  ArnParts parts;
  parts.whole = IsArn(arn);
  TakePart(&arn, &parts.whole);
  parts.partition = TakePart(&arn, &parts.whole);
  parts.service = TakePart(&arn, &parts.whole);
  parts.region = TakePart(&arn, &parts.whole);
  parts.account = TakePart(&arn, &parts.whole);
  parts.resource = arn;
  return parts;
}

Status AccessDenied() {
  return Status(ErrorCode::kAccessDenied, "Access is denied");
}

}  // namespace millrace
