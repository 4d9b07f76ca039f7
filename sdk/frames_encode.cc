#include <flatbuffers/flatbuffers.h>

#include "sdk/frames.h"
#include "sdk/frames_generated.h"

namespace millrace {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// Absent when empty: a null field decodes as an empty string.
Offset<flatbuffers::String> Text(FlatBufferBuilder* builder, std::string_view text) {
  return text.empty() ? Offset<flatbuffers::String>()
                      : builder->CreateString(text.data(), text.size());
}

Offset<flatbuffers::Vector<uint8_t>> Bytes(FlatBufferBuilder* builder, std::string_view bytes) {
  if (bytes.empty()) return {};
  return builder->CreateVector(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

template <typename Table>
std::string Finish(FlatBufferBuilder* builder, Offset<Table> body) {
  builder->Finish(wire::CreateFrame(*builder, wire::BodyTraits<Table>::enum_value, body.Union()));
  return std::string(reinterpret_cast<const char*>(builder->GetBufferPointer()),
                     builder->GetSize());
}

std::string_view Cut(std::string_view text, size_t size_max) {
  if (text.size() <= size_max) return text;
  // Not inside a UTF-8 sequence.
  while (size_max > 0 && (static_cast<uint8_t>(text[size_max]) & 0xc0) == 0x80) --size_max;
  return text.substr(0, size_max);
}

using Placeholders = std::vector<std::pair<std::string, std::string>>;
using PlaceholderVector = flatbuffers::Vector<Offset<wire::Placeholder>>;

Offset<PlaceholderVector> EncodePlaceholders(FlatBufferBuilder* builder,
                                             const Placeholders& placeholders) {
  if (placeholders.empty()) return {};
  std::vector<Offset<wire::Placeholder>> encoded;
  encoded.reserve(placeholders.size());
  for (const auto& [name, value] : placeholders) {
    const auto name_offset = Text(builder, name);
    encoded.push_back(wire::CreatePlaceholder(*builder, name_offset, Bytes(builder, value)));
  }
  return builder->CreateVector(encoded);
}

Offset<wire::TableWrite> EncodeWrite(FlatBufferBuilder* builder, const TableWrite& write) {
  const auto table = Text(builder, write.table_name);
  const auto item = Bytes(builder, write.item);
  const auto update = Text(builder, write.update_expression);
  const auto condition = Text(builder, write.condition_expression);
  const auto names = EncodePlaceholders(builder, write.names);
  const auto values = EncodePlaceholders(builder, write.values);
  return wire::CreateTableWrite(*builder, static_cast<wire::WriteKind>(write.kind), table, item,
                                update, condition, names, values);
}

}  // namespace

std::string EncodeFrame(const InvokeFrame& frame) {
  FlatBufferBuilder builder;
  const auto key = Text(&builder, frame.idempotency_key);
  const auto function = Text(&builder, frame.function_name);
  const auto source = Text(&builder, frame.event_source_arn);
  const auto table = Text(&builder, frame.table_name);
  const auto shard = Text(&builder, frame.shard_id);
  return Finish(&builder, wire::CreateInvoke(builder, frame.invocation_id, frame.attempt,
                                             frame.deadline_monotonic_nanos, frame.remaining_millis,
                                             key, function, source, table, shard));
}

std::string EncodeFrame(const GetReplyFrame& frame) {
  FlatBufferBuilder builder(frame.item.size() + 256);
  const auto code = Text(&builder, frame.error_code);
  const auto message = Text(&builder, Cut(frame.error_message, kErrorMessageSizeMax));
  const auto item = Bytes(&builder, frame.item);
  return Finish(&builder,
                wire::CreateGetReply(builder, frame.request_id, code, message, frame.found, item));
}

std::string EncodeFrame(const ShutdownFrame& frame) {
  FlatBufferBuilder builder;
  const auto reason = Text(&builder, Cut(frame.reason, kErrorMessageSizeMax));
  return Finish(&builder, wire::CreateShutdown(builder, reason));
}

std::string EncodeFrame(const ReadyFrame& frame) {
  FlatBufferBuilder builder;
  const auto version = Text(&builder, frame.sdk_version);
  const auto token = Text(&builder, frame.token);
  return Finish(&builder, wire::CreateReady(builder, frame.protocol_version, version, frame.pid,
                                            token, frame.says_started));
}

std::string EncodeFrame(const StartedFrame& frame) {
  FlatBufferBuilder builder(64);
  return Finish(&builder, wire::CreateStarted(builder, frame.invocation_id));
}

std::string EncodeFrame(const GetFrame& frame) {
  FlatBufferBuilder builder(frame.key.size() + 256);
  const auto table = Text(&builder, frame.table_name);
  const auto key = Bytes(&builder, frame.key);
  return Finish(&builder,
                wire::CreateGet(builder, frame.request_id, frame.invocation_id, table, key));
}

std::string EncodeFrame(const ReplyFrame& frame) {
  FlatBufferBuilder builder;
  const auto type = Text(&builder, Cut(frame.error_type, kFrameNameSizeMax));
  const auto message = Text(&builder, Cut(frame.error_message, kErrorMessageSizeMax));
  std::vector<Offset<wire::TableWrite>> writes;
  writes.reserve(frame.writes.size());
  for (const TableWrite& write : frame.writes) writes.push_back(EncodeWrite(&builder, write));
  const auto writes_offset = writes.empty()
                                 ? Offset<flatbuffers::Vector<Offset<wire::TableWrite>>>()
                                 : builder.CreateVector(writes);
  const auto failed = frame.failed_records.empty() ? Offset<flatbuffers::Vector<uint32_t>>()
                                                   : builder.CreateVector(frame.failed_records);
  return Finish(&builder, wire::CreateReply(builder, frame.invocation_id, type, message,
                                            writes_offset, failed));
}

}  // namespace millrace
