#include "server/protocol/call.h"

#include "engine/json/attribute_value.h"
#include "server/protocol/error_reply.h"
#include "server/protocol/log.h"
#include "server/protocol/table_name.h"

namespace millrace {

namespace {

// The members of the two exceptions differ in a letter. Source: their models.
void WriteThrottlingReasons(const Status& error, const ThrottlingReasons& reasons,
                            const ArnScope& scope, JsonWriter* writer) {
  const bool provisioned = error.Is(ErrorCode::kProvisionedThroughputExceeded);
  if (reasons.empty() || !(provisioned || error.Is(ErrorCode::kThrottling))) return;
  writer->Key(provisioned ? "ThrottlingReasons" : "throttlingReasons");
  writer->BeginArray();
  for (const ThrottlingReason& reason : reasons) {
    const std::string arn = TableArn(scope, reason.table);
    writer->BeginObject();
    writer->Key("reason");
    writer->String(reason.reason);
    writer->Key("resource");
    writer->String(reason.index.empty() ? arn : arn + "/index/" + reason.index);
    writer->EndObject();
  }
  writer->EndArray();
}

}  // namespace

void ReplySlot::Send(const Status& outcome, ItemView item,
                     const ThrottlingReasons& throttled) const {
  if (outcome.ok()) return exchange_->Send(200, ContentType::kAmzJson);
  if (IsInternal(outcome.code())) {
    services_->log->Error(std::string(operation_->target) + " " +
                          std::string(exchange_->request_id()) + ": " + outcome.ToString());
  }
  SendError(outcome, [&](JsonWriter* writer) {
    WriteThrottlingReasons(outcome, throttled, services_->scope, writer);
    if (item.empty()) return;
    writer->Key("Item");
    WriteAttributeMap(item.attributes(), writer);
  });
}

void ReplySlot::SendError(const Status& error,
                          const std::function<void(JsonWriter*)>& write_members) const {
  WriteErrorBody(error, exchange_->reply_body(), write_members);
  exchange_->Send(HttpStatusOf(error), ContentType::kAmzJson);
}

Result<TableRef> Call::FindTable(std::string_view text) const {
  return millrace::FindTable(services, text);
}

Result<TableRef> FindTable(const Services& services, std::string_view text) {
  ASSIGN_OR_RETURN(const std::string_view name,
                   ResolveTableName(text, services.scope.region, services.scope.account));
  TableRef table = services.database->FindTable(name);
  if (table == nullptr) return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
  return table;
}

}  // namespace millrace
