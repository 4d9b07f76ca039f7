#include "engine/table_codec.h"

#include <charconv>
#include <cstdio>
#include <utility>

#include "engine/base/coding.h"

namespace millrace {
namespace {

// 2: what it is set to stands at the end.
constexpr uint8_t kTableVersion = 2;
constexpr uint8_t kTableVersionOldest = 1;

void PutKeyAttribute(std::string* out, const KeyAttribute& attribute) {
  PutPrefixed(out, attribute.name);
  out->push_back(static_cast<char>(attribute.type));
}

void PutStream(std::string* out, const StreamWindow& stream) {
  PutPrefixed(out, stream.label);
  out->push_back(static_cast<char>(stream.view));
  PutLittle(out, stream.first.value());
  out->push_back(stream.last.has_value() ? 1 : 0);
  PutLittle(out, stream.last.value_or(Lsn()).value());
  PutLittle(out, stream.created_micros);
  PutLittle(out, stream.closed_micros);
}

void PutOptional(std::string* out, std::optional<int64_t> value) {
  out->push_back(value.has_value() ? 1 : 0);
  PutLittle(out, value.value_or(0));
}

void PutSettings(std::string* out, const TableSettings& settings) {
  PutLittle(out, settings.on_demand_since_micros);
  PutLittle(out, settings.throughput_changes.last_increase_micros);
  PutLittle(out, settings.throughput_changes.last_decrease_micros);
  PutLittle(out, settings.throughput_changes.decreases);
  out->push_back(static_cast<char>(settings.table_class));
  PutLittle(out, settings.class_changed_micros);
  PutLittle(out, settings.class_changed_before_micros);
  PutOptional(out, settings.on_demand.read_units_max);
  PutOptional(out, settings.on_demand.write_units_max);
  out->push_back(settings.warm.has_value() ? 1 : 0);
  PutLittle(out, settings.warm.value_or(WarmThroughput()).read_units);
  PutLittle(out, settings.warm.value_or(WarmThroughput()).write_units);
  PutVarint(out, settings.tags.size());
  for (const auto& [key, value] : settings.tags) {
    PutPrefixed(out, key);
    PutPrefixed(out, value);
  }
  PutVarint(out, settings.policies.size());
  for (const auto& [resource, policy] : settings.policies) {
    PutPrefixed(out, resource);
    PutPrefixed(out, policy.text);
    PutPrefixed(out, policy.revision);
  }
}

void PutTimeToLive(std::string* out, const std::optional<TimeToLive>& ttl) {
  out->push_back(ttl.has_value() ? 1 : 0);
  if (!ttl) return;
  PutPrefixed(out, ttl->attribute);
  out->push_back(ttl->enabled ? 1 : 0);
  PutLittle(out, ttl->changed_micros);
  PutLittle(out, ttl->index.value());
  out->push_back(ttl->filled ? 1 : 0);
}

// Takes fields off the front of the bytes; `ok` turns false for good at the first that does not
// fit.
class Reader {
 public:
  Reader(std::string_view bytes, Lsn version) : rest_(bytes), version_(version) {}
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

  template <typename T>
  T Fixed() {
    T value{};
    ok_ = ok_ && TakeLittle(&rest_, &value);
    return value;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    ok_ = ok_ && TakeVarint(&rest_, &value);
    return value;
  }
  std::string Text() {
    std::string_view text;
    ok_ = ok_ && TakePrefixed(&rest_, &text);
    return std::string(ok_ ? text : std::string_view());
  }
  Lsn ResolvedLsn() {
    const auto value = Fixed<uint64_t>();
    return value == 0 ? version_ : Lsn(value);
  }
  std::optional<Lsn> OptionalLsn() {
    const bool present = Fixed<uint8_t>() != 0;
    const Lsn lsn = ResolvedLsn();
    return present ? std::optional<Lsn>(lsn) : std::nullopt;
  }
  KeyAttribute Attribute() {
    KeyAttribute attribute;
    attribute.name = Text();
    attribute.type = static_cast<ValueType>(Fixed<uint8_t>());
    return attribute;
  }
  StreamWindow Stream() {
    StreamWindow stream;
    stream.label = Text();
    stream.view = static_cast<StreamViewType>(Fixed<uint8_t>());
    stream.first = ResolvedLsn();
    stream.last = OptionalLsn();
    stream.created_micros = Fixed<int64_t>();
    stream.closed_micros = Fixed<int64_t>();
    return stream;
  }
  std::optional<int64_t> OptionalInteger() {
    const bool present = Fixed<uint8_t>() != 0;
    const auto value = Fixed<int64_t>();
    return present ? std::optional<int64_t>(value) : std::nullopt;
  }
  TableSettings Settings() {
    TableSettings settings;
    settings.on_demand_since_micros = Fixed<int64_t>();
    settings.throughput_changes.last_increase_micros = Fixed<int64_t>();
    settings.throughput_changes.last_decrease_micros = Fixed<int64_t>();
    settings.throughput_changes.decreases = Fixed<uint8_t>();
    settings.table_class = static_cast<TableClass>(Fixed<uint8_t>());
    settings.class_changed_micros = Fixed<int64_t>();
    settings.class_changed_before_micros = Fixed<int64_t>();
    settings.on_demand.read_units_max = OptionalInteger();
    settings.on_demand.write_units_max = OptionalInteger();
    const bool has_warm = Fixed<uint8_t>() != 0;
    WarmThroughput warm;
    warm.read_units = Fixed<int64_t>();
    warm.write_units = Fixed<int64_t>();
    if (has_warm) settings.warm = warm;
    for (uint64_t left = Varint(); left > 0 && ok_; --left) {
      std::string key = Text();
      settings.tags[std::move(key)] = Text();
    }
    for (uint64_t left = Varint(); left > 0 && ok_; --left) {
      ResourcePolicy& policy = settings.policies[Text()];
      policy.text = Text();
      policy.revision = Text();
    }
    return settings;
  }
  std::optional<TimeToLive> Ttl() {
    if (Fixed<uint8_t>() == 0) return std::nullopt;
    TimeToLive ttl;
    ttl.attribute = Text();
    ttl.enabled = Fixed<uint8_t>() != 0;
    ttl.changed_micros = Fixed<int64_t>();
    ttl.index = IndexId(Fixed<uint32_t>());
    ttl.filled = Fixed<uint8_t>() != 0;
    return ttl;
  }

