#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/expression/partiql.h"
#include "engine/expression/partiql_conjuncts.h"
#include "engine/expression/partiql_expressions.h"
#include "engine/expression/partiql_statement.h"
#include "engine/expression/path.h"

namespace millrace {
namespace {

using expr::Ast;
using expr::AttributeDemand;
using expr::AttributeTest;
using expr::NodeKind;
using expr::NodeRange;
using expr::ParsedStatement;

// The WHERE clause, taken apart.
struct Where {
  std::vector<NodeRange> ranges;         // all conditions that AND joins
  std::vector<AttributeDemand> demands;  // those that are about one attribute
};

Where ReadWhere(const ParsedStatement& statement) {
  Where where;
  if (!statement.has_where) return where;
  where.ranges = expr::SplitConjuncts(statement.where);
  for (const NodeRange& range : where.ranges) {
    if (auto demand = expr::ReadDemand(statement.where, range)) {
      where.demands.push_back(std::move(*demand));
    }
  }
  return where;
}

bool Same(NodeRange a, NodeRange b) {
  return a.first == b.first;
}

// The conditions but for those that were used.
std::vector<NodeRange> Without(std::vector<NodeRange> ranges, const std::vector<NodeRange>& used) {
  const auto is_used = [&used](NodeRange range) {
    return std::any_of(used.begin(), used.end(), [range](NodeRange u) { return Same(u, range); });
  };
  ranges.erase(std::remove_if(ranges.begin(), ranges.end(), is_used), ranges.end());
  return ranges;
}

// The key of one item, as the WHERE clause of a write gives it.
struct WholeKey {
  std::vector<std::pair<std::string, ValueView>> attributes;
  std::vector<NodeRange> used;
  bool complete = true;
  const KeyAttribute* repeated = nullptr;  // with another value
};

WholeKey FindKey(const Where& where, const KeySchema& schema, bool take_in) {
  WholeKey key;
  std::vector<const KeyAttribute*> wanted = {&schema.hash};
  if (schema.range) wanted.push_back(&*schema.range);
  for (const KeyAttribute* attribute : wanted) {
    std::optional<ValueView> value;
    for (const AttributeDemand& demand : where.demands) {
      if (demand.name != attribute->name || demand.test != AttributeTest::kEqual) continue;
      if (demand.is_in && !take_in) continue;
      if (!value) {
        value = demand.values[0];
      } else if (!(*value == demand.values[0])) {
        key.repeated = attribute;
        continue;
      }
      key.used.push_back(demand.range);
    }
    if (value) {
      key.attributes.emplace_back(attribute->name, *value);
    } else {
      key.complete = false;
    }
  }
  return key;
}

Result<ItemKey> KeyOf(const WholeKey& key, const KeySchema& schema) {
  Value::Map map;
  for (const auto& [name, value] : key.attributes) map.emplace_back(name, Value(value));
  return KeyOfKeyMap(schema, ValueView(Value::OfMap(std::move(map)).Encode()));
}

// attribute_exists or attribute_not_exists of the partition key.
void AppendExistence(expr::Function function, const KeySchema& schema, Ast* ast) {
  ast->elements.push_back({.name = schema.hash.name});
  ast->paths.push_back({.first = 0, .count = 1, .resolved = true});
  ast->nodes.push_back({.kind = NodeKind::kPath});
  ast->nodes.push_back(
      {.kind = NodeKind::kCall, .function = function, .is_condition = true, .operands = 1});
}

// The condition of a write: on the item's existence as `kind` has it, and what else WHERE says.
Result<std::optional<Condition>> MakeCondition(
    const std::shared_ptr<const ParsedStatement>& statement, const KeySchema& schema,
    const std::vector<NodeRange>& rest) {
  // Names of the key are borrowed from the schema; the copy lives as long as the condition.
  struct Kept {
    std::shared_ptr<const ParsedStatement> statement;
    KeySchema schema;
  };
  const auto keeps = std::make_shared<const Kept>(Kept{statement, schema});
  Ast ast(std::pmr::get_default_resource());
  switch (statement->kind) {
    case StatementKind::kInsert:
      AppendExistence(expr::Function::kAttributeNotExists, keeps->schema, &ast);
      break;
    case StatementKind::kUpdate:
      AppendExistence(expr::Function::kAttributeExists, keeps->schema, &ast);
      break;
    case StatementKind::kDelete:
      if (!rest.empty()) AppendExistence(expr::Function::kAttributeNotExists, keeps->schema, &ast);
      break;
    default:
      break;
  }
  const auto joint = static_cast<uint32_t>(ast.nodes.size());
  expr::AppendConjunction(statement->where, rest, &ast);
  if (statement->kind == StatementKind::kDelete && !rest.empty()) {
    ast.nodes[joint].kind = NodeKind::kOrJump;  // no such item, or the conditions
  }
  if (ast.nodes.empty()) return std::optional<Condition>();
  ASSIGN_OR_RETURN(Condition condition, expr::MakeSqlCondition(ast, keeps));
  RETURN_IF_ERROR(condition.CheckKeysAreScalars(schema));
  return std::optional<Condition>(std::move(condition));
}

// The name under which a path of the select list is returned.
std::string ColumnName(expr::Path path) {
  size_t first = path.size() - 1;
  while (path[first].is_index) --first;
  std::string name(path[first].name);
  for (size_t i = first + 1; i < path.size(); ++i) {
    name += "[" + std::to_string(path[i].index) + "]";
  }
  return name;
}

}  // namespace

Result<Statement> Statement::Parse(std::string_view text, const std::vector<Value>& parameters,
                                   std::optional<StatementSource>* refused) {
  const auto parsed = std::make_shared<ParsedStatement>();
  parsed->source.text = text;
  for (const Value& parameter : parameters) {
    parsed->source.parameters.push_back(parameter.Encode());
  }
  RETURN_IF_ERROR(expr::ParseStatement(parsed.get()));
  // What operands make wrong comes before what the table does, confirmed.
  RETURN_IF_ERROR(expr::MakeSqlCondition(parsed->where, parsed).status());
  std::set<std::string> columns;
  for (const expr::PathRef& path : parsed->projection.paths) {
    std::string name = ColumnName(expr::PathOf(parsed->projection, path));
    if (columns.count(name) != 0) {
      return Status::Validation("Duplicate identifiers in select clause: " + name);
    }
    columns.insert(std::move(name));
  }
  if (!parsed->call_refused.ok()) {
    if (refused != nullptr) *refused = StatementSource{parsed->table, parsed->index};
    return parsed->call_refused;
  }
  Statement statement;
  statement.parsed_ = parsed;
  return statement;
}

StatementKind Statement::kind() const {
  return parsed_->kind;
}
const std::string& Statement::table() const {
  return parsed_->table;
}
const std::optional<std::string>& Statement::index() const {
  return parsed_->index;
}
Returning Statement::returning() const {
  return parsed_->returning;
}
bool Statement::selects_whole_items() const {
  return parsed_->whole_items;
}

std::vector<std::string> Statement::SelectedAttributes() const {
  return expr::TopLevelNames(parsed_->projection);
}

Result<std::optional<ItemKey>> Statement::KeyOfSelect(const KeySchema& schema) const {
  const Where where = ReadWhere(*parsed_);
  const WholeKey key = FindKey(where, schema, true);
  if (!key.complete || key.repeated != nullptr || !Without(where.ranges, key.used).empty()) {
    return std::optional<ItemKey>();
  }
  ASSIGN_OR_RETURN(ItemKey item_key, KeyOf(key, schema));
  return std::optional<ItemKey>(std::move(item_key));
}

std::string Statement::Project(ItemView item) const {
  if (parsed_->whole_items) return std::string(item.value().bytes());
  std::vector<std::pair<std::string, std::string>> columns;  // name, map entry
  for (const expr::PathRef& ref : parsed_->projection.paths) {
    const expr::Path path = expr::PathOf(parsed_->projection, ref);
    const std::optional<ValueView> value = expr::FindPath(item.attributes(), path);
    if (!value) continue;
    std::string name = ColumnName(path);
    std::string entry;
    AppendMapEntry(name, value->bytes(), &entry);
    columns.emplace_back(std::move(name), std::move(entry));
  }
  std::sort(columns.begin(), columns.end());
  std::vector<std::string_view> entries;
  for (const auto& column : columns) entries.push_back(column.second);
  std::string bytes;
  AppendContainer(ValueType::kMap, entries, &bytes);
  return bytes;
}

Result<StatementWrite> Statement::PlanWrite(const KeySchema& schema) const {
  StatementWrite write;
  if (kind() == StatementKind::kInsert) {
    write.item = EncodeItem(ValueView(parsed_->item));
    RETURN_IF_ERROR(CheckItemSize(ItemView(write.item)));
    ASSIGN_OR_RETURN(write.key, KeyOfItem(schema, ItemView(write.item)));
    ASSIGN_OR_RETURN(write.condition, MakeCondition(parsed_, schema, {}));
    return write;
  }
  const Where where = ReadWhere(*parsed_);
  WholeKey key = FindKey(where, schema, false);
  const std::vector<NodeRange> rest = Without(where.ranges, key.used);
  if (kind() == StatementKind::kExists) {
    if (!key.complete || rest.empty()) {
      return Status::Validation(
          "EXISTS() must contain a single item read with additional condition");
    }
  } else if (!key.complete) {
    return Status::Validation(
        "Where clause does not contain a mandatory equality on all key attributes");
  } else if (key.repeated != nullptr) {
    return Status::Validation("Multiple conditions on same key " + key.repeated->name +
                              ". Only single item Update/Insert/Delete are supported");
  }
  ASSIGN_OR_RETURN(write.key, KeyOf(key, schema));
  if (kind() == StatementKind::kUpdate) {
    ASSIGN_OR_RETURN(write.update, expr::MakeSqlUpdate(parsed_->update, schema, parsed_));
  }
  ASSIGN_OR_RETURN(write.condition, MakeCondition(parsed_, schema, rest));
  return write;
}

}  // namespace millrace
