#include "engine/expression/partiql_branches.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "engine/expression/partiql.h"
#include "engine/expression/path.h"

namespace millrace::expr {
namespace {

// The branches of a part of the clause.
struct Spread {
  std::vector<Branch> branches;
  uint32_t pinned = 0;  // bit i: every branch gives the HASH attribute i a value
  bool names_key = false;
};

struct Step {
  NodeRange range;
  std::optional<NodeKind> join;  // of the last two results; absent: take the range apart
};

class Decomposer {
 public:
  Decomposer(const Ast& where, const IndexKeySchema& schema) : where_(where), schema_(schema) {}

  Decomposition Run() {
    std::vector<Step> open = {{{0, static_cast<uint32_t>(where_.nodes.size())}, {}}};
    while (!open.empty()) {
      const Step step = open.back();
      open.pop_back();
      if (step.join) {
        Join(*step.join);
      } else if (const auto jump = TopJump(where_, step.range)) {
        open.push_back({step.range, where_.nodes[*jump].kind});
        open.push_back({{*jump + 1, step.range.end}, {}});
        open.push_back({{step.range.first, *jump}, {}});
      } else {
        TakeLeaf(step.range);
      }
    }
    result_.keyed = results_[0].pinned == (1u << schema_.hash.size()) - 1;
    result_.branches = std::move(results_[0].branches);
    return std::move(result_);
  }

 private:
  void TakeLeaf(NodeRange range);
  void TakeTerms(AttributeDemand demand, Spread* spread);
  bool NegatesRange(NodeRange range) const;
  void Join(NodeKind kind);
  void JoinByOr(Spread right, Spread* left);
  void JoinByAnd(Spread right, Spread* left);

  const Ast& where_;
  const IndexKeySchema& schema_;
  Decomposition result_;
  std::vector<Spread> results_;
};

void Decomposer::TakeLeaf(NodeRange range) {
  Spread spread;
  spread.branches.emplace_back();
  std::optional<AttributeDemand> demand = ReadDemand(where_, range);
  if (!demand) {
    spread.branches[0].negates_range = NegatesRange(range);
    results_.push_back(std::move(spread));
    return;
  }
  const bool equality = demand->test == AttributeTest::kEqual || demand->test == AttributeTest::kIn;
  for (size_t i = 0; i < schema_.hash.size() && equality; ++i) {
    if (schema_.hash[i].name == demand->name) spread.pinned |= 1u << i;
  }
  for (const KeyAttribute& attribute : schema_.range) {
    const bool number_prefix =
        demand->test == AttributeTest::kBeginsWith && attribute.type == ValueType::kNumber;
    if (attribute.name == demand->name && !number_prefix) spread.names_key = true;
  }
  spread.names_key = spread.names_key || spread.pinned != 0;
  if (spread.names_key) TakeTerms(std::move(*demand), &spread);
  results_.push_back(std::move(spread));
}

void Decomposer::TakeTerms(AttributeDemand demand, Spread* spread) {
  spread->branches.clear();
  const std::vector<ValueView> values = demand.values;
  const bool several = demand.test == AttributeTest::kIn;
  if (several && values.size() > kSelectKeysMax) result_.too_many = true;
  const size_t count = several ? std::min(values.size(), kSelectKeysMax) : 1;
  for (size_t i = 0; i < count; ++i) {
    if (several) {
      demand.test = AttributeTest::kEqual;
      demand.values = {values[i]};
    }
    spread->branches.push_back({{static_cast<uint32_t>(result_.terms.size())}});
    result_.terms.push_back(demand);
  }
}

bool Decomposer::NegatesRange(NodeRange range) const {
  const Node& last = where_.nodes[range.end - 1];
  const bool negates = last.kind == NodeKind::kNot ||
                       (last.kind == NodeKind::kComparison && last.op == Operator::kNotEqual);
  if (!negates) return false;
  for (uint32_t i = range.first; i < range.end; ++i) {
    if (where_.nodes[i].kind != NodeKind::kPath) continue;
    const Path path = PathAt(where_, where_.nodes[i].ref);
    for (const KeyAttribute& attribute : schema_.range) {
      if (path.size() == 1 && path[0].name == attribute.name) return true;
    }
  }
  return false;
}

void Decomposer::Join(NodeKind kind) {
  Spread right = std::move(results_.back());
  results_.pop_back();
  Spread* const left = &results_.back();
  if (kind == NodeKind::kOrJump) {
    JoinByOr(std::move(right), left);
  } else {
    JoinByAnd(std::move(right), left);
  }
  left->names_key = left->names_key || right.names_key;
  if (left->branches.size() > kSelectKeysMax) {
    left->branches.resize(kSelectKeysMax);
    result_.too_many = true;
  }
}

void Decomposer::JoinByOr(Spread right, Spread* left) {
  left->pinned &= right.pinned;
  if (!left->names_key && !right.names_key) {
    // One filter. That it negates the sort key matters to all of it.
    left->branches[0].negates_range |= right.branches[0].negates_range;
    return;
  }
  std::move(right.branches.begin(), right.branches.end(), std::back_inserter(left->branches));
}

void Decomposer::JoinByAnd(Spread right, Spread* left) {
  left->pinned |= right.pinned;
  std::vector<Branch> joined;
  for (const Branch& first : left->branches) {
    for (const Branch& second : right.branches) {
      if (joined.size() > kSelectKeysMax) break;
      Branch& branch = joined.emplace_back(first);
      branch.terms.insert(branch.terms.end(), second.terms.begin(), second.terms.end());
      branch.negates_range |= second.negates_range;
    }
  }
  left->branches = std::move(joined);
}

}  // namespace

Decomposition Decompose(const Ast& where, const IndexKeySchema& schema) {
  return Decomposer(where, schema).Run();
}

std::vector<NodeRange> LeavesOf(const Ast& ast, NodeRange range) {
  std::vector<NodeRange> leaves;
  std::vector<NodeRange> open = {range};
  while (!open.empty()) {
    const NodeRange part = open.back();
    open.pop_back();
    if (const auto jump = TopJump(ast, part)) {
      open.push_back({*jump + 1, part.end});
      open.push_back({part.first, *jump});
    } else {
      leaves.push_back(part);
    }
  }
  return leaves;
}

}  // namespace millrace::expr
