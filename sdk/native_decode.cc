#include <flatbuffers/flatbuffers.h>

#include <cstring>

#include "engine/model/item.h"
#include "engine/model/utf8.h"
#include "sdk/client_generated.h"
#include "sdk/native_frames.h"

namespace millrace::native {
namespace {

using BytesVector = flatbuffers::Vector<uint8_t>;
template <typename Table>
using Tables = flatbuffers::Vector<flatbuffers::Offset<Table>>;

// Request, batch, write, placeholder: four levels. Reply, batch, table's capacity, index's: four.
constexpr flatbuffers::uoffset_t kDepthMax = 6;
// The verifier counts a table each time it is referred to, so this also bounds its work.
constexpr flatbuffers::uoffset_t kTablesMax = 3 + kBatchEntriesMax * (1 + 2 * kPlaceholdersMax);

Status Malformed(std::string_view what) {
  return Status::Validation("malformed frame: " + std::string(what));
}

// Reads fields and keeps the first flaw. Several fields may refer to the same bytes, and each is
// copied by whoever handles it: so all together may not be longer than the envelope itself may be.
class Reader {
 public:
  explicit Reader(size_t budget) : budget_(budget) {}

  Status status() const { return flaw_.empty() ? Status::Ok() : Malformed(flaw_); }
  void Refuse(std::string_view flaw) {
    if (flaw_.empty()) flaw_ = flaw;
  }

  Text ReadText(const flatbuffers::String* from, size_t size_max) {
    if (from == nullptr) return std::nullopt;
    const std::string_view text(from->c_str(), from->size());
    if (!Spend(text.size()) || text.size() > size_max) return Refuse("a text is too long"), Text();
    if (!IsValidUtf8(text)) return Refuse("a text is not UTF-8"), Text();
    return text;
  }
  std::string_view ReadName(const flatbuffers::String* from, size_t size_max = kTextSizeMax) {
    return ReadText(from, size_max).value_or("");
  }
  std::string_view ReadBytes(const BytesVector* from) {
    if (from == nullptr) return {};
    if (!Spend(from->size())) return Refuse("it unfolds to more than it may be"), "";
    return {reinterpret_cast<const char*>(from->Data()), from->size()};
  }
  // Item bytes; absent: empty.
  std::string_view ReadItem(const BytesVector* from) {
    const std::string_view bytes = ReadBytes(from);
    if (!bytes.empty()) CheckItem(bytes);
    return bytes;
  }
  std::string_view ReadRequiredItem(const BytesVector* from) {
    const std::string_view bytes = ReadItem(from);
    if (bytes.empty()) Refuse("an item or key is missing");
    return bytes;
  }
  void CheckItem(std::string_view bytes) {
    if (const Status sound = ValidateItem(bytes); !sound.ok()) Refuse(sound.message());
  }
  void ReadPairs(const Tables<native_wire::Placeholder>* from, bool values, Pairs* to) {
    if (from == nullptr) return;
    if (from->size() > kPlaceholdersMax) return Refuse("more than 1024 placeholders");
    to->reserve(from->size());
    for (const native_wire::Placeholder* pair : *from) {
      const std::string_view name = ReadName(pair->name());
      const std::string_view value = ReadBytes(pair->value());
      if (!flaw_.empty()) return;
      const Status sound = values ? ValidateValue(value, kNestingDepthMax - 1) : CheckName(value);
      if (!sound.ok()) return Refuse("a placeholder: " + sound.message());
      to->emplace_back(name, value);
    }
  }

 private:
  static Status CheckName(std::string_view name) {
    if (name.size() > kAttributeNameSizeMax) return Status::Validation("a name is too long");
    return IsValidUtf8(name) ? Status::Ok() : Status::Validation("a name is not UTF-8");
  }
  bool Spend(size_t size) {
    if (size > budget_) return false;
    budget_ -= size;
    return true;
  }

