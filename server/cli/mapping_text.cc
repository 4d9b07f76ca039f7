#include "server/cli/mapping_text.h"

#include <algorithm>

#include "server/cli/gap_text.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string DurationText(int64_t millis) {
  const int64_t seconds = millis / 1000;
  if (seconds < 1) return std::to_string(millis) + " ms";
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

std::string YesNo(bool yes) {
  return yes ? "yes" : "no";
}

bool HasElements(JsonValue object, std::string_view name) {
  bool has = false;
  const std::optional<JsonValue> list = object.Find(name);
  if (!list) return has;
  const Status done = list->ForEachElement([&has](JsonValue) {
    has = true;
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return has;
}

std::string DeadLetterTableOf(JsonValue mapping) {
  const std::optional<JsonValue> destination = mapping.Find("DestinationConfig");
  const auto on_failure = destination ? destination->Find("OnFailure") : std::nullopt;
  return on_failure ? StringMember(*on_failure, "Destination") : "nowhere";
}

void AddSettings(JsonValue mapping, Rows* rows) {
  const int64_t retries = IntegerMember(mapping, "MaximumRetryAttempts");
  const int64_t age = IntegerMember(mapping, "MaximumRecordAgeInSeconds");
  rows->push_back({"Batch size", Grouped(IntegerMember(mapping, "BatchSize"))});
  rows->push_back({"Batching window",
                   Grouped(IntegerMember(mapping, "MaximumBatchingWindowInSeconds")) + " s"});
  rows->push_back(
      {"Parallelization factor", Grouped(IntegerMember(mapping, "ParallelizationFactor"))});
  rows->push_back({"Retries", retries < 0 ? "for ever" : Grouped(retries)});
  rows->push_back({"Record age", age < 0 ? "any" : "up to " + Grouped(age) + " s"});
  rows->push_back({"Bisect on error", YesNo(BooleanMember(mapping, "BisectBatchOnFunctionError"))});
  rows->push_back({"Partial failures", YesNo(HasElements(mapping, "FunctionResponseTypes"))});
  rows->push_back({"Dead letters go to", DeadLetterTableOf(mapping)});
}

std::string ShardsText(JsonValue mapping) {
  Rows rows = {{"SHARD", "WAITING", "BEHIND", "UNTIL TRIMMED", "ATTEMPT"}};
  Rows gaps;
  const std::optional<JsonValue> shards = mapping.Find("Shards");
  if (!shards) return "";
  const Status done = shards->ForEachElement([&rows, &gaps](JsonValue shard) {
    const bool trims = shard.Find("TimeToTrimMilliseconds").has_value();
    rows.push_back(
        {StringMember(shard, "ShardId") + (BooleanMember(shard, "Ended") ? " (ended)" : ""),
         Grouped(IntegerMember(shard, "LagRecords")),
         DurationText(IntegerMember(shard, "LagMilliseconds")),
         trims ? DurationText(IntegerMember(shard, "TimeToTrimMilliseconds")) : "-",
         Grouped(IntegerMember(shard, "Attempt"))});
    if (const std::string lost = GapText(shard, "its", ""); !lost.empty()) {
      gaps.push_back({"LOST", StringMember(shard, "ShardId"), lost});
    }
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return Aligned(rows) + (gaps.empty() ? "" : "\n\n" + Aligned(gaps));
}

}  // namespace

std::string MappingText(JsonValue mapping) {
  Rows rows = {
      {"Mapping", StringMember(mapping, "UUID")},
      {"Function", ArnName(StringMember(mapping, "FunctionArn"))},
      {"Table", StringMember(mapping, "TableName")},
      {"State", StringMember(mapping, "State")},
      {"Last result", Printable(StringMember(mapping, "LastProcessingResult"))},
      {"Records processed", Grouped(IntegerMember(mapping, "RecordsProcessed"))},
      {"Dead letters", Grouped(IntegerMember(mapping, "DeadLetters"))},
      {"Discarded", Grouped(IntegerMember(mapping, "Discarded"))},
  };
  AddSettings(mapping, &rows);
  return Aligned(rows) + "\n\n" + ShardsText(mapping);
}

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
