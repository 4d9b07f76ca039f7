// Writes through the native protocol what the HTTP API would be asked for, and prints what each
// write consumed as that API does with INDEXES, or the error. A line of the input is a tab between
// an operation's name and its request in JSON; a line of the output is the answer to it.
//
//   native_writes ENDPOINT

#include <millrace/client.h>

#include <iostream>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

std::string TextOf(JsonValue request, const char* member) {
  const auto text = request.Find(member);
  return text ? std::string(text->string()) : std::string();
}

ItemBuilder ItemOf(JsonValue json) {
  return ItemBuilder(Item(EncodeItem(DecodeAttributeMap(json).value())));
}

// With the request's placeholders.
Expression ExpressionOf(JsonValue request, const char* member) {
  Expression expression(TextOf(request, member));
  const auto values = request.Find("ExpressionAttributeValues");
  if (expression.text().empty() || !values) return expression;
  const Status read = values->ForEachMember([&expression](std::string_view name, JsonValue json) {
    expression.Value(name, DecodeAttributeValue(json).value());
    return Status::Ok();
  });
  MILLRACE_CHECK(read.ok(), read.ToString());
  return expression;
}

BatchWriteItems BatchOf(JsonValue request) {
  BatchWriteItems batch;
  const auto add = [&batch](std::string_view table, JsonValue writes) {
    return writes.ForEachElement([&batch, table](JsonValue write) {
      if (const auto put = write.Find("PutRequest")) {
        batch.Put(std::string(table), ItemOf(*put->Find("Item")));
      } else {
        batch.Delete(std::string(table), ItemOf(*write.Find("DeleteRequest")->Find("Key")));
      }
      return Status::Ok();
    });
  };
  const Status read = request.Find("RequestItems")->ForEachMember(add);
  MILLRACE_CHECK(read.ok(), read.ToString());
  return batch;
}

void WriteUnits(std::string_view name, double units, JsonWriter* out) {
  out->Key(name);
  out->BeginObject();
  out->Key("CapacityUnits");
  out->Double(units);
  out->EndObject();
}

void WriteIndexes(std::string_view name, const WriteCapacity& capacity, bool local,
                  JsonWriter* out) {
  bool any = false;
  for (const WriteCapacity::Index& index : capacity.indexes) {
    if (index.local != local) continue;
    if (!std::exchange(any, true)) {
      out->Key(name);
      out->BeginObject();
    }
    WriteUnits(index.name, index.units, out);
  }
  if (any) out->EndObject();
}

void WriteConsumed(const WriteCapacity& capacity, JsonWriter* out) {
  out->BeginObject();
  out->Key("TableName");
  out->String(capacity.table_name);
  out->Key("CapacityUnits");
  out->Double(capacity.total());
  WriteUnits("Table", capacity.table, out);
  WriteIndexes("LocalSecondaryIndexes", capacity, true, out);
  WriteIndexes("GlobalSecondaryIndexes", capacity, false, out);
  out->EndObject();
}

void WriteAnswer(const Result<WrittenItem>& written, JsonWriter* out) {
  if (!written.ok()) return out->String(written.status().ToString());
  MILLRACE_CHECK(written->capacity.has_value());
  WriteConsumed(*written->capacity, out);
}

void WriteAnswer(const Result<BatchWritten>& written, JsonWriter* out) {
  if (!written.ok()) return out->String(written.status().ToString());
  out->BeginArray();
  for (const WriteCapacity& table : written->capacity) WriteConsumed(table, out);
  out->EndArray();
}

void Run(Client* client, std::string_view operation, JsonValue request, JsonWriter* out) {
  const std::string table = TextOf(request, "TableName");
  const Expression condition = ExpressionOf(request, "ConditionExpression");
  if (operation == "PutItem") {
    const PutItem put{
        .table = table, .item = ItemOf(*request.Find("Item")), .condition = condition};
    return WriteAnswer(client->PutWithCapacity(put), out);
  }
  if (operation == "UpdateItem") {
    const UpdateItem update{.table = table,
                            .key = ItemOf(*request.Find("Key")),
                            .update = ExpressionOf(request, "UpdateExpression"),
                            .condition = condition};
    return WriteAnswer(client->UpdateWithCapacity(update), out);
  }
  if (operation == "DeleteItem") {
    const DeleteItem remove{
        .table = table, .key = ItemOf(*request.Find("Key")), .condition = condition};
    return WriteAnswer(client->DeleteWithCapacity(remove), out);
  }
  MILLRACE_CHECK(operation == "BatchWriteItem", std::string(operation));
  WriteAnswer(client->BatchWriteWithCapacity(BatchOf(request)), out);
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  using namespace millrace;
  auto client = Client::Connect({.endpoint = argc > 1 ? argv[1] : ""});
  MILLRACE_CHECK(client.ok(), client.status().ToString());
  JsonParser parser;
  for (std::string line; std::getline(std::cin, line);) {
    const size_t tab = line.find('\t');
    MILLRACE_CHECK(tab != line.npos, line);
    std::string answer;
    JsonWriter out(&answer);
    Run(client->get(), std::string_view(line).substr(0, tab),
        parser.Parse(std::string_view(line).substr(tab + 1)).value(), &out);
    std::cout << answer << '\n' << std::flush;
  }
  return 0;
}
