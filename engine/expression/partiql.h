#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/expression.h"
#include "engine/model/item.h"
#include "engine/model/schema.h"

// PartiQL statements, parsed and planned onto what the other operations use: a SELECT becomes key
// conditions (or a scan), a filter and a projection; the others become the key, condition and
// update of one write. Pure; what was parsed is immutable, shared by copies and by the conditions
// and updates made from it. Parsers use constant stack whatever the nesting of the text. Sources:
// "PartiQL - a SQL-compatible query language for Amazon DynamoDB" in the developer guide, and the
// error texts that public conformance suites recorded from DynamoDB. A text that was not recorded
// is that of DynamoDB local, or is marked as not confirmed.
namespace millrace {

enum class StatementKind : uint8_t {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kExists,  // EXISTS(SELECT ...): the condition check of a transaction that writes
};

enum class Returning : uint8_t { kNothing, kAllOld, kModifiedOld, kAllNew, kModifiedNew };

// At most this many partition keys in one SELECT. Source: "IN" in the developer guide.
constexpr size_t kSelectKeysMax = 50;
// At most this many items in a page of what IN of a key attribute reads. Source: the same.
constexpr size_t kSelectInPageMax = 10;

// What to read for a SELECT.
struct SelectPlan {
  std::vector<KeyCondition> queries;  // one after the other; none: a scan
  bool forward = true;
  std::optional<Condition> filter;
  // The attributes of the filter's conditions that stand beside the keys, rather than in an OR with
  // them.
  std::vector<std::string> filtered_beside_keys;
  bool by_in = false;  // an IN of a key attribute made several queries
};

// The one write, or condition check, of a statement.
struct StatementWrite {
  ItemKey key;
  std::string item;  // kInsert: item bytes
  std::optional<Condition> condition;
  std::optional<UpdateExpression> update;  // kUpdate
};

// What DynamoDB says of a number in a parameter that Number::Parse refuses with `error`: it reads
// them as Java does, whose decimals have exponents of 32 bits. Recorded.
Status ParameterNumberError(std::string_view number, const Status& error);

namespace expr {
struct ParsedStatement;
}

// What a SELECT reads.
struct StatementSource {
  std::string table;
  std::optional<std::string> index;
};

class Statement {
 public:
  // `parameters` take the places of "?". Error: kValidation. Whether an index can be read at all
  // comes before one of them, a function in the select list (recorded of COUNT(*)): then `refused`,
  // if there is one, tells where from.
  static Result<Statement> Parse(std::string_view text, const std::vector<Value>& parameters,
                                 std::optional<StatementSource>* refused = nullptr);

  StatementKind kind() const;
  bool reads() const { return kind() == StatementKind::kSelect; }
  const std::string& table() const;
  const std::optional<std::string>& index() const;
  Returning returning() const;

  // kSelect. `schema` is that of the table or index.
  Result<SelectPlan> PlanSelect(const IndexKeySchema& schema) const;
  // kSelect: the key, when the WHERE clause says nothing but the whole key of one item. Error: a
  // value of the key does not match the schema.
  Result<std::optional<ItemKey>> KeyOfSelect(const KeySchema& schema) const;
  // kSelect: the map of what the select list takes from an item, as canonical bytes. A path is
  // called by what follows its last dot: a.b[0] is "b[0]".
  std::string Project(ItemView item) const;
  // kSelect: the attributes that the select list and the WHERE clause name; empty list: "*".
  std::vector<std::string> SelectedAttributes() const;
  bool selects_whole_items() const;

  // kInsert, kUpdate, kDelete and kExists. An INSERT's condition is that there is no such item, an
  // UPDATE's that there is one; a DELETE of an item that is not there does nothing.
  Result<StatementWrite> PlanWrite(const KeySchema& schema) const;

 private:
  std::shared_ptr<const expr::ParsedStatement> parsed_;
};

}  // namespace millrace
