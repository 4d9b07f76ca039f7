#include "engine/plan_write.h"

#include "engine/base/limits.h"
#include "engine/index_entries.h"
#include "engine/model/change_record.h"

namespace millrace {
namespace {

WritePlan Failed(Status status) {
  WritePlan plan;
  plan.status = std::move(status);
  return plan;
}

Status CheckUpdated(ItemView item) {
  if (item.aws_size() > kItemSizeMax) {
    return Status::Validation("Item size to update has exceeded the maximum allowed size");
  }
  if (NestingDepth(item.value()) > kNestingDepthMax) {  // the item itself is a level
    return Status::Validation(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
        "beyond "
        "supported limit");
  }
  return Status::Ok();
}

WritePlan PlanUpdate(const Table& table, ItemView old_item, const WriteRequest& request) {
  std::string keys;
  ItemView base = old_item;
  if (base.empty()) {
    keys = KeysItem(request.table->spec.schema, request.key);
    base = ItemView(keys);
  }
  WritePlan plan;
  if (request.update) {
    Result<Value> updated = request.update->Apply(base);
    if (!updated.ok()) return Failed(updated.status());
    // As AWS does, which the reference does not say: seen by public test suites.
    if (old_item.empty() && request.update->OnlyRemoves()) return plan;
    plan.new_image = EncodeItem(*updated);
    const ItemView updated_item(plan.new_image);
    if (Status status = CheckUpdated(updated_item); !status.ok()) return Failed(status);
    Status status = CheckUpdatedIndexKeys(table, old_item, updated_item);
    if (!status.ok()) return Failed(std::move(status));
  } else {
    plan.new_image.assign(base.bytes());
  }
  return plan;
}

}  // namespace

WritePlan PlanWrite(const Table& table, ItemView old_item, const WriteRequest& request) {
  if (request.kind == WriteKind::kPut) {
    Status status = CheckIndexKeys(table, ItemView(request.item));
    if (!status.ok()) return Failed(std::move(status));
  }
  if (request.condition) {
    Result<bool> holds = request.condition->Evaluate(old_item);
    if (!holds.ok()) return Failed(holds.status());
    if (!*holds) {
      return Failed(Status(ErrorCode::kConditionalCheckFailed, "The conditional request failed"));
    }
  }
  WritePlan plan;
  switch (request.kind) {
    case WriteKind::kPut:
      if (Status status = CheckItemSize(ItemView(request.item)); !status.ok())
        return Failed(status);
      plan.new_image = request.item;
      break;
    case WriteKind::kUpdate:
      plan = PlanUpdate(table, old_item, request);
      if (!plan.status.ok()) return plan;
      break;
    case WriteKind::kDelete:
      break;
    case WriteKind::kConditionCheck:
      plan.new_image.assign(old_item.bytes());
      break;
  }
  plan.changed = old_item.bytes() != plan.new_image;
  return plan;
}

PlannedBody PlanRecordBody(const Table& table, const ItemKey& key, uint64_t key_hash,
                           ItemView old_item, ItemView new_item, const WriteOrigin& origin,
                           uint16_t region) {
  const std::string keys = KeysItem(table.spec.schema, key);
  RecordBody body;
  body.key_hash = key_hash;
  body.previous_size = old_item.empty() ? 0 : old_item.aws_size();
  body.hop_count = origin.hop_count;
  body.origin_region = region;
  body.causation = origin.causation;
  body.keys = keys;
  body.new_image = new_item.bytes();
  if (table.StoresOldImage()) body.old_image = old_item.bytes();
  body.principal = origin.principal;
  body.request_id = origin.request_id;
  PlannedBody planned;
  planned.bytes = EncodeRecordBody(body);
  planned.digest = Sha256(planned.bytes);
  return planned;
}

}  // namespace millrace
