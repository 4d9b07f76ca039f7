#include "server/protocol/not_built.h"

#include <string>

#include "server/protocol/call.h"

namespace millrace {

Status NotBuilt(const Operation& operation) {
  return Status::Validation("Millrace does not support the operation " +
                            std::string(operation.name()) + " yet");
}

Status NotBuilt(const Operation& operation, std::string_view what) {
  return Status::Validation("Millrace does not support " + std::string(what) + " of " +
                            std::string(operation.name()) + " yet");
}

Status ReplyNone(Call* call, std::string_view list) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key(list);
  reply.BeginArray();
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
