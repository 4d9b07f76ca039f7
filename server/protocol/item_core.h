#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/expression/expression.h"
#include "engine/expression/legacy.h"

// What the operations on items mean once their parameters are read: the rules, their order and
// their texts, without JSON and without a connection. The HTTP operations and the native protocol
// both stand on it, so that a rule is written once. Pure; thread-safe.
namespace millrace {

enum class ReturnValues : uint8_t { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };
// "ReturnValues can only be ALL_OLD or NONE"
Status CheckReturnsOldOnly(ReturnValues values);

// A put's item has passed CheckItemSize before its placeholders were read: AWS's order.
struct WriteParameters {
  WriteKind kind = WriteKind::kPut;
  std::string item;      // kPut: item bytes
  std::string_view key;  // others: value bytes of the map given as Key
  std::optional<std::string_view> condition;
  std::optional<std::string_view> update;  // kUpdate
  // In place of the two: what the parameters from before expressions came to.
  std::optional<Condition> expected = {};
  std::optional<std::vector<AttributeUpdate>> attribute_updates = {};
};
// Expressions, unused placeholders, the table that was looked for, key, and what an expression may
// not do with a key. `placeholders` must live until the write is planned and replied to.
Result<WriteRequest> MakeWriteRequest(WriteParameters parameters, const Result<TableRef>& table,
                                      Placeholders* placeholders);
// The same in two steps, for transactions, which report them differently: first what the request
// itself tells; then, once `no_table` was looked at, what that table's key tells. `key` as in the
// parameters.
struct ParsedWrite {
  WriteRequest request;  // without its key
  Status no_table;
  std::string_view key;
  Status key_touched;  // by the update
};
Result<ParsedWrite> ParseWrite(WriteParameters parameters, const Result<TableRef>& table,
                               Placeholders* placeholders);
Result<WriteRequest> ResolveWrite(ParsedWrite parsed);
// Of the errors of the second step, the one that a transaction too reports as the request's own.
bool IsEmptyKeyValue(const Status& error);

// The Attributes of a write's reply as the bytes of a map; nullopt: none. `update`: for the
// UPDATED_ values. The outcome must have images unless `returns` is kNone.
std::optional<std::string> ReturnedAttributes(ReturnValues returns,
                                              const std::optional<UpdateExpression>& update,
                                              const WriteOutcome& outcome);

struct GetParameters {
  std::string_view key;  // value bytes of the map given as Key
  std::optional<std::string_view> projection;
  std::optional<Projection> attributes_to_get = {};
};
struct GetRequest {
  TableRef table;
  ItemKey key;
  std::optional<Projection> projection;
};
Result<GetRequest> MakeGetRequest(const GetParameters& parameters, const Result<TableRef>& table,
                                  Placeholders* placeholders);
// In two steps, as of writes. The request is without its key until the second.
Result<GetRequest> ParseGet(const GetParameters& parameters, const Result<TableRef>& table,
                            Placeholders* placeholders);
Status ResolveGet(std::string_view key, GetRequest* request);

// What is returned of the items found.
struct Selection {
  bool count_only = false;
  std::optional<Projection> projection;
};
// Select, "" when absent, with what else says what to return. Query says so in words of its own.
struct SelectParameters {
  std::string_view select;
  bool has_projection = false;         // ProjectionExpression
  bool has_attributes_to_get = false;  // AttributesToGet
  bool on_index = false;
  bool is_query = false;
};
Status CheckSelect(const SelectParameters& parameters);
// The key that ExclusiveStartKey is. Error: "The provided starting key is invalid...".
Result<ItemKey> StartKeyOf(const KeySchema& schema, ValueView start_key);
// "Key attributes must be scalars; ...": neither the table's nor those of its indexes have parts.
Status CheckPaths(const Table& table, const Projection& projection);
Status CheckPaths(const Table& table, const Condition& condition);

// What Query and Scan have in common.
struct PageParameters {
  std::optional<std::string_view> filter;
  std::optional<std::string_view> projection;
  // In place of the two: what the parameters from before expressions came to.
  std::optional<Condition> legacy_filter;
  std::optional<Projection> attributes_to_get;
  std::optional<std::string_view> index;  // IndexName
  bool consistent = false;
  std::string_view select;  // COUNT and so on; empty when absent; passed CheckSelect
  // Value bytes of the map given as ExclusiveStartKey; empty when absent.
  std::string_view start_key;
  size_t limit = SIZE_MAX;
};
struct QueryParameters : PageParameters {
  std::optional<std::string_view> key_condition;
  std::vector<AttributeComparison> key_conditions;  // in place of it, as above
  bool forward = true;
};
// A Query or a Scan, ready to be read.
struct ReadRequest {
  PageRequest page;                           // but for what is below
  std::optional<KeyCondition> key_condition;  // of a Query
  std::optional<Condition> filter;
  Selection selection;

  // Refers to this object.
  PageRequest Page() const;
};
// The request's filter and selection, after all other expressions: placeholders that none has used
// are an error.
Status ParseSelection(const PageParameters& parameters, Placeholders* placeholders,
                      ReadRequest* request);
// "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
Status RequireKeyCondition(bool present);
// Requires a key condition.
Result<ReadRequest> MakeQueryRequest(const QueryParameters& parameters,
                                     const Result<TableRef>& table, Placeholders* placeholders);

// A batch write reports a put's missing or mistyped key in the words of a delete's.
Result<ItemKey> KeyOfBatchWrite(const KeySchema& schema, WriteKind kind, ItemView item_or_key);
// "Provided list of item keys contains duplicates"
Status DuplicateKeys();

}  // namespace millrace
