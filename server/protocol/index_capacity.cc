#include "server/protocol/index_capacity.h"

#include <string>

#include "server/protocol/capacity_settings.h"

namespace millrace {
namespace {

// Beyond it AWS does not get as far as the quota.
constexpr int64_t kIndexUnitsMax = 1'000'000'000'000;

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

CapacitySubject SubjectOf(const std::string& index) {
  return {"index : " + index, "index " + index};
}

Status CheckIndexUnits(const ProvisionedThroughput& units, const std::string& index,
                       std::string_view region) {
  const std::pair<const char*, int64_t> named[] = {{"ReadCapacityUnits", units.read_units},
                                                   {"WriteCapacityUnits", units.write_units}};
  for (const auto& [name, value] : named) {
    if (value <= kIndexUnitsMax) continue;
    return Status::Validation("Given value " + std::to_string(value) + " for " + name +
                              " is out of bounds for index " + index);
  }
  for (const auto& [name, value] : named) {
    if (value <= kTableUnitsMax) continue;
    return Status(ErrorCode::kLimitExceeded,
                  std::string("The requested ") + name + " for index " + index + ", " +
                      std::to_string(value) +
                      ", is above the per index maximum for the account in " + std::string(region) +
                      ". Per table maximum: " + std::to_string(kTableUnitsMax) +
                      ". Refer to the Amazon DynamoDB Developer Guide for current limits and how "
                      "to request higher limits.");
  }
  return Status::Ok();
}

// Units are given when, and only when, the table is provisioned; an index that is added to a table
// has the rule in other words.
Status CheckUnitsGiven(bool given, IndexIs is, BillingMode mode, const std::string& index) {
  const bool wanted = mode == BillingMode::kProvisioned;
  if (given == wanted) return Status::Ok();
  if (is == IndexIs::kMade) {
    return wanted ? Invalid("ProvisionedThroughput is not specified for index: " + index)
                  : Invalid("ProvisionedThroughput should not be specified for index: " + index +
                            " when BillingMode is PAY_PER_REQUEST");
  }
  return wanted ? Invalid(
                      "Both ReadCapacityUnits and WriteCapacityUnits must be specified for "
                      "index: " +
                      index)
                : Invalid(
                      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                      "index: " +
                      index + " when BillingMode is PAY_PER_REQUEST");
}

bool SaysUnits(const std::optional<CapacityInput::Units>& units) {
  return units && (units->read || units->write);
}

Status RefusedWhenProvisioned(const CapacityInput::Units& units, const std::string& index) {
  return OnDemandRefused(units, " for index : " + index, "the table BillingMode is PROVISIONED");
}

std::string WillNotChange(const IndexSpec& index) {
  const std::string read = std::to_string(index.throughput.read_units);
  const std::string write = std::to_string(index.throughput.write_units);
  return "The provisioned throughput for the index " + index.name +
         " will not change. The requested value equals the current value. Current "
         "ReadCapacityUnits provisioned for index " +
         index.name + ": " + read + ". Requested ReadCapacityUnits: " + read +
         ". Current WriteCapacityUnits provisioned for index " + index.name + ": " + write +
         ". Requested WriteCapacityUnits: " + write +
         ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
         "higher limits.";
}

Status ChangeIndexUnits(const ProvisionedThroughput& wanted, std::string_view region,
                        BillingMode mode_before, int64_t now_micros, Index* index) {
  IndexSpec& spec = index->spec;
  RETURN_IF_ERROR(CheckIndexUnits(wanted, spec.name, region));
  if (spec.throughput == wanted) return Status::Validation(WillNotChange(spec));
  const WarmThroughput warm = WarmThroughputOf(spec, mode_before);
  RETURN_IF_ERROR(ChangeUnits("index " + spec.name, wanted, now_micros, &spec.throughput,
                              &index->throughput_changes));
  spec.warm = Most(warm, {wanted.read_units, wanted.write_units});
  return Status::Ok();
}

// The text about a provisioned table could not be confirmed.
Status NothingToUpdate(BillingMode mode, const std::string& index) {
  if (mode == BillingMode::kProvisioned) {
    return Invalid("ProvisionedThroughput is not specified for index: " + index);
  }
  return Invalid("The only Updates for index: " + index +
                 " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
                 "WarmThroughput");
}

}  // namespace

// What follows "cannot be specified" in the text about bounds was not seen in public.
Status SetIndexCapacity(const Members& index, IndexIs is, BillingMode mode, std::string_view region,
                        IndexSpec* spec) {
  const CapacityInput input = ReadCapacity(index);
  RETURN_IF_ERROR(CheckUnitsGiven(input.throughput.has_value(), is, mode, spec->name));
  if (input.throughput) {
    RETURN_IF_ERROR(CheckIndexUnits(*input.throughput, spec->name, region));
    spec->throughput = *input.throughput;
  }
  if (SaysUnits(input.on_demand)) {
    if (mode == BillingMode::kProvisioned) {
      return is == IndexIs::kAdded ? RefusedWhenProvisioned(*input.on_demand, spec->name)
                                   : OnDemandRefused(*input.on_demand, " for index: " + spec->name,
                                                     "table BillingMode is PROVISIONED.");
    }
    RETURN_IF_ERROR(CheckOnDemand(*input.on_demand, false, SubjectOf(spec->name), region));
    MergeOnDemand(*input.on_demand, &spec->on_demand);
  }
  if (!SaysUnits(input.warm)) return Status::Ok();
  ASSIGN_OR_RETURN(spec->warm, NewWarm(*input.warm, WarmAtFirst(mode, spec->throughput), mode,
                                       SubjectOf(spec->name), region));
  return Status::Ok();
}

Status CheckIndexUpdate(const Members& update) {
  const CapacityInput input = ReadCapacity(update);
  if (!input.warm || SaysUnits(input.warm)) return Status::Ok();
  return Invalid(
      "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
      "specified for index: " +
      std::string(update.Text("IndexName")));
}

Status ChangeIndexCapacity(const Members& update, const ModeChange& mode, std::string_view region,
                           int64_t now_micros, Index* index) {
  const CapacityInput input = ReadCapacity(update);
  IndexSpec& spec = index->spec;
  const bool provisioned = mode.after == BillingMode::kProvisioned;
  const bool bounds = SaysUnits(input.on_demand);
  if (!provisioned && input.throughput) return NothingToUpdate(mode.after, spec.name);
  if (!input.throughput && !bounds && !input.warm) return NothingToUpdate(mode.after, spec.name);
  if (provisioned && bounds) return RefusedWhenProvisioned(*input.on_demand, spec.name);
  if (input.throughput) {
    RETURN_IF_ERROR(ChangeIndexUnits(*input.throughput, region, mode.before, now_micros, index));
    spec.on_demand = {};
  }
  if (bounds) {
    RETURN_IF_ERROR(CheckOnDemand(*input.on_demand, true, SubjectOf(spec.name), region));
    MergeOnDemand(*input.on_demand, &spec.on_demand);
  }
  if (input.warm) {
    ASSIGN_OR_RETURN(spec.warm, RaisedWarm(*input.warm, WarmThroughputOf(spec, mode.before),
                                           SubjectOf(spec.name), region));
  }
  return Status::Ok();
}

void BecomeOnDemand(Index* index) {
  IndexSpec& spec = index->spec;
  spec.warm = Most(WarmThroughputOf(spec, BillingMode::kProvisioned),
                   WarmAtFirst(BillingMode::kPayPerRequest, {}));
  spec.throughput = {};
}

WarmThroughput WarmThroughputOf(const IndexSpec& spec, BillingMode mode) {
  return spec.warm ? *spec.warm : WarmAtFirst(mode, spec.throughput);
}

}  // namespace millrace
