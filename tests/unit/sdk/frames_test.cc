#include "sdk/frames.h"

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "engine/base/random.h"
#include "sdk/frames_generated.h"
#include "tests/unit/sdk/sample_frames.h"

namespace millrace {
namespace {

TEST(FramesTest, ComeBackAsTheyWere) {
  ReplyFrame failed;
  failed.invocation_id = 1;
  failed.error_type = "std::runtime_error";
  failed.error_message = "why";
  GetReplyFrame none;
  none.request_id = 1;
  GetReplyFrame error = none;
  error.error_code = "ResourceNotFoundException";
  error.error_message = "no such table";
  const ServerFrame from_server[] = {SampleInvoke(), SampleGetReply(),       none,
                                     error,          ShutdownFrame{"drain"}, ShutdownFrame{}};
  const HandlerFrame from_handler[] = {SampleReady(), SampleGet(), SampleReply(), failed,
                                       ReplyFrame{}};
  const auto encode = [](const auto& frame) { return EncodeFrame(frame); };
  for (const ServerFrame& frame : from_server) {
    const std::string bytes = std::visit(encode, frame);
    const auto decoded = DecodeServerFrame(bytes);
    ASSERT_TRUE(decoded.ok()) << Describe(frame) << decoded.status().ToString();
    EXPECT_EQ(Describe(*decoded), Describe(frame));
    EXPECT_FALSE(DecodeHandlerFrame(bytes).ok()) << "the wrong way";
  }
  for (const HandlerFrame& frame : from_handler) {
    const std::string bytes = std::visit(encode, frame);
    const auto decoded = DecodeHandlerFrame(bytes);
    ASSERT_TRUE(decoded.ok()) << Describe(frame) << decoded.status().ToString();
    EXPECT_EQ(Describe(*decoded), Describe(frame));
    EXPECT_FALSE(DecodeServerFrame(bytes).ok()) << "the wrong way";
  }
}

TEST(FramesTest, AreReadAtAnyAlignment) {
  const std::string bytes = EncodeFrame(SampleReply());
  std::string buffer(bytes.size() + 16, '\0');
  for (size_t shift = 0; shift < 16; ++shift) {
    std::memcpy(buffer.data() + shift, bytes.data(), bytes.size());
    const auto decoded = DecodeHandlerFrame(std::string_view(buffer.data() + shift, bytes.size()));
    ASSERT_TRUE(decoded.ok()) << shift;
    EXPECT_EQ(Describe(*decoded), Describe(SampleReply()));
  }
}

TEST(FramesTest, TheEncoderCutsMessages) {
  ReplyFrame reply;
  reply.error_type = std::string(kFrameNameSizeMax + 1, 't');
  reply.error_message = std::string(kErrorMessageSizeMax - 1, 'm') + "ä";
  const auto decoded = DecodeHandlerFrame(EncodeFrame(reply));
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  const auto& cut = std::get<ReplyFrame>(*decoded);
  EXPECT_EQ(cut.error_type.size(), kFrameNameSizeMax);
  EXPECT_EQ(cut.error_message, std::string(kErrorMessageSizeMax - 1, 'm'));
}

// Each limit at its edge and one past.
TEST(FramesTest, RepliesKeepTheLimits) {
  const auto reply_of = [](size_t count, const TableWrite& write) {
    ReplyFrame reply;
    reply.writes.assign(count, write);
    return reply;
  };
  const auto changed = [](const std::function<void(TableWrite*)>& change) {
    ReplyFrame reply = SampleReply();
    change(&reply.writes[1]);  // the update
    return reply;
  };
  const TableWrite put = SampleReply().writes[0];
  TableWrite big = put;
  big.table_name = "t";
  big.condition_expression.clear();
  big.names.clear();
  big.values.clear();
  big.item = ItemOfSize(kReplyWritesSizeMax / 16 - 1);
  ReplyFrame over = reply_of(16, big);
  over.writes.back().table_name = "tt";
  ReplyFrame late_index;
  late_index.failed_records = {kInvocationRecordsMax};
  ReplyFrame equal_indexes;
  equal_indexes.failed_records = {3, 3};
  ReplyFrame failed_with_writes = SampleReply();
  failed_with_writes.error_type = "Error";
  const std::string null_value = Value::Null().Encode();
  const auto placeholders = [](size_t count, const std::string& value) {
    return std::vector<std::pair<std::string, std::string>>(count, {"#n", value});
  };
  const struct {
    const char* name;
    ReplyFrame reply;
    bool ok;
  } rows[] = {
      {"100 writes", reply_of(100, put), true},
      {"101 writes", reply_of(101, put), false},
      {"4 MB", reply_of(16, big), true},
      {"4 MB and 1", over, false},
      {"record 10,000", late_index, false},
      {"same record twice", equal_indexes, false},
      {"an error with writes", failed_with_writes, false},
      {"table name", changed([](auto* w) { w->table_name.assign(256, 't'); }), true},
      {"long table name", changed([](auto* w) { w->table_name.assign(257, 't'); }), false},
      {"no table name", changed([](auto* w) { w->table_name.clear(); }), false},
      {"table name not UTF-8", changed([](auto* w) { w->table_name = "\xff"; }), false},
      {"no item", changed([](auto* w) { w->item.clear(); }), false},
      {"truncated item", changed([](auto* w) { w->item.pop_back(); }), false},
      {"item and more", changed([](auto* w) { w->item.push_back('x'); }), false},
      {"update", changed([](auto* w) { w->update_expression.assign(4096, 'u'); }), true},
      {"long update", changed([](auto* w) { w->update_expression.assign(4097, 'u'); }), false},
      {"condition", changed([](auto* w) { w->condition_expression.assign(4096, 'u'); }), true},
      {"long condition", changed([](auto* w) { w->condition_expression.assign(4097, 'u'); }),
       false},
      {"put with update", changed([](auto* w) { w->kind = TableWriteKind::kPut; }), false},
      {"1024 names", changed([&](auto* w) { w->names = placeholders(1024, "a"); }), true},
      {"1025 names", changed([&](auto* w) { w->names = placeholders(1025, "a"); }), false},
      {"1024 values", changed([&](auto* w) { w->values = placeholders(1024, null_value); }), true},
      {"1025 values", changed([&](auto* w) { w->values = placeholders(1025, null_value); }), false},
      {"bad value", changed([](auto* w) { w->values[0].second = "\x0f"; }), false},
      {"empty value", changed([](auto* w) { w->values[0].second.clear(); }), false},
      {"name not UTF-8", changed([](auto* w) { w->names[0].second = "\xc0\x80"; }), false},
      {"name too long", changed([](auto* w) { w->names[0].second.assign(65'536, 'n'); }), false},
  };
  for (const auto& row : rows) {
    const Status status = CheckReply(row.reply);
    EXPECT_EQ(status.ok(), row.ok) << row.name << ": " << status.ToString();
    const auto decoded = DecodeHandlerFrame(EncodeFrame(row.reply));
    EXPECT_EQ(decoded.ok(), row.ok) << row.name << ": " << decoded.status().ToString();
  }
}

TEST(FramesTest, OtherFramesKeepTheLimits) {
  const auto with = [](auto frame, const auto& change) {
    change(&frame);
    return frame;
  };
  const HandlerFrame bad_from_handler[] = {
      with(SampleReady(), [](auto* f) { f->token.assign(257, 't'); }),
      with(SampleReady(), [](auto* f) { f->sdk_version = "\xff"; }),
      with(SampleGet(), [](auto* f) { f->table_name.clear(); }),
      with(SampleGet(), [](auto* f) { f->key = "not an item"; }),
      with(SampleGet(), [](auto* f) { f->key.clear(); }),
  };
  for (const HandlerFrame& frame : bad_from_handler) {
    const auto decoded =
        DecodeHandlerFrame(std::visit([](const auto& f) { return EncodeFrame(f); }, frame));
    EXPECT_TRUE(decoded.status().Is(ErrorCode::kValidation)) << Describe(frame);
  }
  const ServerFrame bad_from_server[] = {
      with(SampleInvoke(), [](auto* f) { f->idempotency_key.clear(); }),
      with(SampleInvoke(), [](auto* f) { f->event_source_arn.assign(2049, 'a'); }),
      with(SampleGetReply(), [](auto* f) { f->found = false; }),
      with(SampleGetReply(), [](auto* f) { f->item.clear(); }),
      with(SampleGetReply(), [](auto* f) { f->error_code = "Error"; }),
      with(SampleGetReply(), [](auto* f) { f->item.push_back('x'); }),
  };
  for (const ServerFrame& frame : bad_from_server) {
    const auto decoded =
        DecodeServerFrame(std::visit([](const auto& f) { return EncodeFrame(f); }, frame));
    EXPECT_TRUE(decoded.status().Is(ErrorCode::kValidation)) << Describe(frame);
  }
}

// A small frame whose parts are referred to again and again must not unfold in memory.
TEST(FramesTest, ReferencesToTheSameBytesAreCountedEachTime) {
  flatbuffers::FlatBufferBuilder builder;
  const std::string item = ItemOfSize(300'000);
  const auto table = builder.CreateString("t");
  const auto bytes =
      builder.CreateVector(reinterpret_cast<const uint8_t*>(item.data()), item.size());
  const auto write = wire::CreateTableWrite(builder, wire::WriteKind::Put, table, bytes);
  const std::vector<flatbuffers::Offset<wire::TableWrite>> writes(kReplyWritesMax, write);
  const auto all = builder.CreateVector(writes);
  const auto reply = wire::CreateReply(builder, 1, 0, 0, all);
  builder.Finish(wire::CreateFrame(builder, wire::Body::Reply, reply.Union()));
  const std::string_view frame(reinterpret_cast<const char*>(builder.GetBufferPointer()),
                               builder.GetSize());
  ASSERT_LT(frame.size(), 310'000u);
  EXPECT_FALSE(DecodeHandlerFrame(frame).ok());
}

TEST(FramesTest, RefusesWhatIsNoFrame) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::CreateFrame(builder));  // no body
  const std::string rows[] = {
      "",
      "x",
      std::string(4, '\0'),
      std::string(64, '\xff'),
      std::string(kHandlerFrameSizeMax + 1, '\0'),
      std::string(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()),
  };
  for (const std::string& row : rows) {
    EXPECT_FALSE(DecodeHandlerFrame(row).ok()) << row.size();
    EXPECT_FALSE(DecodeServerFrame(row).ok()) << row.size();
  }
}

std::string Mutate(std::string bytes, Random* random) {
  for (uint64_t i = 0, n = 1 + random->Uniform(4); i < n && !bytes.empty(); ++i) {
    const size_t at = random->Uniform(bytes.size());
    switch (random->Uniform(5)) {
      case 0:
        bytes[at] = static_cast<char>(random->Next());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random->Uniform(8)));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1 + random->Uniform(8), static_cast<char>(random->Next()));
        break;
      case 4: {  // an offset or a length that points somewhere
        const auto value = static_cast<uint32_t>(random->Uniform(bytes.size() * 2));
        if (at + sizeof value <= bytes.size()) std::memcpy(bytes.data() + at, &value, sizeof value);
        break;
      }
    }
  }
  return bytes;
}

// Whatever comes, decoding ends and reads nothing outside (the sanitizers watch); and what it lets
// through keeps the limits.
TEST(FramesTest, SurviveMutation) {
  constexpr uint64_t kSeed = 20261121;
  constexpr int kRounds = 60'000;
  Random random(kSeed);
  const std::string frames[] = {EncodeFrame(SampleInvoke()), EncodeFrame(SampleGetReply()),
                                EncodeFrame(SampleReady()),  EncodeFrame(SampleGet()),
                                EncodeFrame(SampleReply()),  EncodeFrame(ShutdownFrame{"x"})};
  int decoded = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string mutated = Mutate(frames[round % std::size(frames)], &random);
    // Exactly as long as it is, so that one byte past its end is outside.
    const std::vector<char> exact(mutated.begin(), mutated.end());
    const std::string_view bytes(exact.data(), exact.size());
    if (const auto frame = DecodeServerFrame(bytes); frame.ok()) ++decoded;
    const auto frame = DecodeHandlerFrame(bytes);
    if (!frame.ok()) continue;
    ++decoded;
    if (const auto* reply = std::get_if<ReplyFrame>(&*frame)) {
      ASSERT_TRUE(CheckReply(*reply).ok()) << "seed " << kSeed << " round " << round;
    }
  }
  // Neither is everything refused (then nothing deep is tried) nor let through.
  EXPECT_GT(decoded, kRounds / 50);
  EXPECT_LT(decoded, kRounds);
}

}  // namespace
}  // namespace millrace
