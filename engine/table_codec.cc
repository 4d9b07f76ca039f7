#include "engine/table_codec.h"

#include <charconv>
#include <cstdio>
#include <utility>

#include "engine/base/coding.h"

namespace millrace {
namespace {

// 2: what it is set to stands at the end. 3: its indexes do. 4: its switches to on-demand do.
constexpr uint8_t kTableVersion = 4;
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

void PutThroughputChanges(std::string* out, const ThroughputChanges& changes) {
  PutLittle(out, changes.last_increase_micros);
  PutLittle(out, changes.last_decrease_micros);
  PutLittle(out, changes.decreases);
}

void PutOnDemand(std::string* out, const OnDemandThroughput& bounds) {
  PutOptional(out, bounds.read_units_max);
  PutOptional(out, bounds.write_units_max);
}

void PutWarm(std::string* out, const std::optional<WarmThroughput>& warm) {
  out->push_back(warm.has_value() ? 1 : 0);
  PutLittle(out, warm.value_or(WarmThroughput()).read_units);
  PutLittle(out, warm.value_or(WarmThroughput()).write_units);
}

void PutSettings(std::string* out, const TableSettings& settings) {
  PutLittle(out, settings.on_demand_since_micros);
  PutThroughputChanges(out, settings.throughput_changes);
  out->push_back(static_cast<char>(settings.table_class));
  PutLittle(out, settings.class_changed_micros);
  PutLittle(out, settings.class_changed_before_micros);
  PutOnDemand(out, settings.on_demand);
  PutWarm(out, settings.warm);
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

void PutKeyAttributes(std::string* out, const std::vector<KeyAttribute>& attributes) {
  PutVarint(out, attributes.size());
  for (const KeyAttribute& attribute : attributes) PutKeyAttribute(out, attribute);
}

void PutIndex(std::string* out, const Index& index) {
  const IndexSpec& spec = index.spec;
  PutLittle(out, index.id.value());
  out->push_back(static_cast<char>(spec.kind));
  PutPrefixed(out, spec.name);
  PutKeyAttributes(out, spec.schema.hash);
  PutKeyAttributes(out, spec.schema.range);
  out->push_back(static_cast<char>(spec.projection));
  PutVarint(out, spec.included.size());
  for (const std::string& name : spec.included) PutPrefixed(out, name);
  PutLittle(out, spec.throughput.read_units);
  PutLittle(out, spec.throughput.write_units);
  PutOnDemand(out, spec.on_demand);
  PutWarm(out, spec.warm);
  out->push_back(static_cast<char>(index.status));
  PutLittle(out, index.created_lsn.value());
  PutLittle(out, index.created_micros);
  PutThroughputChanges(out, index.throughput_changes);
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
  ThroughputChanges Changes() {
    ThroughputChanges changes;
    changes.last_increase_micros = Fixed<int64_t>();
    changes.last_decrease_micros = Fixed<int64_t>();
    changes.decreases = Fixed<uint8_t>();
    return changes;
  }
  OnDemandThroughput OnDemand() {
    OnDemandThroughput bounds;
    bounds.read_units_max = OptionalInteger();
    bounds.write_units_max = OptionalInteger();
    return bounds;
  }
  std::optional<WarmThroughput> Warm() {
    const bool present = Fixed<uint8_t>() != 0;
    WarmThroughput warm;
    warm.read_units = Fixed<int64_t>();
    warm.write_units = Fixed<int64_t>();
    return present ? std::optional<WarmThroughput>(warm) : std::nullopt;
  }
  TableSettings Settings() {
    TableSettings settings;
    settings.on_demand_since_micros = Fixed<int64_t>();
    settings.throughput_changes = Changes();
    settings.table_class = static_cast<TableClass>(Fixed<uint8_t>());
    settings.class_changed_micros = Fixed<int64_t>();
    settings.class_changed_before_micros = Fixed<int64_t>();
    settings.on_demand = OnDemand();
    settings.warm = Warm();
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
  std::vector<KeyAttribute> Attributes() {
    std::vector<KeyAttribute> attributes;
    for (uint64_t left = Varint(); left > 0 && ok_; --left) attributes.push_back(Attribute());
    return attributes;
  }
  Index OneIndex() {
    Index index;
    index.id = IndexId(Fixed<uint32_t>());
    index.spec.kind = static_cast<IndexKind>(Fixed<uint8_t>());
    index.spec.name = Text();
    index.spec.schema.hash = Attributes();
    index.spec.schema.range = Attributes();
    index.spec.projection = static_cast<ProjectionType>(Fixed<uint8_t>());
    for (uint64_t left = Varint(); left > 0 && ok_; --left) index.spec.included.push_back(Text());
    index.spec.throughput.read_units = Fixed<int64_t>();
    index.spec.throughput.write_units = Fixed<int64_t>();
    index.spec.on_demand = OnDemand();
    index.spec.warm = Warm();
    index.status = static_cast<IndexStatus>(Fixed<uint8_t>());
    index.created_lsn = ResolvedLsn();
    index.created_micros = Fixed<int64_t>();
    index.throughput_changes = Changes();
    return index;
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
  PutVarint(&out, table.indexes.size());
  for (const Index& index : table.indexes) PutIndex(&out, index);
  for (const int64_t micros : table.spec.settings.switched_to_on_demand_micros) {
    PutLittle(&out, micros);
  }
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
  if (format >= 3) {
    for (uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left)
      table.indexes.push_back(reader.OneIndex());
  }
  if (format >= 4) {
    for (int64_t& micros : table.spec.settings.switched_to_on_demand_micros) {
      micros = reader.Fixed<int64_t>();
    }
  }
  if (!reader.AtEnd()) return std::nullopt;
  return table;
}

}  // namespace millrace
