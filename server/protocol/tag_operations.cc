#include <string>

#include "server/protocol/call.h"
#include "server/protocol/member_json.h"
#include "server/protocol/resource_arn.h"
#include "server/protocol/resource_operations.h"
#include "server/protocol/table_shapes.h"
#include "server/protocol/tag_rules.h"

// TagResource, UntagResource, ListTagsOfResource. Source: the API reference; what is wrong with a
// tag or an ARN is said in words of its own, not as a constraint.
namespace millrace {
namespace {

constexpr Member kTagMembersOfInput[] = {
    {"ResourceArn", &kAnyText},
    {"Tags", &kTags},
};
constexpr Shape kTagKeys = ListOf(&kAnyText);
constexpr Member kUntagMembers[] = {
    {"ResourceArn", &kAnyText},
    {"TagKeys", &kTagKeys},
};
constexpr Member kListMembers[] = {
    {"ResourceArn", &kAnyText},
    {"NextToken", &kAnyText},  // there are never more tags than fit in the first page
};

Result<Resource> FindTagged(const Call& call) {
  const auto arn = call.input.String("ResourceArn");
  if (!arn) return Status::Validation("Invalid TableArn");
  return FindResource(call, *arn, ArnWords::kTags);
}

// A reply without a body.
Status ChangeTags(const Call& call, std::string_view member, std::string_view none,
                  Status (*change)(JsonValue list, Tags* tags)) {
  ASSIGN_OR_RETURN(const Resource resource, FindTagged(call));
  const std::optional<JsonValue> list = call.input.Find(member);
  if (!list || list->size() == 0) return Status::Validation(std::string(none));
  TableUpdate update;
  update.settings = [list, change](TableSpec* spec) { return change(*list, &spec->settings.tags); };
  return call.services.database->UpdateTable(resource.table->spec.name, update).status();
}

}  // namespace

const Shape kTagResourceInput = StructureOf("TagResourceInput", kTagMembersOfInput);
const Shape kUntagResourceInput = StructureOf("UntagResourceInput", kUntagMembers);
const Shape kListTagsOfResourceInput = StructureOf("ListTagsOfResourceInput", kListMembers);

Status TagResource(Call* call) {
  return ChangeTags(*call, "Tags", "Atleast one Tag needs to be provided as Input.", MergeTags);
}

Status UntagResource(Call* call) {
  return ChangeTags(*call, "TagKeys", "Atleast one Tag Key needs to be provided as Input.",
                    RemoveTags);
}

Status ListTagsOfResource(Call* call) {
  ASSIGN_OR_RETURN(const Resource resource, FindTagged(*call));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Tags");
  reply.BeginArray();
  for (const auto& [key, value] : resource.table->spec.settings.tags) {
    reply.BeginObject();
    WriteText("Key", key, &reply);
    WriteText("Value", value, &reply);
    reply.EndObject();
  }
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
