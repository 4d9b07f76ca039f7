#include "server/protocol/error_reply.h"

#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

// Two families of AWS's own layers spell the member with a capital letter.
bool HasCapitalMessage(ErrorCode code) {
  return code == ErrorCode::kSerialization || code == ErrorCode::kAccessDenied;
}

}  // namespace

bool IsInternal(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
    case ErrorCode::kIo:
    case ErrorCode::kDiskFull:
    case ErrorCode::kCorruption:
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kDirectoryInUse:
    case ErrorCode::kFenced:
      return true;
    default:
      return false;
  }
}

std::string_view PublicMessage(const Status& error) {
  switch (error.code()) {
    case ErrorCode::kInternal:
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kDirectoryInUse:
    case ErrorCode::kFenced:
      return "Internal server error";
    default:
      return error.message();
  }
}

int HttpStatusOf(const Status& error) {
  return InfoOf(error.code()).http_status;
}

void WriteErrorBody(const Status& error, std::string* body, ItemView item) {
  const ErrorInfo& info = InfoOf(error.code());
  body->clear();
  JsonWriter writer(body);
  writer.BeginObject();
  writer.Key("__type");
  writer.String(std::string(info.prefix) + std::string(info.name));
  if (!item.empty()) {
    writer.Key("Item");
    WriteAttributeMap(item.attributes(), &writer);
  }
  const std::string_view message = PublicMessage(error);
  if (!message.empty()) {
    writer.Key(HasCapitalMessage(error.code()) ? "Message" : "message");
    writer.String(message);
  }
  writer.EndObject();
}

}  // namespace millrace
