#include <millrace/invocation.h>

#include <algorithm>

#include "engine/model/item.h"

namespace millrace {
namespace {

using Placeholders = Expression::Placeholders;

// False when `entry` is there already with another meaning.
bool AddPlaceholder(const std::pair<std::string, std::string>& entry, Placeholders* to) {
  const auto same = std::find_if(to->begin(), to->end(),
                                 [&entry](const auto& e) { return e.first == entry.first; });
  if (same != to->end()) return same->second == entry.second;
  to->push_back(entry);
  return true;
}

}  // namespace

Invocation::Invocation(InvokeFrame frame, ItemReader* reader, const Clock* clock)
    : frame_(std::move(frame)), reader_(reader), clock_(clock) {}

std::chrono::steady_clock::time_point Invocation::deadline() const {
  // steady_clock is CLOCK_MONOTONIC.
  return std::chrono::steady_clock::time_point(
      std::chrono::nanoseconds(frame_.deadline_monotonic_nanos));
}

std::chrono::milliseconds Invocation::remaining() const {
  const auto now = clock_ == nullptr ? std::chrono::steady_clock::now()
                                     : std::chrono::steady_clock::time_point(
                                           std::chrono::nanoseconds(clock_->MonotonicNanos()));
  const auto left = deadline() - now;
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left),
                  std::chrono::milliseconds(0));
}

Result<Item> Invocation::Get(std::string_view table, const ItemBuilder& key) {
  RETURN_IF_ERROR(key.status());
  return reader_->Get(frame_.invocation_id, table, EncodeItem(key.value()), deadline());
}

void Invocation::Put(std::string_view table, const ItemBuilder& item, const Expression& condition) {
  Collect(TableWriteKind::kPut, table, item, {}, condition);
}

void Invocation::Update(std::string_view table, const ItemBuilder& key, const Expression& update,
                        const Expression& condition) {
  Collect(TableWriteKind::kUpdate, table, key, update, condition);
}

void Invocation::Delete(std::string_view table, const ItemBuilder& key,
                        const Expression& condition) {
  Collect(TableWriteKind::kDelete, table, key, {}, condition);
}

void Invocation::Fail(const Record& record) {
  const auto index = static_cast<uint32_t>(record.index());
  const auto at = std::lower_bound(failed_records_.begin(), failed_records_.end(), index);
  if (at == failed_records_.end() || *at != index) failed_records_.insert(at, index);
}

void Invocation::Collect(TableWriteKind kind, std::string_view table, const ItemBuilder& item,
                         const Expression& update, const Expression& condition) {
  Keep(item.status());
  TableWrite write;
  write.kind = kind;
  write.table_name = table;
  write.item = EncodeItem(item.value());
  write.update_expression = update.text();
  write.condition_expression = condition.text();
  Merge(update, &write);
  Merge(condition, &write);
  writes_.push_back(std::move(write));
}

void Invocation::Merge(const Expression& expression, TableWrite* write) {
  Keep(expression.status());
  for (const auto& name : expression.names()) {
    if (!AddPlaceholder(name, &write->names)) {
      Keep(Status::Validation("placeholder " + name.first + " has two meanings"));
    }
  }
  for (const auto& value : expression.values()) {
    if (!AddPlaceholder(value, &write->values)) {
      Keep(Status::Validation("placeholder " + value.first + " has two meanings"));
    }
  }
}

void Invocation::Keep(const Status& status) {
  if (first_error_.ok() && !status.ok()) first_error_ = status;
}

}  // namespace millrace
