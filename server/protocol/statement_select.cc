#include "server/protocol/statement_select.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/index_entries.h"
#include "server/protocol/capacity.h"
#include "server/protocol/index_read.h"
#include "server/protocol/item_core.h"

namespace millrace {
namespace {

void AddKeyAttributes(const std::vector<KeyAttribute>& attributes,
                      const std::vector<std::string>& values, Value* map) {
  for (size_t i = 0; i < attributes.size() && i < values.size(); ++i) {
    map->SetInMap(attributes[i].name, KeyValue(attributes[i].type, values[i]));
  }
}

std::vector<std::string> NotProjected(const SelectSource& source,
                                      std::vector<std::string> attributes) {
  const auto is_projected = [&source](const std::string& attribute) {
    return IsProjected(*source.table, *source.index, attribute);
  };
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(), is_projected),
                   attributes.end());
  return attributes;
}

Status Unprojected(std::string_view what, const std::string& index, std::string_view verb,
                   const std::vector<std::string>& attributes) {
  std::string text = "One or more parameter values were invalid: ";
  text.append(what).append(" ").append(index).append(" does not project ").append(verb).append("[");
  for (size_t i = 0; i < attributes.size(); ++i) text += (i == 0 ? "" : ", ") + attributes[i];
  return Status::Validation(text + "]");
}

// Only a local index can fetch what it does not project, and only for the select list. Recorded: a
// scan's filter is not looked at, nor what an OR joins with the keys.
Status CheckProjected(const Statement& statement, const SelectSource& source,
                      const SelectPlan& plan, bool* whole_items) {
  *whole_items = false;
  if (source.index == nullptr) return Status::Ok();
  const IndexSpec& spec = source.index->spec;
  if (!plan.queries.empty()) {
    const auto missing = NotProjected(source, plan.filtered_beside_keys);
    if (!missing.empty()) {
      return Unprojected("Secondary index", spec.name, "one or more filter attributes: ", missing);
    }
  }
  const auto missing = NotProjected(source, statement.SelectedAttributes());
  if (missing.empty()) return Status::Ok();
  if (spec.kind == IndexKind::kGlobal) {
    return Unprojected("Global secondary index", spec.name, "", missing);
  }
  *whole_items = true;
  return Status::Ok();
}

void AddUnits(const SelectSource& source, const Page& page, bool consistent,
              SelectedPage* selected) {
  const double units = ReadUnits(page.evaluated_size, consistent);
  if (source.index == nullptr) {
    selected->table_units += units;
    return;
  }
  selected->index_units += units;
  selected->table_units += static_cast<double>(page.fetched_blocks) * (consistent ? 1 : 0.5);
}

}  // namespace

Status CheckReadable(const IndexKeySchema& schema) {
  if (schema.hash.size() <= 1 && schema.range.size() <= 1) return Status::Ok();
  return Status::Validation(
      "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
      "multi-attribute RANGE keys.");
}

Result<SelectSource> FindSource(const Statement& statement, TableRef table, bool consistent) {
  SelectSource source;
  source.table = std::move(table);
  if (!statement.index()) return source;
  source.index = source.table->FindIndex(*statement.index());
  if (source.index == nullptr) {
    return Status::Validation("The table does not have the specified index");
  }
  RETURN_IF_ERROR(CheckReadable(source.index->spec.schema));
  if (consistent && source.index->spec.kind == IndexKind::kGlobal) {
    return Status::Validation(
        "Strongly consistent read is not supported on Global Secondary Indexes");
  }
  RETURN_IF_ERROR(CheckIsFilled(*source.index));
  return source;
}

Result<SelectedPage> ReadSelected(const Database& database, const Statement& statement,
                                  const SelectSource& source, SelectPosition from, size_t limit,
                                  bool consistent) {
  const Table& table = *source.table;
  ASSIGN_OR_RETURN(
      const SelectPlan plan,
      statement.PlanSelect(source.index != nullptr ? source.index->spec.schema
                                                   : AsIndexKeySchema(table.spec.schema)));
  if (plan.filter) RETURN_IF_ERROR(CheckPaths(table, *plan.filter));
  bool whole_items = false;
  RETURN_IF_ERROR(CheckProjected(statement, source, plan, &whole_items));
  if (plan.by_in) limit = std::min(limit, kSelectInPageMax);
  const size_t queries = std::max<size_t>(plan.queries.size(), 1);
  if (from.query >= queries) return Status::Validation("Invalid NextToken");
  SelectedPage selected;
  size_t evaluated_size = 0;
  for (uint32_t query = from.query;; ++query) {
    PageRequest request;
    request.table = source.table;
    request.index = source.index;
    request.whole_items = whole_items;
    if (!plan.queries.empty()) request.key_condition = &plan.queries[query];
    request.forward = plan.forward;
    request.exclusive_start = from.after;
    request.exclusive_start_index = from.after_index;
    request.limit = limit;
    request.filter = plan.filter ? &*plan.filter : nullptr;
    ASSIGN_OR_RETURN(const Page page, database.ReadPage(request));
    for (const std::string& item : page.items) {
      selected.items.push_back(statement.Project(ItemView(item)));
    }
    AddUnits(source, page, consistent, &selected);
    evaluated_size += page.evaluated_size;
    if (limit != SIZE_MAX) limit -= page.scanned_count;
    if (page.last_evaluated) {
      selected.next = SelectPosition{query, page.last_evaluated, page.last_evaluated_index};
      return selected;
    }
    if (query + 1 == queries) return selected;
    // A page may end between two key conditions; each alone stays under its own limit.
    if (limit == 0 || evaluated_size > kPageSizeMax) {
      selected.next = SelectPosition{query + 1, std::nullopt, {}};
      return selected;
    }
    from.after.reset();
  }
}

Value LastEvaluatedKey(const SelectSource& source, const SelectPosition& position) {
  const std::string keys = KeysItem(source.table->spec.schema, *position.after);
  Value map(ItemView(keys).value());
  if (source.index != nullptr) {
    const IndexKeySchema& schema = source.index->spec.schema;
    AddKeyAttributes(schema.hash, position.after_index.hash, &map);
    AddKeyAttributes(schema.range, position.after_index.range, &map);
  }
  return map;
}

}  // namespace millrace
