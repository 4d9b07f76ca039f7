#include "server/protocol/plan_probe.h"

namespace millrace {
namespace {

// A list's elements, which are searched slowest, take some 20 ns for every 4 bytes.
constexpr size_t kSearchedSizeMax = 512 * 1024;

}  // namespace

bool PlanProbe::HoldsUp(const WriteRequest& write) {
  const Result<bool> found = database_.Get(*write.table, write.key, scratch_, !may_wait_);
  if (may_wait_) return false;
  if (!found.ok()) return found.status().Is(ErrorCode::kUnavailable);  // others: the commit reports
  if (*found && write.condition) searched_ += scratch_->size() * write.condition->Searches();
  return searched_ > kSearchedSizeMax;
}

}  // namespace millrace
