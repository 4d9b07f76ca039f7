#include "sdk/frames_limits.h"

#include <string>

#include "engine/base/limits.h"
#include "engine/model/item.h"
#include "engine/model/utf8.h"
#include "engine/model/value.h"

namespace millrace {
namespace {

Status Invalid(std::string_view what, std::string_view how) {
  return Status::Validation(std::string(what) + " " + std::string(how));
}

Status CheckPlaceholders(const TableWrite& write) {
  if (write.names.size() > kPlaceholdersMax || write.values.size() > kPlaceholdersMax) {
    return Invalid("a write", "has more than 1024 placeholders");
  }
  for (const auto& [name, attribute] : write.names) {
    RETURN_IF_ERROR(CheckFrameName("a placeholder of a name", name));
    RETURN_IF_ERROR(CheckFrameText("an attribute name", attribute, kAttributeNameSizeMax));
  }
  for (const auto& [name, value] : write.values) {
    RETURN_IF_ERROR(CheckFrameName("a placeholder of a value", name));
    RETURN_IF_ERROR(ValidateValue(value, kNestingDepthMax));
  }
  return Status::Ok();
}

}  // namespace

Status CheckFrameText(std::string_view what, std::string_view text, size_t size_max) {
  if (text.size() > size_max) {
    return Invalid(what, "is longer than " + std::to_string(size_max) + " bytes");
  }
  if (!IsValidUtf8(text)) return Invalid(what, "is not UTF-8");
  return Status::Ok();
}

Status CheckFrameName(std::string_view what, std::string_view text) {
  if (text.empty()) return Invalid(what, "is missing");
  return CheckFrameText(what, text, kFrameNameSizeMax);
}

Status CheckFrameItem(std::string_view what, std::string_view bytes) {
  const Status status = ValidateItem(bytes);
  return status.ok() ? status : Invalid(what, "is malformed: " + status.message());
}

Status CheckTableWrite(const TableWrite& write) {
  RETURN_IF_ERROR(CheckFrameName("the table name of a write", write.table_name));
  RETURN_IF_ERROR(CheckFrameItem("the item of a write", write.item));
  RETURN_IF_ERROR(
      CheckFrameText("an update expression", write.update_expression, kExpressionSizeMax));
  RETURN_IF_ERROR(
      CheckFrameText("a condition expression", write.condition_expression, kExpressionSizeMax));
  if (write.kind != TableWriteKind::kUpdate && !write.update_expression.empty()) {
    return Invalid("a Put or Delete", "has an update expression");
  }
  return CheckPlaceholders(write);
}

size_t SizeOfWrite(const TableWrite& write) {
  size_t size = write.table_name.size() + write.item.size() + write.update_expression.size() +
                write.condition_expression.size();
  for (const auto& [name, attribute] : write.names) size += name.size() + attribute.size();
  for (const auto& [name, value] : write.values) size += name.size() + value.size();
  return size;
}

Status CheckFailedRecords(const std::vector<uint32_t>& indexes) {
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i] >= kInvocationRecordsMax || (i > 0 && indexes[i] <= indexes[i - 1])) {
      return Invalid("the list of failed records", "is out of order or range");
    }
  }
  return Status::Ok();
}

Status CheckReply(const ReplyFrame& reply) {
  RETURN_IF_ERROR(CheckFrameText("an error type", reply.error_type, kFrameNameSizeMax));
  RETURN_IF_ERROR(CheckFrameText("an error message", reply.error_message, kErrorMessageSizeMax));
  if (!reply.ok() && !reply.writes.empty()) return Invalid("a failed invocation", "has writes");
  if (reply.writes.size() > kReplyWritesMax) {
    return Invalid("the reply", "has more than 100 writes");
  }
  size_t size = 0;
  for (const TableWrite& write : reply.writes) {
    size += SizeOfWrite(write);
    if (size > kReplyWritesSizeMax) return Invalid("the reply", "has writes of more than 4 MB");
    RETURN_IF_ERROR(CheckTableWrite(write));
  }
  return CheckFailedRecords(reply.failed_records);
}

}  // namespace millrace
