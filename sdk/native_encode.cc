#include <flatbuffers/flatbuffers.h>

#include "sdk/client_generated.h"
#include "sdk/native_frames.h"

namespace millrace::native {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using Bytes = flatbuffers::Vector<uint8_t>;
using String = flatbuffers::String;
using Placeholders = flatbuffers::Vector<Offset<native_wire::Placeholder>>;

constexpr size_t kKeptSizeMax = 1024 * 1024;  // bytes of a builder that are kept for the next frame

Offset<String> MakeText(FlatBufferBuilder* to, Text text) {
  return text ? to->CreateString(text->data(), text->size()) : Offset<String>();
}
// Absent when empty.
Offset<String> MakeName(FlatBufferBuilder* to, std::string_view text) {
  return MakeText(to, text.empty() ? Text() : Text(text));
}
Offset<Bytes> MakeBytes(FlatBufferBuilder* to, std::string_view bytes) {
  if (bytes.empty()) return {};
  return to->CreateVector(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}
// Absent when empty.
template <typename T>
Offset<flatbuffers::Vector<T>> MakeVector(FlatBufferBuilder* to, const std::vector<T>& values) {
  if (values.empty()) return {};
  return to->CreateVector(values);
}

Offset<Placeholders> MakePairs(FlatBufferBuilder* to, const Pairs& pairs) {
  std::vector<Offset<native_wire::Placeholder>> made;
  made.reserve(pairs.size());
  for (const auto& [name, value] : pairs) {
    const auto name_offset = MakeName(to, name);
    made.push_back(native_wire::CreatePlaceholder(*to, name_offset, MakeBytes(to, value)));
  }
  return MakeVector(to, made);
}

Offset<native_wire::Hello> Make(FlatBufferBuilder* to, const Hello& from) {
  const auto version = MakeName(to, from.sdk_version);
  const auto principal = MakeName(to, from.principal);
  return native_wire::CreateHello(*to, from.protocol_version, version, principal);
}
Offset<native_wire::Get> Make(FlatBufferBuilder* to, const Get& from) {
  const auto table = MakeName(to, from.table_name);
  const auto key = MakeBytes(to, from.key);
  const auto projection = MakeText(to, from.projection);
  const auto names = MakePairs(to, from.names);
  return native_wire::CreateGet(*to, table, key, from.consistent, projection, names,
                                from.return_capacity);
}
Offset<native_wire::Write> Make(FlatBufferBuilder* to, const Write& from) {
  const auto table = MakeName(to, from.table_name);
  const auto item = MakeBytes(to, from.item);
  const auto condition = MakeText(to, from.condition);
  const auto update = MakeText(to, from.update);
  const auto names = MakePairs(to, from.names);
  const auto values = MakePairs(to, from.values);
  return native_wire::CreateWrite(*to, static_cast<native_wire::WriteKind>(from.kind), table, item,
                                  condition, update, names, values,
                                  static_cast<native_wire::ReturnValues>(from.returns),
                                  from.old_on_failure, from.return_capacity);
}
// What a Query and a Scan have in common.
struct PageParts {
  Offset<String> filter;
  Offset<String> projection;
  Offset<Placeholders> names;
  Offset<Placeholders> values;
  Offset<Bytes> start;
};
template <typename From>
PageParts MakePageParts(FlatBufferBuilder* to, const From& from) {
  PageParts parts;
  parts.filter = MakeText(to, from.filter);
  parts.projection = MakeText(to, from.projection);
  parts.names = MakePairs(to, from.names);
  parts.values = MakePairs(to, from.values);
  parts.start = MakeBytes(to, from.start_key);
  return parts;
}
Offset<native_wire::Query> Make(FlatBufferBuilder* to, const Query& from) {
  const auto table = MakeName(to, from.table_name);
  const auto condition = MakeText(to, from.key_condition);
  const PageParts page = MakePageParts(to, from);
  return native_wire::CreateQuery(*to, table, condition, page.filter, page.projection, page.names,
                                  page.values, page.start, from.limit, from.backward,
                                  from.count_only, from.consistent, from.return_capacity);
}
Offset<native_wire::IndexQuery> Make(FlatBufferBuilder* to, const IndexQuery& from) {
  const auto query = Make(to, from.query);
  const auto index = MakeName(to, from.index_name);
  return native_wire::CreateIndexQuery(*to, query, index, from.all_attributes);
}
Offset<native_wire::Scan> Make(FlatBufferBuilder* to, const Scan& from) {
  const auto table = MakeName(to, from.table_name);
  const auto index = MakeName(to, from.index_name);
  const PageParts page = MakePageParts(to, from);
  return native_wire::CreateScan(*to, table, index, page.filter, page.projection, page.names,
                                 page.values, page.start, from.limit, from.segment,
                                 from.total_segments, from.count_only, from.all_attributes,
                                 from.consistent, from.return_capacity);
}
Offset<native_wire::BatchGet> Make(FlatBufferBuilder* to, const BatchGet& from) {
  std::vector<Offset<native_wire::Key>> keys;
  for (const auto& [table, key] : from.keys) {
    const auto table_offset = MakeName(to, table);
    keys.push_back(native_wire::CreateKey(*to, table_offset, MakeBytes(to, key)));
  }
  return native_wire::CreateBatchGet(*to, to->CreateVector(keys), from.consistent,
                                     from.return_capacity);
}
Offset<native_wire::BatchWrite> Make(FlatBufferBuilder* to, const BatchWrite& from) {
  std::vector<Offset<native_wire::Write>> writes;
  for (const Write& write : from.writes) writes.push_back(Make(to, write));
  return native_wire::CreateBatchWrite(*to, to->CreateVector(writes), from.return_capacity);
}

std::string_view Cut(std::string_view text, size_t size_max) {
  if (text.size() <= size_max) return text;
  // Not inside a UTF-8 sequence.
  while (size_max > 0 && (static_cast<uint8_t>(text[size_max]) & 0xc0) == 0x80) --size_max;
  return text.substr(0, size_max);
}

Offset<native_wire::Welcome> Make(FlatBufferBuilder* to, const Welcome& from) {
  const auto version = MakeName(to, from.server_version);
  return native_wire::CreateWelcome(*to, from.protocol_version, version, from.in_flight_max);
}
Offset<native_wire::Failure> Make(FlatBufferBuilder* to, const Failure& from) {
  const auto code = MakeName(to, from.code);
  const auto message = MakeName(to, Cut(from.message, kMessageSizeMax));
  return native_wire::CreateFailure(*to, code, message, MakeBytes(to, from.item));
}
Offset<native_wire::Capacity> MakeCapacity(FlatBufferBuilder* to,
                                           const std::optional<Capacity>& from) {
  if (!from) return {};
  return native_wire::CreateCapacity(*to, from->of_table, from->of_index);
}
Offset<native_wire::Found> Make(FlatBufferBuilder* to, const Found& from) {
  const auto item = MakeBytes(to, from.item);
  return native_wire::CreateFound(*to, item, MakeCapacity(to, from.capacity));
}
Offset<native_wire::WriteCapacity> MakeCapacity(FlatBufferBuilder* to, const WriteCapacity& from) {
  std::vector<Offset<native_wire::IndexCapacity>> indexes;
  for (const IndexCapacity& index : from.indexes) {
    const auto name = MakeName(to, index.index_name);
    indexes.push_back(native_wire::CreateIndexCapacity(*to, name, index.local, index.units));
  }
  const auto table = MakeName(to, from.table_name);
  return native_wire::CreateWriteCapacity(*to, table, from.of_table, MakeVector(to, indexes));
}
Offset<native_wire::Written> Make(FlatBufferBuilder* to, const Written& from) {
  const auto attributes = MakeBytes(to, from.attributes);
  Offset<native_wire::WriteCapacity> capacity;
  if (from.capacity) capacity = MakeCapacity(to, *from.capacity);
  return native_wire::CreateWritten(*to, attributes, capacity);
}
Offset<native_wire::Page> Make(FlatBufferBuilder* to, const Page& from) {
  const auto items = MakeBytes(to, from.items);
  const auto ends = MakeVector(to, from.ends);
  const auto last = MakeBytes(to, from.last_key);
  return native_wire::CreatePage(*to, items, ends, from.count, from.scanned_count, last,
                                 MakeCapacity(to, from.capacity));
}
Offset<native_wire::Batch> Make(FlatBufferBuilder* to, const Batch& from) {
  const auto items = MakeBytes(to, from.items);
  const auto ends = MakeVector(to, from.ends);
  const auto unprocessed = MakeVector(to, from.unprocessed);
  std::vector<Offset<native_wire::WriteCapacity>> tables;
  for (const WriteCapacity& table : from.written) tables.push_back(MakeCapacity(to, table));
  const auto written = MakeVector(to, tables);
  return native_wire::CreateBatch(*to, items, ends, unprocessed, MakeCapacity(to, from.capacity),
                                  written);
}

template <typename Table>
void Finish(FlatBufferBuilder* to, const Request& request, Offset<Table> body) {
  to->Finish(native_wire::CreateRequest(*to, request.id, request.timeout_millis,
                                        native_wire::RequestBodyTraits<Table>::enum_value,
                                        body.Union()));
}
template <typename Table>
void Finish(FlatBufferBuilder* to, const Reply& reply, Offset<Table> body) {
  to->Finish(native_wire::CreateReply(
      *to, reply.id, native_wire::ReplyBodyTraits<Table>::enum_value, body.Union()));
}

// Of a request or a reply.
template <typename Envelope>
std::string_view EncodeEnvelope(FlatBufferBuilder* to, const Envelope& envelope) {
  std::visit([&](const auto& body) { Finish(to, envelope, Make(to, body)); }, envelope.body);
  return {reinterpret_cast<const char*>(to->GetBufferPointer()), to->GetSize()};
}

}  // namespace

struct FrameEncoder::Builder {
  std::optional<FlatBufferBuilder> buffer;
  // Empty, with the memory of the frames before.
  FlatBufferBuilder* Fresh() {
    if (buffer && buffer->GetSize() <= kKeptSizeMax) {
      buffer->Clear();
    } else {
      buffer.emplace(1024);
    }
    return &*buffer;
  }
};

FrameEncoder::FrameEncoder() : builder_(std::make_unique<Builder>()) {}
FrameEncoder::~FrameEncoder() = default;

std::string_view FrameEncoder::Encode(const Request& request) {
  return EncodeEnvelope(builder_->Fresh(), request);
}

std::string_view FrameEncoder::Encode(const Reply& reply) {
  return EncodeEnvelope(builder_->Fresh(), reply);
}

}  // namespace millrace::native