  size_t budget_;
  std::string flaw_;
};

Hello Read(const native_wire::Hello& from, Reader* reader) {
  return {from.protocol_version(), reader->ReadName(from.sdk_version()),
          reader->ReadName(from.principal())};
}

Get Read(const native_wire::Get& from, Reader* reader) {
  Get to;
  to.table_name = reader->ReadName(from.table_name(), kTableNameSizeMax);
  to.key = reader->ReadRequiredItem(from.key());
  to.consistent = from.consistent();
  to.projection = reader->ReadText(from.projection(), kExpressionTextSizeMax);
  reader->ReadPairs(from.names(), false, &to.names);
  to.return_capacity = from.return_capacity();
  return to;
}

Write Read(const native_wire::Write& from, Reader* reader) {
  Write to;
  if (from.kind() > native_wire::WriteKind::MAX) reader->Refuse("an unknown kind of write");
  if (from.returns() > native_wire::ReturnValues::MAX) reader->Refuse("unknown ReturnValues");
  to.kind = static_cast<Kind>(from.kind());
  to.table_name = reader->ReadName(from.table_name(), kTableNameSizeMax);
  to.item = reader->ReadRequiredItem(from.item());
  to.condition = reader->ReadText(from.condition(), kExpressionTextSizeMax);
  to.update = reader->ReadText(from.update(), kExpressionTextSizeMax);
  if (to.update && to.kind != Kind::kUpdate) reader->Refuse("an update expression elsewhere");
  reader->ReadPairs(from.names(), false, &to.names);
  reader->ReadPairs(from.values(), true, &to.values);
  to.returns = static_cast<Returns>(from.returns());
  to.old_on_failure = from.old_on_failure();
  to.return_capacity = from.return_capacity();
  return to;
}

// What a Query and a Scan have in common.
template <typename Wire, typename To>
void ReadPage(const Wire& from, Reader* reader, To* to) {
  to->filter = reader->ReadText(from.filter(), kExpressionTextSizeMax);
  to->projection = reader->ReadText(from.projection(), kExpressionTextSizeMax);
  reader->ReadPairs(from.names(), false, &to->names);
  reader->ReadPairs(from.values(), true, &to->values);
  to->start_key = reader->ReadItem(from.start_key());
  to->limit = from.limit();
  to->count_only = from.count_only();
  to->consistent = from.consistent();
  to->return_capacity = from.return_capacity();
}

Query Read(const native_wire::Query& from, Reader* reader) {
  Query to;
  to.table_name = reader->ReadName(from.table_name(), kTableNameSizeMax);
  to.key_condition = reader->ReadText(from.key_condition(), kExpressionTextSizeMax);
  ReadPage(from, reader, &to);
  to.backward = from.backward();
  return to;
}

IndexQuery Read(const native_wire::IndexQuery& from, Reader* reader) {
  IndexQuery to;
  if (from.query() == nullptr) return reader->Refuse("a query is missing"), to;
  to.query = Read(*from.query(), reader);
  to.index_name = reader->ReadName(from.index_name());
  to.all_attributes = from.all_attributes();
  return to;
}

Scan Read(const native_wire::Scan& from, Reader* reader) {
  Scan to;
  to.table_name = reader->ReadName(from.table_name(), kTableNameSizeMax);
  to.index_name = reader->ReadName(from.index_name());
  ReadPage(from, reader, &to);
  to.segment = from.segment();
  to.total_segments = from.total_segments();
  to.all_attributes = from.all_attributes();
  return to;
}

BatchGet Read(const native_wire::BatchGet& from, Reader* reader) {
  BatchGet to;
  to.consistent = from.consistent();
  to.return_capacity = from.return_capacity();
  if (from.keys() == nullptr) return to;
  if (from.keys()->size() > kBatchEntriesMax) return reader->Refuse("too many keys"), to;
  for (const native_wire::Key* key : *from.keys()) {
    to.keys.emplace_back(reader->ReadName(key->table_name(), kTableNameSizeMax),
                         reader->ReadRequiredItem(key->key()));
  }
  return to;
}

BatchWrite Read(const native_wire::BatchWrite& from, Reader* reader) {
  BatchWrite to;
  to.return_capacity = from.return_capacity();
  if (from.writes() == nullptr) return to;
  if (from.writes()->size() > kBatchEntriesMax) return reader->Refuse("too many writes"), to;
  for (const native_wire::Write* write : *from.writes()) {
    to.writes.push_back(Read(*write, reader));
    const Write& made = to.writes.back();
    if (made.kind == Kind::kUpdate || made.condition || made.returns != Returns::kNone ||
        made.old_on_failure || made.return_capacity || !made.names.empty() ||
        !made.values.empty()) {
      reader->Refuse("a batch writes with puts and deletes alone");
    }
  }
  return to;
}

Welcome Read(const native_wire::Welcome& from, Reader* reader) {
  return {from.protocol_version(), reader->ReadName(from.server_version()), from.in_flight_max()};
}

Failure Read(const native_wire::Failure& from, Reader* reader) {
  Failure to;
  to.code = reader->ReadName(from.code());
  to.message = reader->ReadName(from.message(), kMessageSizeMax);
  to.item = reader->ReadItem(from.item());
  if (to.code.empty()) reader->Refuse("an error without a code");
  return to;
}

std::optional<Capacity> ReadCapacity(const native_wire::Capacity* from) {
  if (from == nullptr) return std::nullopt;
  return Capacity{from->of_table(), from->of_index()};
}

Found Read(const native_wire::Found& from, Reader* reader) {
  return {reader->ReadItem(from.item()), ReadCapacity(from.capacity())};
}

WriteCapacity ReadCapacity(const native_wire::WriteCapacity& from, Reader* reader) {
  WriteCapacity to;
  to.table_name = reader->ReadName(from.table_name());
  to.of_table = from.of_table();
  if (from.indexes() == nullptr) return to;
  if (from.indexes()->size() > kIndexesMax) return reader->Refuse("too many indexes"), to;
  for (const native_wire::IndexCapacity* index : *from.indexes()) {
    to.indexes.push_back({reader->ReadName(index->index_name()), index->local(), index->units()});
  }
  return to;
}

Written Read(const native_wire::Written& from, Reader* reader) {
  Written to{reader->ReadItem(from.attributes())};
  if (from.capacity() != nullptr) to.capacity = ReadCapacity(*from.capacity(), reader);
  return to;
}

void ReadItems(const BytesVector* items, const flatbuffers::Vector<uint32_t>* ends, Reader* reader,
               Items* to) {
  to->items = reader->ReadBytes(items);
  if (ends != nullptr) to->ends.assign(ends->begin(), ends->end());
  uint32_t begin = 0;
  for (const uint32_t end : to->ends) {
    if (end < begin || end > to->items.size()) return reader->Refuse("items out of order");
    if (end > begin) reader->CheckItem(to->items.substr(begin, end - begin));
    begin = end;
  }
  if (begin != to->items.size()) reader->Refuse("bytes behind the last item");
}

Page Read(const native_wire::Page& from, Reader* reader) {
  Page to;
  ReadItems(from.items(), from.ends(), reader, &to);
  to.count = from.count();
  to.scanned_count = from.scanned_count();
  to.last_key = reader->ReadItem(from.last_key());
  to.capacity = ReadCapacity(from.capacity());
  return to;
}

void ReadWritten(const Tables<native_wire::WriteCapacity>* from, Reader* reader,
                 std::vector<WriteCapacity>* to) {
  if (from == nullptr) return;
  if (from->size() > kBatchEntriesMax) return reader->Refuse("too many tables");
  for (const native_wire::WriteCapacity* table : *from) {
    to->push_back(ReadCapacity(*table, reader));
  }
}

Batch Read(const native_wire::Batch& from, Reader* reader) {
  Batch to;
  ReadItems(from.items(), from.ends(), reader, &to);
  if (to.ends.size() > kBatchEntriesMax) return reader->Refuse("too many items"), to;
  to.capacity = ReadCapacity(from.capacity());
  ReadWritten(from.written(), reader, &to.written);
  if (from.unprocessed() == nullptr) return to;
  const size_t entries = to.ends.empty() ? kBatchEntriesMax : to.ends.size();
  int64_t last = -1;
  for (const uint32_t index : *from.unprocessed()) {
    if (index <= last || index >= entries) reader->Refuse("indexes out of order or range");
    last = index;
    to.unprocessed.push_back(index);
  }
  return to;
}

template <typename Body, typename Table>
bool TryRead(const Table* from, Reader* reader, Body* body) {
  if (from == nullptr) return false;
  *body = Read(*from, reader);
  return true;
}

template <typename Root>
const Root* Verified(const char* data, size_t size) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(data), size, kDepthMax,
                                 kTablesMax);
  return verifier.VerifyBuffer<Root>(nullptr) ? flatbuffers::GetRoot<Root>(data) : nullptr;
}

}  // namespace

