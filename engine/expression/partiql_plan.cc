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

Status Overlapping() {
  return Status::Validation(
      "Overlapping conditions with range keys are not supported in where clause");
}

Status CheckKeyTypes(const AttributeDemand& demand, const KeyAttribute& attribute) {
  for (const ValueView value : demand.values) {
    if (value.Is(attribute.type)) continue;
    return Status::Validation(
        "Key attribute's data type should match its data type in table's schema: Key " +
        attribute.name);
  }
  return Status::Ok();
}

// Finds the key in a WHERE clause and makes key conditions of it.
class SelectPlanner {
 public:
  SelectPlanner(const ParsedStatement& statement, const IndexKeySchema& schema)
      : statement_(statement), schema_(schema), where_(ReadWhere(statement)) {}

  Result<SelectPlan> Plan(const std::shared_ptr<const ParsedStatement>& keeps) {
    SelectPlan plan;
    RETURN_IF_ERROR(TakeHash());
    if (!values_.empty()) {
      RETURN_IF_ERROR(TakeRange());
      RETURN_IF_ERROR(SortByOrder());
      ASSIGN_OR_RETURN(plan.queries, MakeQueries());
    }
    ASSIGN_OR_RETURN(plan.forward, Forward());
    const std::vector<NodeRange> rest = Without(where_.ranges, used_);
    // What the key took is checked like the rest.
    if (statement_.has_where) {
      RETURN_IF_ERROR(expr::MakeSqlCondition(statement_.where, keeps).status());
    }
    if (rest.empty()) return plan;
    Ast filter(std::pmr::get_default_resource());
    expr::AppendConjunction(statement_.where, rest, &filter);
    ASSIGN_OR_RETURN(plan.filter, expr::MakeSqlCondition(filter, keeps));
    return plan;
  }

 private:
  // Values of the partition key: one, or those of an IN, and of the further HASH attributes.
  Status TakeHash();
  Status TakeRange();
  Status SortByOrder();
  Result<std::vector<KeyCondition>> MakeQueries();
  Result<bool> Forward() const;
  const expr::OrderTerm* OrderOf(const std::vector<KeyAttribute>& attributes) const;

  const ParsedStatement& statement_;
  const IndexKeySchema& schema_;
  const Where where_;
  std::vector<ValueView> values_;  // of the first HASH attribute
  std::vector<ValueView> more_;    // of the others
  std::vector<const AttributeDemand*> range_;
  std::vector<NodeRange> used_;
};

Status SelectPlanner::TakeHash() {
  std::vector<ValueView> values;
  std::vector<NodeRange> used;
  for (size_t i = 0; i < schema_.hash.size(); ++i) {
    const KeyAttribute& attribute = schema_.hash[i];
    const AttributeDemand* taken = nullptr;
    for (const AttributeDemand& demand : where_.demands) {
      const bool fits =
          demand.test == AttributeTest::kEqual || (demand.test == AttributeTest::kIn && i == 0);
      if (demand.name != attribute.name || !fits) continue;
      if (taken == nullptr || taken->test == AttributeTest::kIn) taken = &demand;
      if (taken->test == AttributeTest::kEqual) break;
    }
    if (taken == nullptr) return Status::Ok();  // a scan
    RETURN_IF_ERROR(CheckKeyTypes(*taken, attribute));
    if (i == 0) {
      values = taken->values;
    } else {
      more_.push_back(taken->values[0]);
    }
    used.push_back(taken->range);
  }
  std::set<std::string_view> distinct;
  for (const ValueView value : values) {
    if (!distinct.insert(value.bytes()).second) return Overlapping();
  }
  if (values.size() > kSelectKeysMax) {
    return Status::Validation("Too many decomposed read operations for a given query.");
  }
  values_ = std::move(values);
  used_ = std::move(used);
  return Status::Ok();
}

Status SelectPlanner::TakeRange() {
  for (const KeyAttribute& attribute : schema_.range) {
    const AttributeDemand* taken = nullptr;
    for (const AttributeDemand& demand : where_.demands) {
      if (demand.name != attribute.name) continue;
      RETURN_IF_ERROR(CheckKeyTypes(demand, attribute));
      const bool number_prefix =
          demand.test == AttributeTest::kBeginsWith && attribute.type == ValueType::kNumber;
      if (demand.test == AttributeTest::kIn || number_prefix) continue;
      if (taken == nullptr ||
          (demand.test == AttributeTest::kEqual && taken->test != AttributeTest::kEqual)) {
        taken = &demand;
      }
    }
    if (taken == nullptr) return Status::Ok();
    range_.push_back(taken);
    used_.push_back(taken->range);
    if (taken->test != AttributeTest::kEqual) return Status::Ok();
  }
  return Status::Ok();
}

