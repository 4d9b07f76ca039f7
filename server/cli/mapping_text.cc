#include "server/cli/mapping_text.h"

#include <algorithm>

#include "server/cli/text.h"

namespace millrace {

MappingLag LagOf(JsonValue mapping) {
  MappingLag lag;
  const std::optional<JsonValue> shards = mapping.Find("Shards");
  if (!shards) return lag;
  const Status done = shards->ForEachElement([&lag](JsonValue shard) {
    lag.records += IntegerMember(shard, "LagRecords");
    lag.milliseconds = std::max(lag.milliseconds, IntegerMember(shard, "LagMilliseconds"));
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return lag;
}

std::string ArnName(const std::string& arn) {
  const size_t colon = arn.rfind(':');
  return colon == arn.npos ? arn : arn.substr(colon + 1);
}

}  // namespace millrace
