#include <millrace/test_kit.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/json/attribute_value.h"
#include "engine/json/expect.h"
#include "engine/json/json.h"
#include "engine/model/change_record.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

std::string BytesOf(const Value* value) {
  return value == nullptr ? std::string() : EncodeItem(*value);
}

constexpr std::string_view kExpiryService = "dynamodb.amazonaws.com";

Result<std::optional<Value>> ImageIn(JsonValue record, std::string_view name) {
  const auto json = record.Find(name);
  if (!json || json->Is(JsonKind::kNull)) return std::optional<Value>();
  ASSIGN_OR_RETURN(Value value, DecodeAttributeMap(*json));
  return std::optional<Value>(std::move(value));
}

// The principal of a record's userIdentity; empty: a user made it. Lambda's events and the Streams
// API spell its members differently.
std::string_view ServiceIn(JsonValue record) {
  const auto identity = record.Find("userIdentity");
  if (!identity || !identity->Is(JsonKind::kObject)) return "";
  for (const char* name : {"principalId", "PrincipalId"}) {
    const auto principal = identity->Find(name);
    if (principal && principal->Is(JsonKind::kString)) return principal->string();
  }
  return "";
}

CollectedWrite Collected(const TableWrite& from) {
  CollectedWrite to;
  to.kind = from.kind;
  to.table = from.table_name;
  to.item = Item(from.item);
  to.update = from.update_expression;
  to.condition = from.condition_expression;
  to.names.insert(from.names.begin(), from.names.end());
  for (const auto& [name, bytes] : from.values) to.values.emplace(name, Value(ValueView(bytes)));
  return to;
}

}  // namespace

// What Get reads from.
class HandlerTest::Tables final : public ItemReader {
 public:
  Result<millrace::Item> Get(uint64_t, std::string_view table, std::string_view key,
                             std::chrono::steady_clock::time_point) override {
    if (!fail_next.ok()) return std::exchange(fail_next, Status::Ok());
    const auto found = items.find(std::string(table));
    if (found == items.end()) {
      return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
    }
    const MapView wanted = ItemView(key).attributes();
    for (const millrace::Item& item : found->second) {
      if (Matches(item, wanted)) return item;
    }
    return millrace::Item();
  }
  void Put(const std::string& table, millrace::Item item, const Value& keys) {
    auto& all = items[table];
    const std::string key = EncodeItem(keys);
    std::erase_if(all, [&key](const millrace::Item& other) {
      return Matches(other, ItemView(key).attributes());
    });
    all.push_back(std::move(item));
  }

  std::map<std::string, std::vector<millrace::Item>> items;
  Status fail_next;

 private:
  static bool Matches(const millrace::Item& item, const MapView& key) {
    for (size_t i = 0; i < key.size(); ++i) {
      const auto [name, value] = key.entry(i);
      const auto attribute = item.Find(name);
      if (!attribute || !(*attribute == value)) return false;
    }
    return true;
  }
};

struct HandlerTest::Parts {
  Tables tables;
  JsonParser parser;
};

HandlerTest::HandlerTest(HandlerFunction function)
    : function_(std::move(function)), parts_(std::make_unique<Parts>()) {
  frame_.idempotency_key = "test-kit";
  frame_.function_name = "function";
  From("table");
}

HandlerTest::~HandlerTest() = default;

HandlerTest& HandlerTest::From(std::string table_name, std::string event_source_arn,
                               std::string shard_id) {
  frame_.event_source_arn = event_source_arn.empty()
                                ? "arn:aws:dynamodb:us-east-1:000000000000:table/" + table_name +
                                      "/stream/2026-01-01T00:00:00.000"
                                : std::move(event_source_arn);
  frame_.shard_id = shard_id.empty() ? "shardId-00000000000000000001-00000000" : shard_id;
  frame_.table_name = std::move(table_name);
  return *this;
}

HandlerTest& HandlerTest::FunctionTimeout(std::chrono::milliseconds timeout) {
  timeout_ = timeout;
  return *this;
}

HandlerTest& HandlerTest::KeyNames(std::vector<std::string> names) {
  key_names_ = std::move(names);
  return *this;
}

HandlerTest& HandlerTest::Clear() {
  records_.clear();
  attempt_ = 0;
  return *this;
}

