#include "triggers/dead_letter_store.h"

#include <cstdio>
#include <utility>

#include "triggers/dead_letters.h"

namespace millrace {
namespace {

constexpr uint32_t kPartsMax = 16;  // of a record of 4 MB, more than two images of 400 KB take

std::string PartKey(std::string_view sequence_number, uint32_t part) {
  char suffix[32];
  std::snprintf(suffix, sizeof suffix, "#%04u", part);
  return std::string(sequence_number) + suffix;
}

bool IsPart(std::string_view sort_key) {
  return sort_key.find('#') != std::string_view::npos;
}

std::string TextOf(ItemView item, std::string_view name) {
  const auto value = item.Find(name);
  if (!value || value->type() != ValueType::kString) return "";
  return std::string(value->text());
}

uint64_t NumberOf(ItemView item, std::string_view name) {
  const auto value = item.Find(name);
  if (!value || value->type() != ValueType::kNumber) return 0;
  const double number = value->number().ToDouble();
  return number >= 0 && number < 1e15 ? static_cast<uint64_t>(number) : 0;
}

std::string BytesOf(ItemView item) {
  const auto value = item.Find("record");
  if (!value || value->type() != ValueType::kBinary) return "";
  return std::string(value->text());
}

Result<std::string> WholeRecord(const Database& database, const TableRef& table, ItemView item,
                                const DeadLetter& letter) {
  std::string bytes = BytesOf(item);
  for (uint32_t part = 1; part < letter.parts; ++part) {
    std::string rest;
    const ItemKey key{letter.mapping, PartKey(letter.sequence_number, part)};
    ASSIGN_OR_RETURN(const bool found, database.Get(*table, key, &rest));
    if (!found) return std::string();
    bytes += BytesOf(ItemView(rest));
  }
  if (!ValidateRecord(bytes).ok()) bytes.clear();
  return bytes;
}

Result<DeadLetter> LetterOf(const Database& database, const TableRef& table, ItemView item) {
  DeadLetter letter;
  letter.mapping = TextOf(item, "mapping");
  letter.sequence_number = TextOf(item, "sequence_number");
  letter.function = TextOf(item, "function");
  letter.event_source_arn = TextOf(item, "event_source_arn");
  letter.shard_id = TextOf(item, "shard_id");
  letter.event_name = TextOf(item, "event_name");
  letter.error_type = TextOf(item, "error_type");
  letter.error_message = TextOf(item, "error_message");
  letter.attempts = NumberOf(item, "attempts");
  const uint64_t parts = NumberOf(item, "parts");
  letter.parts = parts >= 1 && parts <= kPartsMax ? static_cast<uint32_t>(parts) : 1;
  const auto keys = item.Find("keys");
  if (keys && keys->type() == ValueType::kMap) letter.keys = Value(*keys).Encode();
  ASSIGN_OR_RETURN(letter.record, WholeRecord(database, table, item, letter));
  return letter;
}

}  // namespace

Result<DeadLetterPage> ReadDeadLetters(const Database& database, const TableRef& table,
                                       std::string_view mapping, std::string_view after,
                                       size_t limit) {
  KeyCondition condition;
  condition.pk = mapping;
  PageRequest request;
  request.table = table;
  request.key_condition = &condition;
  if (!after.empty()) request.exclusive_start = ItemKey{std::string(mapping), std::string(after)};
  DeadLetterPage page;
  do {
    request.limit = limit - page.letters.size();
    ASSIGN_OR_RETURN(const Page items, database.ReadPage(request));
    for (const std::string& bytes : items.items) {
      if (IsPart(TextOf(ItemView(bytes), "sequence_number"))) continue;
      ASSIGN_OR_RETURN(DeadLetter letter, LetterOf(database, table, ItemView(bytes)));
      page.letters.push_back(std::move(letter));
    }
    request.exclusive_start = items.last_evaluated;
  } while (request.exclusive_start && page.letters.empty());
  if (request.exclusive_start) page.next = request.exclusive_start->sk;
  return page;
}

Result<DeadLetter> ReadDeadLetter(const Database& database, const TableRef& table,
                                  std::string_view mapping, std::string_view sequence_number) {
  std::string bytes;
  const ItemKey key{std::string(mapping), std::string(sequence_number)};
  ASSIGN_OR_RETURN(const bool found, database.Get(*table, key, &bytes));
  if (!found || IsPart(sequence_number)) {
    return Status(ErrorCode::kResourceNotFound,
                  "There is no dead letter " + key.sk + " of the mapping " + key.pk + ".");
  }
  return LetterOf(database, table, ItemView(bytes));
}

Result<DeadLetterCount> CountDeadLetters(const Database& database, const TableRef& table,
                                         std::string_view mapping) {
  KeyCondition condition;
  condition.pk = mapping;
  ASSIGN_OR_RETURN(const Condition whole,
                   Condition::Parse("FilterExpression", "attribute_exists(shard_id)", nullptr));
  PageRequest request;
  request.table = table;
  request.key_condition = &condition;
  request.filter = &whole;
  request.count_only = true;
  DeadLetterCount count;
  do {
    ASSIGN_OR_RETURN(const Page page, database.ReadPage(request));
    count.count += page.count;
    request.exclusive_start = page.last_evaluated;
  } while (request.exclusive_start);
  request.forward = false;
  request.limit = 1;
  request.filter = nullptr;
  request.count_only = false;
  ASSIGN_OR_RETURN(const Page last, database.ReadPage(request));
  if (!last.items.empty()) count.last = TextOf(ItemView(last.items[0]), "sequence_number");
  return count;
}

Status AppendRemoval(const TableRef& table, const DeadLetter& letter,
                     std::vector<WriteRequest>* writes) {
  for (uint32_t part = 0; part < letter.parts; ++part) {
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kDelete;
    write.key.pk = letter.mapping;
    write.key.sk = part == 0 ? letter.sequence_number : PartKey(letter.sequence_number, part);
    if (part == 0) {
      ASSIGN_OR_RETURN(write.condition, Condition::Parse("ConditionExpression",
                                                         "attribute_exists(mapping)", nullptr));
    }
    writes->push_back(std::move(write));
  }
  return Status::Ok();
}

Status NoteFailure(Database* database, const TableRef& table, const DeadLetter& letter,
                   std::string_view error_type, std::string_view error_message) {
  Placeholders placeholders;
  RETURN_IF_ERROR(placeholders.AddValue(":t", Value::String(error_type)));
  RETURN_IF_ERROR(placeholders.AddValue(":m", Value::String(error_message)));
  RETURN_IF_ERROR(placeholders.AddValue(
      ":a", Value::OfNumber(Number::FromInt(static_cast<int64_t>(letter.attempts + 1)))));
  CommitRequest request;
  request.writes.emplace_back();
  WriteRequest& write = request.writes[0];
  write.table = table;
  write.kind = WriteKind::kUpdate;
  write.key = ItemKey{letter.mapping, letter.sequence_number};
  ASSIGN_OR_RETURN(write.update,
                   UpdateExpression::Parse("SET error_type = :t, error_message = :m, attempts = :a",
                                           table->spec.schema, &placeholders));
  ASSIGN_OR_RETURN(write.condition,
                   Condition::Parse("ConditionExpression", "attribute_exists(mapping)", nullptr));
  const Status status = database->CommitAndWait(std::move(request)).status;
  return status.Is(ErrorCode::kConditionalCheckFailed) ? Status::Ok() : status;
}

}  // namespace millrace
