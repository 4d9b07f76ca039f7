#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "engine/expression/partiql.h"
#include "engine/expression/partiql_branches.h"
#include "engine/expression/partiql_conjuncts.h"
#include "engine/expression/partiql_expressions.h"
#include "engine/expression/partiql_statement.h"
#include "engine/expression/path.h"

namespace millrace {
namespace {

using expr::Ast;
using expr::AttributeDemand;
using expr::AttributeTest;
using expr::Branch;
using expr::Decomposition;
using expr::NodeRange;
using expr::ParsedStatement;

// What is read for one branch.
struct BranchRead {
  KeyCondition key;
  std::set<uint32_t> used;     // the terms that `key` says
  bool negates_range = false;  // see Branch
};

using Partition = std::pair<std::string, std::vector<std::string>>;

Partition PartitionOf(const KeyCondition& key) {
  return {key.pk, key.more_pk};
}

Status Overlapping() {
  return Status::Validation(
      "Overlapping conditions with range keys are not supported in where clause");
}

Status CheckKeyType(const AttributeDemand& demand, const KeyAttribute& attribute) {
  for (const ValueView value : demand.values) {
    if (value.Is(attribute.type)) continue;
    return Status::Validation(
        "Key attribute's data type should match its data type in table's schema: Key " +
        attribute.name);
  }
  return Status::Ok();
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

bool StartsLower(const KeyCondition& a, const KeyCondition& b) {
  if (!a.lower || !b.lower) return !a.lower && b.lower;
  return *a.lower != *b.lower ? *a.lower < *b.lower : !a.lower_exclusive && b.lower_exclusive;
}

bool EndsLower(const KeyCondition& a, const KeyCondition& b) {
  if (!a.upper || !b.upper) return a.upper && !b.upper;
  return *a.upper != *b.upper ? *a.upper < *b.upper : !a.upper_inclusive && b.upper_inclusive;
}

// Does no sort key lie at or after the one's lower end and at or before the other's upper end?
bool NothingBetween(const KeyCondition& low, const KeyCondition& high) {
  if (!low.lower || !high.upper || *low.lower < *high.upper) return false;
  return *low.lower > *high.upper || low.lower_exclusive || !high.upper_inclusive;
}

bool Overlap(const KeyCondition& a, const KeyCondition& b) {
  return PartitionOf(a) == PartitionOf(b) && a.sk_equal == b.sk_equal && !NothingBetween(a, b) &&
         !NothingBetween(b, a);
}

void Narrow(const KeyCondition& with, KeyCondition* key) {
  if (StartsLower(*key, with)) {
    key->lower = with.lower;
    key->lower_exclusive = with.lower_exclusive;
  }
  if (EndsLower(with, *key)) {
    key->upper = with.upper;
    key->upper_inclusive = with.upper_inclusive;
  }
}

// Finds keys in a WHERE clause and makes key conditions of them.
class SelectPlanner {
 public:
  SelectPlanner(const ParsedStatement& statement, const IndexKeySchema& schema)
      : statement_(statement), schema_(schema) {}

  Result<SelectPlan> Plan(const std::shared_ptr<const ParsedStatement>& keeps) {
    if (statement_.has_where) {
      parts_ = expr::Decompose(statement_.where, schema_);
      if (parts_.keyed) RETURN_IF_ERROR(ReadBranches());
    }
    SelectPlan plan;
    ASSIGN_OR_RETURN(plan.forward, Forward());
    if (!statement_.has_where) return plan;
    SortReads(plan.forward);
    const std::vector<NodeRange> rest = Rest();
    for (BranchRead& read : reads_) plan.queries.push_back(std::move(read.key));
    plan.by_in = plan.queries.size() > 1 && ReadsByIn();
    plan.filtered_beside_keys = NamesBesideKeys(rest);
    if (rest.empty()) return plan;
    Ast filter(std::pmr::get_default_resource());
    expr::AppendConjunction(statement_.where, rest, &filter);
    ASSIGN_OR_RETURN(plan.filter, expr::MakeSqlCondition(filter, keeps));
    return plan;
  }

 private:
  Status ReadBranches();
  Status CheckKeyTypes() const;
  Result<BranchRead> ReadBranch(const Branch& branch, bool* possible) const;
  // Indexes in the branch's terms: the values of the HASH attributes; false in `possible` when one
  // has two.
  std::vector<uint32_t> HashTerms(const Branch& branch, std::set<uint32_t>* used,
                                  bool* possible) const;
  Status AddRange(const Branch& branch, const std::vector<uint32_t>& hash, BranchRead* read,
                  bool* possible) const;
  Status AddSeveralRanges(const Branch& branch, const std::vector<uint32_t>& hash,
                          BranchRead* read) const;
  Result<KeyCondition> MakeKey(const std::vector<uint32_t>& hash,
                               const std::vector<uint32_t>& range) const;
  Status MergeOverlapping();
  void SortReads(bool forward);
  std::vector<NodeRange> Rest() const;
  bool ReadsByIn() const;
  std::vector<std::string> NamesBesideKeys(const std::vector<NodeRange>& conjuncts) const;
  Result<bool> Forward() const;
  const expr::OrderTerm* OrderOf(const std::vector<KeyAttribute>& attributes) const;
  size_t CountPartitions() const;

  const ParsedStatement& statement_;
  const IndexKeySchema& schema_;
  Decomposition parts_;
  std::vector<BranchRead> reads_;  // none: a scan
  std::set<uint32_t> filtered_;    // terms that some read leaves to the filter
};

Status SelectPlanner::CheckKeyTypes() const {
  for (const AttributeDemand& term : parts_.terms) {
    for (const auto* attributes : {&schema_.hash, &schema_.range}) {
      for (const KeyAttribute& attribute : *attributes) {
        if (attribute.name == term.name) RETURN_IF_ERROR(CheckKeyType(term, attribute));
      }
    }
  }
  return Status::Ok();
}

Status SelectPlanner::ReadBranches() {
  RETURN_IF_ERROR(CheckKeyTypes());
  if (parts_.too_many) {
    return Status::Validation("Too many decomposed read operations for a given query.");
  }
  std::optional<BranchRead> impossible;
  for (const Branch& branch : parts_.branches) {
    bool possible = true;
    ASSIGN_OR_RETURN(BranchRead read, ReadBranch(branch, &possible));
    if (possible) {
      for (const uint32_t term : branch.terms) {
        if (read.used.count(term) == 0) filtered_.insert(term);
      }
      reads_.push_back(std::move(read));
    } else if (!impossible) {
      impossible = std::move(read);
    }
  }
  if (reads_.empty()) {  // the filter finds nothing in what this one reads
    reads_.push_back(std::move(*impossible));
    for (uint32_t term = 0; term < parts_.terms.size(); ++term) filtered_.insert(term);
  }
  return MergeOverlapping();
}

std::vector<uint32_t> SelectPlanner::HashTerms(const Branch& branch, std::set<uint32_t>* used,
                                               bool* possible) const {
  std::vector<uint32_t> hash;
  for (const KeyAttribute& attribute : schema_.hash) {
    std::optional<uint32_t> taken;
    for (const uint32_t term : branch.terms) {
      const AttributeDemand& demand = parts_.terms[term];
      if (demand.name != attribute.name) continue;
      if (!taken) taken = term;
      used->insert(term);
      if (!(parts_.terms[*taken].values[0] == demand.values[0])) *possible = false;
    }
    hash.push_back(*taken);
  }
  return hash;
}

Result<BranchRead> SelectPlanner::ReadBranch(const Branch& branch, bool* possible) const {
  BranchRead read;
  read.negates_range = branch.negates_range;
  const std::vector<uint32_t> hash = HashTerms(branch, &read.used, possible);
  ASSIGN_OR_RETURN(read.key, MakeKey(hash, {}));
  if (schema_.range.size() == 1) {
    RETURN_IF_ERROR(AddRange(branch, hash, &read, possible));
  } else {
    RETURN_IF_ERROR(AddSeveralRanges(branch, hash, &read));
  }
  return read;
}

Status SelectPlanner::AddRange(const Branch& branch, const std::vector<uint32_t>& hash,
                               BranchRead* read, bool* possible) const {
  KeyCondition key = read->key;
  for (const uint32_t term : branch.terms) {
    if (parts_.terms[term].name != schema_.range[0].name) continue;
    ASSIGN_OR_RETURN(const KeyCondition demanded, MakeKey(hash, {term}));
    Narrow(demanded, &key);
    read->used.insert(term);
  }
  if (NothingBetween(key, key)) {
    *possible = false;  // the whole partition stands for it
  } else {
    read->key = std::move(key);
  }
  return Status::Ok();
}

// Equalities from the first attribute on, then one range.
Status SelectPlanner::AddSeveralRanges(const Branch& branch, const std::vector<uint32_t>& hash,
                                       BranchRead* read) const {
  std::vector<uint32_t> range;
  for (const KeyAttribute& attribute : schema_.range) {
    std::optional<uint32_t> taken;
    for (const uint32_t term : branch.terms) {
      const AttributeDemand& demand = parts_.terms[term];
      if (demand.name != attribute.name) continue;
      if (!taken || (demand.test == AttributeTest::kEqual &&
                     parts_.terms[*taken].test != AttributeTest::kEqual)) {
        taken = term;
      }
    }
    if (!taken) break;
    range.push_back(*taken);
    read->used.insert(*taken);
    if (parts_.terms[*taken].test != AttributeTest::kEqual) break;
  }
  ASSIGN_OR_RETURN(read->key, MakeKey(hash, range));
  return Status::Ok();
}

// Through the KeyConditionExpression that says the same.
Result<KeyCondition> SelectPlanner::MakeKey(const std::vector<uint32_t>& hash,
                                            const std::vector<uint32_t>& range) const {
  Placeholders placeholders;
  std::string text;
  for (size_t i = 0; i < hash.size(); ++i) {
    const std::string n = std::to_string(i);
    RETURN_IF_ERROR(placeholders.AddName("#h" + n, schema_.hash[i].name));
    RETURN_IF_ERROR(placeholders.AddValue(":h" + n, Value(parts_.terms[hash[i]].values[0])));
    text += (i == 0 ? "#h" : " AND #h") + n + " = :h" + n;
  }
  for (size_t i = 0; i < range.size(); ++i) {
    const AttributeDemand& demand = parts_.terms[range[i]];
    const std::string n = std::to_string(i);
    RETURN_IF_ERROR(placeholders.AddName("#r" + n, schema_.range[i].name));
    RETURN_IF_ERROR(placeholders.AddValue(":r" + n, Value(demand.values[0])));
    if (demand.values.size() > 1) {
      RETURN_IF_ERROR(placeholders.AddValue(":s" + n, Value(demand.values[1])));
    }
    text += " AND " + ConditionText(demand.test, n);
  }
  return KeyCondition::Parse(text, schema_, &placeholders);
}

// No item is read twice. Recorded from the service: ranges of one partition that overlap are
// refused, unless one of their branches negates the sort key. Then all of the partition is read.
Status SelectPlanner::MergeOverlapping() {
  std::set<Partition> merged;
  for (size_t i = 0; i < reads_.size(); ++i) {
    for (size_t j = i + 1; j < reads_.size(); ++j) {
      if (!Overlap(reads_[i].key, reads_[j].key)) continue;
      if (!reads_[i].negates_range && !reads_[j].negates_range) return Overlapping();
      merged.insert(PartitionOf(reads_[i].key));
    }
  }
  for (const Partition& partition : merged) {
    const auto in_partition = [&partition](const BranchRead& read) {
      return PartitionOf(read.key) == partition;
    };
    for (const BranchRead& read : reads_) {
      if (in_partition(read)) filtered_.insert(read.used.begin(), read.used.end());
    }
    const auto first = std::find_if(reads_.begin(), reads_.end(), in_partition);
    first->key = KeyCondition{};
    std::tie(first->key.pk, first->key.more_pk) = partition;
    reads_.erase(std::remove_if(first + 1, reads_.end(), in_partition), reads_.end());
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

size_t SelectPlanner::CountPartitions() const {
  std::set<Partition> partitions;
  for (const BranchRead& read : reads_) partitions.insert(PartitionOf(read.key));
  return partitions.size();
}

// Partitions as ORDER BY has them, else in the order of the text; in each the ranges as they lie.
void SelectPlanner::SortReads(bool forward) {
  const expr::OrderTerm* const hash = OrderOf(schema_.hash);
  std::map<Partition, size_t> places;
  for (const BranchRead& read : reads_) places.emplace(PartitionOf(read.key), places.size());
  if (hash != nullptr) {
    size_t place = 0;
    for (auto& entry : places) {
      entry.second = hash->descending ? places.size() - place : place;
      ++place;
    }
  }
  std::stable_sort(reads_.begin(), reads_.end(), [&](const BranchRead& a, const BranchRead& b) {
    const size_t place_a = places[PartitionOf(a.key)];
    const size_t place_b = places[PartitionOf(b.key)];
    if (place_a != place_b) return place_a < place_b;
    if (a.key.sk_equal != b.key.sk_equal) return (a.key.sk_equal < b.key.sk_equal) == forward;
    return forward ? StartsLower(a.key, b.key) : StartsLower(b.key, a.key);
  });
}

// The conjuncts of which the keys do not say all.
std::vector<NodeRange> SelectPlanner::Rest() const {
  std::set<uint32_t> said;  // where conditions begin that are terms
  std::set<uint32_t> unsaid;
  for (uint32_t term = 0; term < parts_.terms.size() && !reads_.empty(); ++term) {
    (filtered_.count(term) != 0 ? unsaid : said).insert(parts_.terms[term].range.first);
  }
  std::vector<NodeRange> rest;
  for (const NodeRange& conjunct : expr::SplitConjuncts(statement_.where)) {
    const std::vector<NodeRange> leaves = expr::LeavesOf(statement_.where, conjunct);
    const bool all_said = std::all_of(leaves.begin(), leaves.end(), [&](NodeRange leaf) {
      return said.count(leaf.first) != 0 && unsaid.count(leaf.first) == 0;
    });
    if (!all_said) rest.push_back(conjunct);
  }
  return rest;
}

bool SelectPlanner::ReadsByIn() const {
  return std::any_of(parts_.terms.begin(), parts_.terms.end(),
                     [](const AttributeDemand& term) { return term.is_in; });
}

std::vector<std::string> SelectPlanner::NamesBesideKeys(
    const std::vector<NodeRange>& conjuncts) const {
  const auto is_term = [this](NodeRange leaf) {
    return std::any_of(parts_.terms.begin(), parts_.terms.end(),
                       [leaf](const auto& term) { return term.range.first == leaf.first; });
  };
  Ast beside(std::pmr::get_default_resource());
  for (const NodeRange& conjunct : conjuncts) {
    const std::vector<NodeRange> leaves = expr::LeavesOf(statement_.where, conjunct);
    if (leaves.size() > 1 && std::any_of(leaves.begin(), leaves.end(), is_term)) continue;
    for (uint32_t i = conjunct.first; i < conjunct.end; ++i) {
      const expr::Node& node = statement_.where.nodes[i];
      if (node.kind != expr::NodeKind::kPath) continue;
      const expr::PathRef& path = statement_.where.paths[node.ref];
      beside.elements.push_back(statement_.where.elements[path.first]);
      beside.paths.push_back({.first = static_cast<uint32_t>(beside.paths.size()), .count = 1});
    }
  }
  return expr::TopLevelNames(beside);
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
  if (reads_.empty()) {
    return Status::Validation(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
        "BY clause.");
  }
  if (CountPartitions() > 1 && OrderOf(schema_.hash) == nullptr) {
    return Status::Validation(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
        "WHERE clause.");
  }
  const expr::OrderTerm* const range = OrderOf(schema_.range);
  return range != nullptr && !range->descending;
}

}  // namespace

Result<SelectPlan> Statement::PlanSelect(const IndexKeySchema& schema) const {
  return SelectPlanner(*parsed_, schema).Plan(parsed_);
}

}  // namespace millrace