void HandlerTest::Note(const Status& status) {
  if (broken_.ok() && !status.ok()) {
    broken_ = Status(status.code(), "the test itself: " + status.message());
  }
}

Value HandlerTest::Parse(std::string_view item) {
  Result<JsonValue> json = parts_->parser.Parse(item);
  if (!json.ok()) {
    Note(Status::Validation("not JSON: " + std::string(item)));
    return Value::OfMap({});
  }
  Result<Value> value = DecodeAttributeMap(*json);
  Note(value.status());
  return value.ok() ? std::move(value).value() : Value::OfMap({});
}

Value HandlerTest::KeysOf(const Value& item) {
  const std::string bytes = EncodeItem(item);
  Value keys = Value::OfMap({});
  for (const std::string& name : key_names_) {
    if (const auto value = ItemView(bytes).Find(name)) keys.SetInMap(name, Value(*value));
  }
  if (ValueView(keys.Encode()).count() == 0) {
    Note(Status::Validation("an item without its key attributes; KeyNames says which they are"));
  }
  return keys;
}

HandlerTest& HandlerTest::Insert(std::string_view item) {
  const Value after = Parse(item);
  return Add(nullptr, &after);
}
HandlerTest& HandlerTest::Insert(const ItemBuilder& item) {
  Note(item.status());
  return Add(nullptr, &item.value());
}
HandlerTest& HandlerTest::Modify(std::string_view before, std::string_view after) {
  const Value old_item = Parse(before);
  const Value new_item = Parse(after);
  return Add(&old_item, &new_item);
}
HandlerTest& HandlerTest::Modify(const ItemBuilder& before, const ItemBuilder& after) {
  Note(before.status());
  Note(after.status());
  return Add(&before.value(), &after.value());
}
HandlerTest& HandlerTest::Remove(std::string_view item) {
  const Value before = Parse(item);
  return Add(&before, nullptr);
}
HandlerTest& HandlerTest::Remove(const ItemBuilder& item) {
  Note(item.status());
  return Add(&item.value(), nullptr);
}

HandlerTest& HandlerTest::Expire(std::string_view item) {
  const Value before = Parse(item);
  return Add(&before, nullptr, kExpiryService);
}
HandlerTest& HandlerTest::Expire(const ItemBuilder& item) {
  Note(item.status());
  return Add(&item.value(), nullptr, kExpiryService);
}

HandlerTest& HandlerTest::Add(const Value* before, const Value* after, std::string_view service) {
  Append(KeysOf(after != nullptr ? *after : *before), before, after, before != nullptr,
         clock_.WallMicros(), "", service);
  return *this;
}

void HandlerTest::Append(const Value& keys, const Value* before, const Value* after, bool existed,
                         int64_t micros, std::string_view sequence_number,
                         std::string_view service) {
  const std::string key_bytes = EncodeItem(keys);
  const std::string new_bytes = BytesOf(after);
  const std::string old_bytes = BytesOf(before);
  RecordBody body;
  body.keys = key_bytes;
  body.new_image = new_bytes;
  body.old_image = old_bytes;
  body.principal = service;
  // Of an item that was there and isn't shown only that it was is known.
  body.previous_size = before != nullptr ? ItemView(old_bytes).aws_size() : existed ? 1 : 0;
  const std::string body_bytes = EncodeRecordBody(body);
  RecordHeader header;
  header.position.lsn = Lsn(++last_lsn_);
  if (!sequence_number.empty()) {
    const std::optional<Position> position = ParseSequenceNumber(sequence_number);
    // AWS's own numbers are of another form: their order is what counts.
    if (position) header.position = *position;
  }
  header.commit_time_micros = micros;
  if (!service.empty()) header.flags = kRecordByService;
  header.body_digest = Sha256(body_bytes);
  std::string record;
  AppendRecordHeader(header, &record);
  records_.push_back(record + body_bytes);
}

HandlerTest& HandlerTest::Event(std::string_view json) {
  Note(AddEvent(json));
  return *this;
}

