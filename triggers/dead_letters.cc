#include "triggers/dead_letters.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace millrace {
namespace {

constexpr size_t kPartSize = 256 * 1024;  // of `record`, with room for keys up to an item's limit
constexpr size_t kWithImagesMax = 128 * 1024;  // a larger record comes without its images beside it

WriteRequest Put(const TableRef& table, Value::Map attributes) {
  WriteRequest write;
  write.table = table;
  write.kind = WriteKind::kPut;
  for (const auto& [name, value] : attributes) {
    if (name == "mapping") write.key.pk = ValueView(value.Encode()).text();
    if (name == "sequence_number") write.key.sk = ValueView(value.Encode()).text();
  }
  write.item = EncodeItem(Value::OfMap(std::move(attributes)));
  return write;
}

Value::Map Key(const DeadLetterReason& reason, const std::string& sequence_number) {
  Value::Map key;
  key.emplace_back("mapping", Value::String(reason.mapping_uuid));
  key.emplace_back("sequence_number", Value::String(sequence_number));
  return key;
}

Value::Map Describe(RecordView record, const DeadLetterReason& reason, const std::string& number) {
  Value::Map map = Key(reason, number);
  map.emplace_back("function", Value::String(reason.function));
  map.emplace_back("event_source_arn", Value::String(reason.event_source_arn));
  map.emplace_back("shard_id", Value::String(reason.shard_id));
  map.emplace_back("event_name", Value::String(WireName(record.event_name())));
  map.emplace_back("error_type", Value::String(reason.error_type));
  map.emplace_back("error_message", Value::String(reason.error_message));
  map.emplace_back("attempts", Value::OfNumber(Number::FromInt(int64_t{reason.attempts})));
  map.emplace_back("keys", Value(record.keys().value()));
  if (record.bytes().size() > kWithImagesMax) return map;
  // An image nested as deep as an item may be would be one level too deep here.
  const auto add_image = [&map](const char* name, ItemView image) {
    if (!image.empty() && NestingDepth(image.value()) < 32)
      map.emplace_back(name, Value(image.value()));
  };
  add_image("new_image", record.new_image());
  add_image("old_image", record.old_image());
  return map;
}

}  // namespace

KeySchema DeadLetterSchema() {
  return KeySchema{{"mapping", ValueType::kString},
                   KeyAttribute{"sequence_number", ValueType::kString}};
}

void AppendDeadLetter(const TableRef& table, RecordView record, const DeadLetterReason& reason,
                      std::vector<WriteRequest>* writes) {
  const std::string number = SequenceNumberOf(record.position());
  const std::string_view bytes = record.bytes();
  const size_t parts = std::max<size_t>(1, (bytes.size() + kPartSize - 1) / kPartSize);
  for (size_t part = 0; part < parts; ++part) {
    char suffix[32] = "";
    if (part > 0) std::snprintf(suffix, sizeof suffix, "#%04zu", part);
    Value::Map map = part == 0 ? Describe(record, reason, number) : Key(reason, number + suffix);
    if (part == 0 && parts > 1) {
      map.emplace_back("parts", Value::OfNumber(Number::FromInt(static_cast<int64_t>(parts))));
    }
    map.emplace_back("record", Value::Binary(bytes.substr(part * kPartSize, kPartSize)));
    writes->push_back(Put(table, std::move(map)));
  }
}

}  // namespace millrace
