#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/model/item.h"
#include "engine/model/schema.h"

// DynamoDB's five expression kinds: parsed once a request, evaluated on items in place. Parsers and
// evaluators use constant stack whatever the nesting of the text. Error texts are AWS's; each
// parser takes the parameter's name for them ("Invalid ConditionExpression: ..."). Sources: "Using
// expressions in DynamoDB" and the error texts seen in public threads.
namespace millrace {

// ExpressionAttributeNames and ExpressionAttributeValues of one request; shared by all its
// expressions, so that what none of them used is found at the end. Owns copies; must outlive the
// parsed expressions.
class Placeholders {
 public:
  Placeholders();
  ~Placeholders();
  Placeholders(Placeholders&&) noexcept;
  Placeholders& operator=(Placeholders&&) noexcept;

  // Syntax of the placeholder ("#name", ":value") is checked here: "ExpressionAttributeNames
  // contains invalid key: Syntax error; ...".
  Status AddName(std::string_view placeholder, std::string_view attribute_name);
  Status AddValue(std::string_view placeholder, const Value& value);
  bool has_names() const;
  bool has_values() const;
  // "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}" or its Values
  // twin.
  Status CheckAllUsed() const;

 private:
  friend class PlaceholderAccess;  // of the parsers
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class ExpressionMaker;  // of other things than these texts: PartiQL, legacy.h
struct ParsedCondition;
struct ParsedProjection;
struct ParsedUpdate;

// ConditionExpression and FilterExpression. Parsers take null for no placeholders. What was parsed
// is immutable and shared by copies; any thread may use it.
class Condition {
 public:
  static Result<Condition> Parse(std::string_view parameter, std::string_view text,
                                 Placeholders* placeholders);
  // `item` may be empty() (no such item). No item makes this fail: what an operand's type cannot
  // answer is false, and so is a comparison with an attribute that is not there, but for <>, which
  // is true.
  Result<bool> Evaluate(ItemView item) const;
  // Top-level attributes named anywhere in it (a FilterExpression may not name key attributes in a
  // Query).
  std::vector<std::string> TopLevelAttributes() const;
  // "Key attributes must be scalars; ...: Key: NAME" when a path goes into an attribute of the key.
  Status CheckKeysAreScalars(const KeySchema& schema) const;
  // Those whose elements or members a path names: what may not be a key of an index either.
  std::vector<std::string> AttributesWithin() const;
  // How often, at most, evaluating goes through an attribute from end to end.
  size_t Searches() const;

 private:
  friend class ExpressionMaker;
  std::shared_ptr<const ParsedCondition> parsed_;
};

class Projection {
 public:
  // Overlapping and conflicting paths are refused.
  static Result<Projection> Parse(std::string_view text, Placeholders* placeholders);
  // The map of what the paths select; lists keep their selected elements in index order, closed up.
  // An empty map when nothing matches.
  Value Apply(ItemView item) const;
  std::vector<std::string> TopLevelAttributes() const;
  // As of Condition.
  Status CheckKeysAreScalars(const KeySchema& schema) const;
  std::vector<std::string> AttributesWithin() const;

 private:
  friend class ExpressionMaker;
  std::shared_ptr<const ParsedProjection> parsed_;
};

class UpdateExpression {
 public:
  // Refuses overlapping paths, paths that begin with an attribute of `schema`'s key ("Cannot update
  // attribute NAME. This attribute is part of the key"), and operands that go into one ("Key
  // attributes must be scalars; ..."), with AWS's texts.
  static Result<UpdateExpression> Parse(std::string_view text, const KeySchema& schema,
                                        Placeholders* placeholders);
  // The item after the update, as a map. All operands read the item as it was before. `base` holds
  // the old attributes, or only those of the key when there was no item. Errors: AWS's run-time
  // texts ("The document path provided in the update expression is invalid for update", ...).
  Result<Value> Apply(ItemView base) const;
  // UPDATED_OLD / UPDATED_NEW: what the paths of the expression select from the old or the new
  // item. Null when nothing.
  std::optional<Value> SelectUpdated(ItemView item) const;
  // As of Condition.
  std::vector<std::string> AttributesWithin() const;
  // Nothing but REMOVE and DELETE: where there is no item such an update makes none.
  bool OnlyRemoves() const;

 private:
  friend class ExpressionMaker;
  std::shared_ptr<const ParsedUpdate> parsed_;
};

// KeyConditionExpression: equality on the partition key and at most one condition on the sort key.
// On the key of an index with several attributes: equality on every HASH attribute, and on RANGE
// attributes from left to right, where only the last one named may be compared otherwise.
struct KeyCondition {
  // Raw order-preserving key bytes (schema.h).
  std::string pk;
  std::vector<std::string> more_pk;   // of an index: the HASH attributes after the first
  std::vector<std::string> sk_equal;  // of an index: RANGE attributes before the one below
  // Sort keys in [lower, upper): no bound when absent. `upper_inclusive` closes the upper end.
  std::optional<std::string> lower;
  bool lower_exclusive = false;
  std::optional<std::string> upper;
  bool upper_inclusive = false;

  // Errors: "Query condition missed key schema element: NAME", "Query key condition not supported",
  // type mismatch against the schema, empty key values, BETWEEN with its bounds in the wrong order.
  static Result<KeyCondition> Parse(std::string_view text, const KeySchema& schema,
                                    Placeholders* placeholders);
  static Result<KeyCondition> Parse(std::string_view text, const IndexKeySchema& schema,
                                    Placeholders* placeholders);
};

}  // namespace millrace