Status HandlerTest::AddEvent(std::string_view json) {
  Result<JsonValue> event = parts_->parser.Parse(json);
  if (!event.ok() || !event->Is(JsonKind::kObject)) return Status::Validation("not a JSON object");
  const auto records = event->Find("Records");
  if (!records || !records->Is(JsonKind::kArray)) {
    return Status::Validation("an event without Records");
  }
  return records->ForEachElement([this](JsonValue record) -> Status {
    const auto change = record.Is(JsonKind::kObject) ? record.Find("dynamodb") : std::nullopt;
    if (!change || !change->Is(JsonKind::kObject)) {
      return Status::Validation("a record without dynamodb");
    }
    ASSIGN_OR_RETURN(const std::optional<Value> keys, ImageIn(*change, "Keys"));
    if (!keys) return Status::Validation("a record without Keys");
    ASSIGN_OR_RETURN(const std::optional<Value> after, ImageIn(*change, "NewImage"));
    ASSIGN_OR_RETURN(const std::optional<Value> before, ImageIn(*change, "OldImage"));
    const auto name = record.Find("eventName");
    const bool insert = name && name->Is(JsonKind::kString) && name->string() == "INSERT";
    const bool remove = name && name->Is(JsonKind::kString) && name->string() == "REMOVE";
    const auto number = change->Find("SequenceNumber");
    const auto time = change->Find("ApproximateCreationDateTime");
    const bool timed = time && (time->Is(JsonKind::kInteger) || time->Is(JsonKind::kDouble));
    // Without images (KEYS_ONLY) what there was is the keys.
    const Value* now = after ? &*after : remove ? nullptr : &*keys;
    Append(*keys, before ? &*before : nullptr, now, !insert,
           timed ? static_cast<int64_t>(time->number() * 1e6) : clock_.WallMicros(),
           number && number->Is(JsonKind::kString) ? number->string() : "", ServiceIn(record));
    return Status::Ok();
  });
}

HandlerTest& HandlerTest::Item(const std::string& table, std::string_view item) {
  const Value value = Parse(item);
  parts_->tables.Put(table, millrace::Item(EncodeItem(value)), KeysOf(value));
  return *this;
}
HandlerTest& HandlerTest::Item(const std::string& table, const ItemBuilder& item) {
  Note(item.status());
  parts_->tables.Put(table, millrace::Item(EncodeItem(item.value())), KeysOf(item.value()));
  return *this;
}
HandlerTest& HandlerTest::Table(const std::string& table) {
  parts_->tables.items[table];
  return *this;
}
HandlerTest& HandlerTest::FailNextGet(Status status) {
  parts_->tables.fail_next = std::move(status);
  return *this;
}

HandlerRun HandlerTest::Run() {
  HandlerRun run;
  run.attempt = ++attempt_;
  run.status = broken_;
  if (!run.status.ok()) return run;
  const std::vector<std::string_view> views(records_.begin(), records_.end());
  std::string payload(RecordsPayloadSize(views), '\0');
  WriteRecordsPayload(views, payload.data());
  InvokeFrame frame = frame_;
  frame.invocation_id = attempt_;
  frame.attempt = attempt_;
  frame.remaining_millis = static_cast<uint32_t>(timeout_.count());
  frame.deadline_monotonic_nanos =
      clock_.MonotonicNanos() + std::chrono::nanoseconds(timeout_).count();
  Invocation invocation(std::move(frame), &parts_->tables, &clock_);
  try {
    run.status = function_(RecordBatch(*RecordsView::Decode(payload)), invocation);
  } catch (const std::exception& error) {
    run.status = Status(ErrorCode::kInternal, error.what());
  } catch (...) {
    run.status =
        Status(ErrorCode::kInternal, "the handler threw something not derived from std::exception");
  }
  if (run.status.ok()) run.status = invocation.status();
  if (run.status.ok() && invocation.remaining().count() == 0) {
    run.status = Status(ErrorCode::kUnavailable, "the function took longer than its timeout");
  }
  ReplyFrame reply;
  if (run.status.ok()) {
    reply.writes = invocation.TakeWrites();
    reply.failed_records = invocation.failed_records();
    run.status = CheckReply(reply);
  }
  if (!run.status.ok()) return run;
  for (const TableWrite& write : reply.writes) run.writes.push_back(Collected(write));
  run.failed_records = reply.failed_records;
  return run;
}

HandlerRun HandlerTest::RunUntilDone(uint32_t attempts_max) {
  HandlerRun run = Run();
  while (!run.status.ok() && run.attempt < attempts_max && broken_.ok()) run = Run();
  return run;
}

}  // namespace millrace
