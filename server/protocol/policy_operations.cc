#include <algorithm>
#include <string>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/member_json.h"
#include "server/protocol/resource_arn.h"
#include "server/protocol/resource_operations.h"
#include "server/protocol/resource_policy.h"

// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy. Source: the API reference.
namespace millrace {
namespace {

constexpr Shape kResourceArn = StringOf(1, 1283);
constexpr Shape kRevisionId = StringOf(1, 255);
constexpr Member kPutMembers[] = {
    {"ResourceArn", &kResourceArn, Presence::kRequired},
    {"Policy", &kAnyText, Presence::kRequired},
    {"ExpectedRevisionId", &kRevisionId},
    {"ConfirmRemoveSelfResourceAccess", &kAnyBoolean},  // nobody is locked out yet
};
constexpr Member kGetMembers[] = {
    {"ResourceArn", &kResourceArn, Presence::kRequired},
};
constexpr Member kDeleteMembers[] = {
    {"ResourceArn", &kResourceArn, Presence::kRequired},
    {"ExpectedRevisionId", &kRevisionId},
};

Result<Resource> FindGuarded(const Call& call) {
  return FindResource(call, call.input.Text("ResourceArn"), ArnWords::kPolicy);
}

const ResourcePolicy* PolicyOf(const TableSpec& spec, const std::string& part) {
  const auto found = spec.settings.policies.find(part);
  return found == spec.settings.policies.end() ? nullptr : &found->second;
}

void WriteRevision(const std::string& revision, JsonWriter reply) {
  reply.BeginObject();
  if (!revision.empty()) WriteText("RevisionId", revision, &reply);
  reply.EndObject();
}

// The same text again changes nothing; another one's revision is greater, whatever the clock does.
void PutPolicy(ResourcePolicy policy, const ResourcePolicy* current, ResourcePolicy* slot) {
  if (current != nullptr && current->text == policy.text) return;
  if (current != nullptr) {
    const int64_t next = std::stoll(current->revision) + 1;
    policy.revision = std::to_string(std::max<int64_t>(std::stoll(policy.revision), next));
  }
  *slot = std::move(policy);
}

}  // namespace

const Shape kPutResourcePolicyInput = StructureOf("PutResourcePolicyInput", kPutMembers);
const Shape kGetResourcePolicyInput = StructureOf("GetResourcePolicyInput", kGetMembers);
const Shape kDeleteResourcePolicyInput = StructureOf("DeleteResourcePolicyInput", kDeleteMembers);

Status PutResourcePolicy(Call* call) {
  ASSIGN_OR_RETURN(const ResourcePolicy policy,
                   NewPolicy(call->input.Text("Policy"), call->services.clock->WallMicros()));
  ASSIGN_OR_RETURN(const Resource resource, FindGuarded(*call));
  const auto expected = call->input.String("ExpectedRevisionId");
  std::string revision;
  TableUpdate update;
  update.settings = [&policy, &resource, expected, &revision](TableSpec* spec) {
    const ResourcePolicy* const current = PolicyOf(*spec, resource.part);
    RETURN_IF_ERROR(CheckExpectedRevision(expected, spec->name, current));
    ResourcePolicy* const slot = &spec->settings.policies[resource.part];
    PutPolicy(policy, current, slot);
    revision = slot->revision;
    return Status::Ok();
  };
  RETURN_IF_ERROR(call->services.database->UpdateTable(resource.table->spec.name, update).status());
  WriteRevision(revision, call->Reply());
  return Status::Ok();
}

Status GetResourcePolicy(Call* call) {
  ASSIGN_OR_RETURN(const Resource resource, FindGuarded(*call));
  const ResourcePolicy* const policy = PolicyOf(resource.table->spec, resource.part);
  if (policy == nullptr) {
    return Status(ErrorCode::kPolicyNotFound,
                  "Resource-based policy not found for the provided ResourceArn: " +
                      std::string(call->input.Text("ResourceArn")));
  }
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  WriteText("Policy", policy->text, &reply);
  WriteText("RevisionId", policy->revision, &reply);
  reply.EndObject();
  return Status::Ok();
}

// Without a policy it succeeds, and names no revision.
Status DeleteResourcePolicy(Call* call) {
  ASSIGN_OR_RETURN(const Resource resource, FindGuarded(*call));
  const auto expected = call->input.String("ExpectedRevisionId");
  std::string revision;
  TableUpdate update;
  update.settings = [&resource, expected, &revision](TableSpec* spec) {
    const ResourcePolicy* const current = PolicyOf(*spec, resource.part);
    RETURN_IF_ERROR(CheckExpectedRevision(expected, spec->name, current));
    if (current != nullptr) revision = current->revision;
    spec->settings.policies.erase(resource.part);
    return Status::Ok();
  };
  RETURN_IF_ERROR(call->services.database->UpdateTable(resource.table->spec.name, update).status());
  WriteRevision(revision, call->Reply());
  return Status::Ok();
}

}  // namespace millrace