const char* FrameDecoder::Aligned(std::string_view envelope) {
  const auto address = reinterpret_cast<uintptr_t>(envelope.data());
  if (envelope.empty() || address % alignof(uint64_t) == 0) return envelope.data();
  constexpr size_t kKeptMax = 128 * 1024;  // words
  if (copy_.size() > kKeptMax) copy_ = {};
  const size_t words = (envelope.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  if (copy_.size() < words) copy_.resize(words);
  std::memcpy(copy_.data(), envelope.data(), envelope.size());
  return reinterpret_cast<const char*>(copy_.data());
}

Result<Request> FrameDecoder::DecodeRequest(std::string_view envelope) {
  if (envelope.size() > kRequestSizeMax) return Malformed("too long");
  const auto* root = Verified<native_wire::Request>(Aligned(envelope), envelope.size());
  if (root == nullptr) return Malformed("not a verifiable request");
  Reader reader(kRequestSizeMax);
  Request to{root->id(), root->timeout_millis(), {}};
  if (!TryRead(root->body_as_Get(), &reader, &to.body) &&
      !TryRead(root->body_as_Write(), &reader, &to.body) &&
      !TryRead(root->body_as_Query(), &reader, &to.body) &&
      !TryRead(root->body_as_BatchGet(), &reader, &to.body) &&
      !TryRead(root->body_as_BatchWrite(), &reader, &to.body) &&
      !TryRead(root->body_as_IndexQuery(), &reader, &to.body) &&
      !TryRead(root->body_as_Scan(), &reader, &to.body) &&
      !TryRead(root->body_as_Hello(), &reader, &to.body)) {
    return Malformed("an unknown request");
  }
  RETURN_IF_ERROR(reader.status());
  return to;
}

Result<Reply> FrameDecoder::DecodeReply(std::string_view envelope) {
  if (envelope.size() > kReplySizeMax) return Malformed("too long");
  const auto* root = Verified<native_wire::Reply>(Aligned(envelope), envelope.size());
  if (root == nullptr) return Malformed("not a verifiable reply");
  Reader reader(kReplySizeMax);
  Reply to{root->id(), {}};
  if (!TryRead(root->body_as_Found(), &reader, &to.body) &&
      !TryRead(root->body_as_Written(), &reader, &to.body) &&
      !TryRead(root->body_as_Failure(), &reader, &to.body) &&
      !TryRead(root->body_as_Page(), &reader, &to.body) &&
      !TryRead(root->body_as_Batch(), &reader, &to.body) &&
      !TryRead(root->body_as_Welcome(), &reader, &to.body)) {
    return Malformed("an unknown reply");
  }
  RETURN_IF_ERROR(reader.status());
  return to;
}

}  // namespace millrace::native
