#include "server/protocol/error_reply.h"

namespace millrace {
namespace {

// AWS's own layers, and the errors of transactions, spell the member with a capital letter.
bool HasCapitalMessage(ErrorCode code) {
  switch (code) {
    case ErrorCode::kSerialization:
    case ErrorCode::kAccessDenied:
    case ErrorCode::kTransactionCanceled:
    case ErrorCode::kTransactionInProgress:
    case ErrorCode::kIdempotentParameterMismatch:
      return true;
    default:
      return false;
  }
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

void WriteErrorBody(const Status& error, std::string* body,
                    const std::function<void(JsonWriter*)>& write_members) {
  const ErrorInfo& info = InfoOf(error.code());
  body->clear();
  JsonWriter writer(body);
  writer.BeginObject();
  writer.Key("__type");
  writer.String(std::string(info.prefix) + std::string(info.name));
  if (write_members) write_members(&writer);
  const std::string_view message = PublicMessage(error);
  if (!message.empty()) {
    writer.Key(HasCapitalMessage(error.code()) ? "Message" : "message");
    writer.String(message);
  }
  writer.EndObject();
}

}  // namespace millrace
