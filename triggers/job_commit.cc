#include "triggers/job_commit.h"

#include <algorithm>

#include "triggers/delivery_outcome.h"

namespace millrace {
namespace {

constexpr int64_t kBackoffNanos = 50'000'000;  // doubles, up to
constexpr int64_t kBackoffNanosMax = 2'000'000'000;

bool MayPass(ErrorCode code) {
  return code == ErrorCode::kThrottling || code == ErrorCode::kDiskFull ||
         code == ErrorCode::kTransactionConflict;
}

}  // namespace

CommitResult CommitPatiently(Database* database, const CommitRequest& request, const Job& job) {
  for (int64_t backoff = kBackoffNanos;; backoff = std::min(2 * backoff, kBackoffNanosMax)) {
    CommitResult result = database->CommitAndWait(request);
    if (result.status.ok() || !MayPass(CauseOf(result).code()) || !job.WaitFor(backoff)) {
      return result;
    }
  }
}

bool EndsJob(ErrorCode code) {
  return IsSetback(code);
}

}  // namespace millrace
