#include "triggers/delivery_outcome.h"

#include "engine/base/checksum.h"

namespace millrace {

std::string IdempotencyKeyOf(std::string_view scope, std::string_view shard, Position first,
                             Position last) {
  std::string text;
  text.append(scope).append("/").append(shard).append("/");
  AppendPosition(first, &text);
  AppendPosition(last, &text);
  const Digest digest = Sha256(text);
  std::string key;
  for (size_t i = 0; i < 16; ++i) {
    key += "0123456789abcdef"[digest[i] >> 4];
    key += "0123456789abcdef"[digest[i] & 15];
  }
  return key;
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