 private:
  std::string_view rest_;
  Lsn version_;
  bool ok_ = true;
};

}  // namespace

std::string TableCellKey(TableId id) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", id.value());
  return std::string(kTableCellPrefix) + text;
}

std::optional<TableId> TableIdOfCellKey(std::string_view key) {
  constexpr size_t kDigits = 8;
  if (key.size() != kTableCellPrefix.size() + kDigits) return std::nullopt;
  uint32_t id = 0;
  const char* end = key.data() + key.size();
  const auto [parsed, error] = std::from_chars(end - kDigits, end, id, 16);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return TableId(id);
}

std::string EncodeTable(const Table& table) {
  std::string out;
  out.push_back(static_cast<char>(kTableVersion));
  PutLittle(&out, table.id.value());
  PutPrefixed(&out, table.uuid);
  PutPrefixed(&out, table.spec.name);
  PutKeyAttribute(&out, table.spec.schema.hash);
  out.push_back(table.spec.schema.range.has_value() ? 1 : 0);
  if (table.spec.schema.range) PutKeyAttribute(&out, *table.spec.schema.range);
  out.push_back(static_cast<char>(table.spec.billing_mode));
  PutLittle(&out, table.spec.throughput.read_units);
  PutLittle(&out, table.spec.throughput.write_units);
  out.push_back(table.spec.deletion_protection ? 1 : 0);
  PutLittle(&out, table.hash_seed);
  PutLittle(&out, table.created_micros);
  PutLittle(&out, table.created_lsn.value());
  out.push_back(table.deleted_lsn.has_value() ? 1 : 0);
  PutLittle(&out, table.deleted_lsn.value_or(Lsn()).value());
  PutLittle(&out, table.deleted_micros);
  out.push_back(static_cast<char>(table.streams.size()));  // at most kStreamsMax
  for (const StreamWindow& stream : table.streams) PutStream(&out, stream);
  PutSettings(&out, table.spec.settings);
  PutTimeToLive(&out, table.ttl);
  return out;
}

std::optional<Table> DecodeTable(std::string_view bytes, Lsn version) {
  Reader reader(bytes, version);
  const auto format = reader.Fixed<uint8_t>();
  if (format < kTableVersionOldest || format > kTableVersion) return std::nullopt;
  Table table;
  table.id = TableId(reader.Fixed<uint32_t>());
  table.uuid = reader.Text();
  table.spec.name = reader.Text();
  table.spec.schema.hash = reader.Attribute();
  if (reader.Fixed<uint8_t>() != 0) table.spec.schema.range = reader.Attribute();
  table.spec.billing_mode = static_cast<BillingMode>(reader.Fixed<uint8_t>());
  table.spec.throughput.read_units = reader.Fixed<int64_t>();
  table.spec.throughput.write_units = reader.Fixed<int64_t>();
  table.spec.deletion_protection = reader.Fixed<uint8_t>() != 0;
  table.hash_seed = reader.Fixed<uint64_t>();
  table.created_micros = reader.Fixed<int64_t>();
  table.created_lsn = reader.ResolvedLsn();
  table.deleted_lsn = reader.OptionalLsn();
  table.deleted_micros = reader.Fixed<int64_t>();

  const auto stream_count = reader.Fixed<uint8_t>();
  for (int i = 0; i < stream_count && reader.ok(); ++i) table.streams.push_back(reader.Stream());
  if (format >= 2) {
    table.spec.settings = reader.Settings();
    table.ttl = reader.Ttl();
  } else if (table.spec.billing_mode == BillingMode::kPayPerRequest) {
    table.spec.settings.on_demand_since_micros = table.created_micros;
  }
  if (!reader.AtEnd()) return std::nullopt;
  return table;
}

}  // namespace millrace
