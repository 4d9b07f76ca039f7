#include "triggers/delivery_outcome.h"

#include "engine/base/checksum.h"
#include "engine/base/hex.h"

namespace millrace {

std::string IdempotencyKeyOf(std::string_view scope, std::string_view shard, Position first,
                             Position last) {
  std::string text;
  text.append(scope).append("/").append(shard).append("/");
  AppendPosition(first, &text);
  AppendPosition(last, &text);
  const Digest digest = Sha256(text);
  return ToHex(BytesOf(digest).substr(0, 16));
}

bool IsSetback(ErrorCode code) {
  switch (code) {
    case ErrorCode::kThrottling:
    case ErrorCode::kDiskFull:
    case ErrorCode::kIo:
    case ErrorCode::kUnavailable:
    case ErrorCode::kServiceUnavailable:
    case ErrorCode::kInternal:
    case ErrorCode::kTransactionConflict:
      return true;
    default:
      return false;
  }
}

Status CauseOf(const CommitResult& result) {
  if (result.status.Is(ErrorCode::kTransactionCanceled)) {
    for (size_t i = 0; i < result.outcomes.size(); ++i) {
      const Status& status = result.outcomes[i].status;
      if (!status.ok()) {
        return Status(status.code(), "write " + std::to_string(i) + ": " + status.message());
      }
    }
  }
  return result.status;
}

}  // namespace millrace