const expr::OrderTerm* SelectPlanner::OrderOf(const std::vector<KeyAttribute>& attributes) const {
  for (const expr::OrderTerm& term : statement_.order) {
    for (const KeyAttribute& attribute : attributes) {
      if (attribute.name == term.name) return &term;
    }
  }
  return nullptr;
}

Status SelectPlanner::SortByOrder() {
  const expr::OrderTerm* const hash = OrderOf(schema_.hash);
  if (hash == nullptr) return Status::Ok();
  std::sort(values_.begin(), values_.end(), [hash](ValueView a, ValueView b) {
    return hash->descending ? b.payload() < a.payload() : a.payload() < b.payload();
  });
  return Status::Ok();
}

// Without ORDER BY from the lowest sort key on. With it, what it does not name comes from the
// highest on: so does DynamoDB.
Result<bool> SelectPlanner::Forward() const {
  if (statement_.order.empty()) return true;
  if (!statement_.has_where) {
    return Status::Validation(
        "Must have WHERE clause in the statement when using ORDER BY clause.");
  }
  for (const expr::OrderTerm& term : statement_.order) {
    const auto is_term = [&term](const KeyAttribute& key) { return key.name == term.name; };
    if (std::any_of(schema_.hash.begin(), schema_.hash.end(), is_term) ||
        std::any_of(schema_.range.begin(), schema_.range.end(), is_term)) {
      continue;
    }
    return Status::Validation("Attribute " + std::string(term.name) +
                              " in ORDER BY clause must be part of the primary key");
  }
  if (values_.empty()) {
    return Status::Validation(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
        "BY clause.");
  }
  if (values_.size() > 1 && OrderOf(schema_.hash) == nullptr) {
    return Status::Validation(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
        "WHERE clause.");
  }
  const expr::OrderTerm* const range = OrderOf(schema_.range);
  return range != nullptr && !range->descending;
}

std::string ConditionText(AttributeTest test, const std::string& n) {
  const std::string name = "#r" + n;
  const std::string value = ":r" + n;
  switch (test) {
    case AttributeTest::kLess:
      return name + " < " + value;
    case AttributeTest::kLessOrEqual:
      return name + " <= " + value;
    case AttributeTest::kGreater:
      return name + " > " + value;
    case AttributeTest::kGreaterOrEqual:
      return name + " >= " + value;
    case AttributeTest::kBetween:
      return name + " BETWEEN " + value + " AND :s" + n;
    case AttributeTest::kBeginsWith:
      return "begins_with(" + name + ", " + value + ")";
    default:
      return name + " = " + value;
  }
}

// One for each value of the partition key, through the KeyConditionExpression that says the same.
Result<std::vector<KeyCondition>> SelectPlanner::MakeQueries() {
  std::vector<KeyCondition> queries;
  for (const ValueView value : values_) {
    Placeholders placeholders;
    std::string text;
    for (size_t i = 0; i < schema_.hash.size(); ++i) {
      const std::string n = std::to_string(i);
      RETURN_IF_ERROR(placeholders.AddName("#h" + n, schema_.hash[i].name));
      RETURN_IF_ERROR(placeholders.AddValue(":h" + n, Value(i == 0 ? value : more_[i - 1])));
      text += (i == 0 ? "#h" : " AND #h") + n + " = :h" + n;
    }
    for (size_t i = 0; i < range_.size(); ++i) {
      const std::string n = std::to_string(i);
      RETURN_IF_ERROR(placeholders.AddName("#r" + n, schema_.range[i].name));
      RETURN_IF_ERROR(placeholders.AddValue(":r" + n, Value(range_[i]->values[0])));
      if (range_[i]->values.size() > 1) {
        RETURN_IF_ERROR(placeholders.AddValue(":s" + n, Value(range_[i]->values[1])));
      }
      text += " AND " + ConditionText(range_[i]->test, n);
    }
    ASSIGN_OR_RETURN(KeyCondition query, KeyCondition::Parse(text, schema_, &placeholders));
    queries.push_back(std::move(query));
  }
  return queries;
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

Result<Statement> Statement::Parse(std::string_view text, const std::vector<Value>& parameters) {
  const auto parsed = std::make_shared<ParsedStatement>();
  parsed->source.text = text;
  for (const Value& parameter : parameters) {
    parsed->source.parameters.push_back(parameter.Encode());
  }
  RETURN_IF_ERROR(expr::ParseStatement(parsed.get()));
  std::set<std::string> columns;
  for (const expr::PathRef& path : parsed->projection.paths) {
    std::string name = ColumnName(expr::PathOf(parsed->projection, path));
    if (columns.count(name) != 0) {
      return Status::Validation("Duplicate identifiers in select clause: " + name);
    }
    columns.insert(std::move(name));
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

Result<SelectPlan> Statement::PlanSelect(const IndexKeySchema& schema) const {
  return SelectPlanner(*parsed_, schema).Plan(parsed_);
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
