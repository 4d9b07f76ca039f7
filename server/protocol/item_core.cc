#include "server/protocol/item_core.h"

#include <algorithm>
#include <utility>

#include "server/protocol/index_read.h"

namespace millrace {
namespace {

// Parsing an update needs the key's names, which an update may not touch: AWS reports that only
// after the table was found and the key fits it. Everything else wrong with the text comes before.
struct ParsedUpdateText {
  std::optional<UpdateExpression> update;
  Status key_touched;
};

Result<ParsedUpdateText> ParseUpdate(const WriteParameters& parameters,
                                     const Result<TableRef>& table, Placeholders* placeholders) {
  ParsedUpdateText parsed;
  const std::optional<std::string_view>& text = parameters.update;
  const KeySchema nobody;
  const KeySchema& schema = table.ok() ? (*table)->spec.schema : nobody;
  if (parameters.attribute_updates) {
    Result<std::optional<UpdateExpression>> update =
        UpdateOf(*parameters.attribute_updates, schema);
    parsed.key_touched = update.status();
    if (update.ok()) parsed.update = std::move(update).value();
  }
  if (!text) return parsed;
  Result<UpdateExpression> update = UpdateExpression::Parse(*text, schema, placeholders);
  if (update.ok()) {
    parsed.update = std::move(update).value();
  } else {
    RETURN_IF_ERROR(UpdateExpression::Parse(*text, nobody, placeholders).status());
    parsed.key_touched = update.status();
  }
  return parsed;
}

Result<std::optional<Condition>> ParseCondition(std::string_view parameter,
                                                std::optional<std::string_view> text,
                                                Placeholders* placeholders) {
  if (!text) return std::optional<Condition>();
  ASSIGN_OR_RETURN(Condition condition, Condition::Parse(parameter, *text, placeholders));
  return std::optional<Condition>(std::move(condition));
}

// `parameter` as the text names it.
Status CheckFilterKeys(const Condition& filter, std::string_view parameter,
                       const IndexKeySchema& schema) {
  const auto names = [](const std::vector<KeyAttribute>& attributes, const std::string& name) {
    return std::any_of(attributes.begin(), attributes.end(),
                       [&name](const KeyAttribute& attribute) { return attribute.name == name; });
  };
  for (const std::string& name : filter.TopLevelAttributes()) {
    if (names(schema.hash, name) || names(schema.range, name)) {
      return Status::Validation(
          std::string(parameter) +
          " can only contain non-primary key attributes: Primary key attribute: " + name);
    }
  }
  return Status::Ok();
}

// Global indexes before local ones.
Status CheckIndexKeysAreScalars(const Table& table, const std::vector<std::string>& within) {
  if (within.empty()) return Status::Ok();
  for (const IndexKind kind : {IndexKind::kGlobal, IndexKind::kLocal}) {
    for (const Index& index : table.indexes) {
      if (index.spec.kind != kind) continue;
      for (const KeyAttribute& attribute : KeyAttributes(index.spec.schema)) {
        if (std::find(within.begin(), within.end(), attribute.name) == within.end()) continue;
        return Status::Validation(
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: " +
            attribute.name);
      }
    }
  }
  return Status::Ok();
}

Result<KeyCondition> ParseKeyCondition(const QueryParameters& parameters,
                                       const IndexKeySchema& schema, Placeholders* placeholders) {
  if (parameters.key_condition) {
    return KeyCondition::Parse(*parameters.key_condition, schema, placeholders);
  }
  Placeholders own;
  ASSIGN_OR_RETURN(const std::string text, KeyConditionTextOf(parameters.key_conditions, &own));
  return KeyCondition::Parse(text, schema, &own);
}

}  // namespace

Status CheckReturnsOldOnly(ReturnValues values) {
  if (values == ReturnValues::kNone || values == ReturnValues::kAllOld) return Status::Ok();
  return Status::Validation("ReturnValues can only be ALL_OLD or NONE");
}

// What Select may not be combined with.
Status CheckSelect(const SelectParameters& parameters) {
  const auto error = [&parameters](std::string_view text) {
    return Status::Validation((parameters.is_query ? "1 validation error detected: " : "") +
                              std::string(text));
  };
  const std::string_view select = parameters.select;
  if (select == "SPECIFIC_ATTRIBUTES") {
    if (parameters.has_projection || parameters.has_attributes_to_get) return Status::Ok();
    return error(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES");
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !parameters.on_index) {
    return error("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (select.empty() || (!parameters.has_projection && !parameters.has_attributes_to_get)) {
    return Status::Ok();
  }
  return error(std::string("Cannot specify the ") +
               (parameters.has_projection ? "ProjectionExpression" : "AttributesToGet") +
               " when choosing to get " +
               (select == "COUNT" ? "only the Count" : std::string(select)));
}

Result<WriteRequest> MakeWriteRequest(WriteParameters parameters, const Result<TableRef>& table,
                                      Placeholders* placeholders) {
  ASSIGN_OR_RETURN(ParsedWrite parsed, ParseWrite(std::move(parameters), table, placeholders));
  RETURN_IF_ERROR(parsed.no_table);
  return ResolveWrite(std::move(parsed));
}

Result<ParsedWrite> ParseWrite(WriteParameters parameters, const Result<TableRef>& table,
                               Placeholders* placeholders) {
  ParsedWrite write;
  WriteRequest& request = write.request;
  request.kind = parameters.kind;
  ASSIGN_OR_RETURN(ParsedUpdateText parsed, ParseUpdate(parameters, table, placeholders));
  ASSIGN_OR_RETURN(request.condition,
                   ParseCondition("ConditionExpression", parameters.condition, placeholders));
  if (parameters.expected) request.condition = std::move(parameters.expected);
  RETURN_IF_ERROR(placeholders->CheckAllUsed());
  write.no_table = table.status();
  if (table.ok()) request.table = *table;
  request.item = std::move(parameters.item);
  request.update = std::move(parsed.update);
  write.key = parameters.key;
  write.key_touched = std::move(parsed.key_touched);
  return write;
}

Result<WriteRequest> ResolveWrite(ParsedWrite parsed) {
  WriteRequest request = std::move(parsed.request);
  const KeySchema& schema = request.table->spec.schema;
  if (request.kind == WriteKind::kPut) {
    ASSIGN_OR_RETURN(request.key, KeyOfItem(schema, ItemView(request.item)));
  } else {
    ASSIGN_OR_RETURN(request.key, KeyOfKeyMap(schema, ValueView(parsed.key)));
  }
  RETURN_IF_ERROR(parsed.key_touched);
  if (request.update) {
    RETURN_IF_ERROR(CheckIndexKeysAreScalars(*request.table, request.update->AttributesWithin()));
  }
  if (request.condition) RETURN_IF_ERROR(CheckPaths(*request.table, *request.condition));
  return request;
}

bool IsEmptyKeyValue(const Status& error) {
  constexpr std::string_view kText =
      "The AttributeValue for a key attribute cannot contain an empty ";
  return error.message().find(kText) != std::string::npos;
}

std::optional<std::string> ReturnedAttributes(ReturnValues returns,
                                              const std::optional<UpdateExpression>& update,
                                              const WriteOutcome& outcome) {
  const auto whole = [](const std::string& image) -> std::optional<std::string> {
    if (image.empty()) return std::nullopt;
    return image.substr(kItemHeaderSize);  // item bytes are a header and a map
  };
  const auto updated = [&update](const std::string& image) -> std::optional<std::string> {
    if (image.empty() || !update) return std::nullopt;
    const std::optional<Value> selected = update->SelectUpdated(ItemView(image));
    if (!selected) return std::nullopt;
    return selected->Encode();
  };
  switch (returns) {
    case ReturnValues::kNone:
      return std::nullopt;
    case ReturnValues::kAllOld:
      return whole(outcome.old_image);
    case ReturnValues::kAllNew:
      return whole(outcome.new_image);
    case ReturnValues::kUpdatedOld:
      return updated(outcome.old_image);
    case ReturnValues::kUpdatedNew:
      return updated(outcome.new_image);
  }
  return std::nullopt;
}

Result<GetRequest> MakeGetRequest(const GetParameters& parameters, const Result<TableRef>& table,
                                  Placeholders* placeholders) {
  ASSIGN_OR_RETURN(GetRequest request, ParseGet(parameters, table, placeholders));
  RETURN_IF_ERROR(ResolveGet(parameters.key, &request));
  return request;
}

Result<GetRequest> ParseGet(const GetParameters& parameters, const Result<TableRef>& table,
                            Placeholders* placeholders) {
  GetRequest request;
  if (parameters.projection) {
    ASSIGN_OR_RETURN(request.projection, Projection::Parse(*parameters.projection, placeholders));
    RETURN_IF_ERROR(placeholders->CheckAllUsed());
  } else {
    request.projection = parameters.attributes_to_get;
  }
  RETURN_IF_ERROR(table.status());
  request.table = *table;
  return request;
}

Status ResolveGet(std::string_view key, GetRequest* request) {
  const KeySchema& schema = request->table->spec.schema;
  ASSIGN_OR_RETURN(request->key, KeyOfKeyMap(schema, ValueView(key)));
  return request->projection ? CheckPaths(*request->table, *request->projection) : Status::Ok();
}

Result<ItemKey> StartKeyOf(const KeySchema& schema, ValueView start_key) {
  Result<ItemKey> key = KeyOfKeyMap(schema, start_key);
  if (key.ok()) return key;
  return Status::Validation("The provided starting key is invalid: " + key.status().message());
}

Status CheckPaths(const Table& table, const Projection& projection) {
  RETURN_IF_ERROR(projection.CheckKeysAreScalars(table.spec.schema));
  return CheckIndexKeysAreScalars(table, projection.AttributesWithin());
}

Status CheckPaths(const Table& table, const Condition& condition) {
  RETURN_IF_ERROR(condition.CheckKeysAreScalars(table.spec.schema));
  return CheckIndexKeysAreScalars(table, condition.AttributesWithin());
}

PageRequest ReadRequest::Page() const {
  PageRequest whole = page;
  if (key_condition) whole.key_condition = &*key_condition;
  if (filter) whole.filter = &*filter;
  whole.count_only = selection.count_only;
  return whole;
}

Status ParseSelection(const PageParameters& parameters, Placeholders* placeholders,
                      ReadRequest* request) {
  ASSIGN_OR_RETURN(request->filter,
                   ParseCondition("FilterExpression", parameters.filter, placeholders));
  if (parameters.legacy_filter) request->filter = parameters.legacy_filter;
  Selection& selection = request->selection;
  selection.count_only = parameters.select == "COUNT";
  selection.projection = parameters.attributes_to_get;
  if (parameters.projection) {
    ASSIGN_OR_RETURN(selection.projection, Projection::Parse(*parameters.projection, placeholders));
  }
  return placeholders->CheckAllUsed();
}

Status RequireKeyCondition(bool present) {
  if (present) return Status::Ok();
  return Status::Validation(
      "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
      "request.");
}

namespace {

Status SetStartKey(ValueView start_key, const KeyCondition& condition, PageRequest* page) {
  const Table& table = *page->table;
  if (page->index == nullptr) {
    ASSIGN_OR_RETURN(const ItemKey key, QueryStartKeyOf(table.spec.schema, start_key));
    page->exclusive_start = key;
    return CheckQueryStart({.hash = {key.pk}, .range = {key.sk}}, condition);
  }
  ASSIGN_OR_RETURN(IndexStartKey start, IndexStartKeyOf(table, *page->index, start_key));
  RETURN_IF_ERROR(CheckQueryStart(start.index, condition));
  page->exclusive_start = std::move(start.key);
  page->exclusive_start_index = std::move(start.index);
  return Status::Ok();
}

}  // namespace

Result<ReadRequest> MakeQueryRequest(const QueryParameters& parameters,
                                     const Result<TableRef>& table, Placeholders* placeholders) {
  if (!table.ok()) {
    // Text that no table could make right is AWS's first error.
    if (parameters.key_condition) {
      RETURN_IF_ERROR(
          Condition::Parse("KeyConditionExpression", *parameters.key_condition, placeholders)
              .status());
    }
    return table.status();
  }
  ReadRequest request;
  PageRequest& page = request.page;
  page.table = *table;
  ASSIGN_OR_RETURN(page.index, FindReadIndex(**table, parameters.index, parameters.consistent));
  const IndexKeySchema schema = ReadKeySchema(**table, page.index);
  ASSIGN_OR_RETURN(request.key_condition, ParseKeyCondition(parameters, schema, placeholders));
  RETURN_IF_ERROR(ParseSelection(parameters, placeholders, &request));
  page.forward = parameters.forward;
  page.limit = parameters.limit;
  if (!parameters.start_key.empty()) {
    RETURN_IF_ERROR(SetStartKey(ValueView(parameters.start_key), *request.key_condition, &page));
  }
  if (request.filter) {
    RETURN_IF_ERROR(CheckFilterKeys(
        *request.filter, parameters.legacy_filter ? "QueryFilter" : "Filter Expression", schema));
  }
  if (request.selection.projection) {
    RETURN_IF_ERROR(CheckPaths(**table, *request.selection.projection));
  }
  if (page.index != nullptr) {
    ASSIGN_OR_RETURN(page.whole_items,
                     NeedsWholeItems(**table, *page.index, parameters.select, request.selection));
    if (request.filter) {
      RETURN_IF_ERROR(CheckFilterProjected(**table, *page.index, *request.filter));
    }
  }
  if (request.filter) RETURN_IF_ERROR(CheckPaths(**table, *request.filter));
  return request;
}

Result<ItemKey> KeyOfBatchWrite(const KeySchema& schema, WriteKind kind, ItemView item_or_key) {
  Result<ItemKey> key = kind == WriteKind::kPut ? KeyOfItem(schema, item_or_key)
                                                : KeyOfKeyMap(schema, item_or_key.value());
  if (key.ok()) return key;
  const std::string& text = key.status().message();
  if (text.find("Missing the key ") != text.npos ||
      text.find("Type mismatch for key ") != text.npos) {
    return Status::Validation("The provided key element does not match the schema");
  }
  return key;
}

Status DuplicateKeys() {
  return Status::Validation("Provided list of item keys contains duplicates");
}

}  // namespace millrace
