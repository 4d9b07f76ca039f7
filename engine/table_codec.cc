#include "engine/table_codec.h"

#include <charconv>
#include <cstdio>

#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr uint8_t kTableVersion = 1;

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
  return out;
}

std::optional<Table> DecodeTable(std::string_view bytes, Lsn version) {
  Reader reader(bytes, version);
  if (reader.Fixed<uint8_t>() != kTableVersion) return std::nullopt;
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
  if (!reader.AtEnd()) return std::nullopt;
  return table;
}

}  // namespace millrace
