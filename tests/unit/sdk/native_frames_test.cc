#include "sdk/native_frames.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include "engine/base/hex.h"
#include "engine/base/random.h"
#include "engine/model/item.h"

namespace millrace::native {
namespace {

std::string ItemNamed(std::string_view text) {
  return EncodeItem(Value::OfMap({{"pk", Value::String(text)}}));
}

// What a frame refers to.
struct Samples {
  const std::string key = ItemNamed("key");
  const std::string item = ItemNamed("item");
  const std::string value = Value::String("v").Encode();

  Write Put() const {
    Write write;
    write.table_name = "people";
    write.item = item;
    write.condition = "#a = :v";
    write.names = {{"#a", "name"}};
    write.values = {{":v", value}};
    write.returns = Returns::kAllOld;
    write.old_on_failure = true;
    return write;
  }
  std::map<std::string, Request> Requests() const {
    Write update = Put();
    update.kind = Kind::kUpdate;
    update.item = key;
    update.update = "SET #a = :v";
    Write plain;
    plain.table_name = "people";
    plain.item = item;
    Write remove = plain;
    remove.kind = Kind::kDelete;
    remove.item = key;
    Write priced = Put();
    priced.return_capacity = true;
    Query query;
    query.table_name = "people";
    query.key_condition = "pk = :v";
    query.filter = "#a > :v";
    query.projection = "#a";
    query.names = {{"#a", "name"}};
    query.values = {{":v", value}};
    query.start_key = key;
    query.limit = 7;
    query.backward = query.count_only = query.consistent = true;
    IndexQuery of_index{query, "by_name", true};
    of_index.query.return_capacity = true;
    Scan scan;
    scan.table_name = "people";
    scan.index_name = "by_name";
    scan.filter = "#a > :v";
    scan.projection = "#a";
    scan.names = {{"#a", "name"}};
    scan.values = {{":v", value}};
    scan.start_key = key;
    scan.limit = 7;
    scan.segment = 2;
    scan.total_segments = 3;
    scan.count_only = scan.all_attributes = scan.consistent = scan.return_capacity = true;
    return {{"hello", {0, 0, Hello{kProtocolVersion, "0.1.0", "me"}}},
            {"get", {1, 1000, Get{"people", key, true, "#a", {{"#a", "name"}}}}},
            {"get with capacity", {9, 0, Get{"people", key, false, {}, {}, true}}},
            {"batch get with capacity", {10, 0, BatchGet{{{"people", key}}, false, true}}},
            {"put", {2, 1000, Put()}},
            {"update", {3, 1000, update}},
            {"query", {4, 1000, query}},
            {"index query", {7, 0, of_index}},
            {"scan", {8, 0, scan}},
            {"batch get", {5, 0, BatchGet{{{"people", key}, {"others", key}}, true}}},
            {"batch write", {6, 0, BatchWrite{{plain, remove}}}},
            {"put with capacity", {11, 0, priced}},
            {"batch write with capacity", {12, 0, BatchWrite{{plain, remove}, true}}}};
  }
  std::map<std::string, Reply> Replies() const {
    Page page;
    page.items = item;
    page.ends = {static_cast<uint32_t>(item.size())};
    page.count = 1;
    page.scanned_count = 2;
    page.last_key = key;
    Page priced = page;
    priced.capacity = Capacity{1.5, 0.5};
    Batch batch;
    batch.items = item;
    batch.ends = {0, static_cast<uint32_t>(item.size()), static_cast<uint32_t>(item.size())};
    batch.unprocessed = {2};
    Batch priced_batch = batch;
    priced_batch.capacity = Capacity{1.5, 0};
    const WriteCapacity people{"people", 3, {{"by_name", false, 2}, {"by_age", true, 1}}};
    Batch written;
    written.unprocessed = {2};
    written.written = {people, {"others", 4, {}}};
    return {{"welcome", {0, Welcome{kProtocolVersion, "0.1.0", 1024}}},
            {"failure", {1, Failure{"ConditionalCheckFailedException", "why", item}}},
            {"found", {2, Found{item}}},
            {"found with capacity", {8, Found{item, Capacity{0.5, 0}}}},
            {"batch with capacity", {9, priced_batch}},
            {"nothing found", {3, Found{}}},
            {"written", {4, Written{item}}},
            {"written with capacity", {10, Written{item, people}}},
            {"batch written with capacity", {11, written}},
            {"page", {5, page}},
            {"page with capacity", {7, priced}},
            {"batch", {6, batch}}};
  }
};

std::string Encoded(const Request& request) {
  return std::string(FrameEncoder().Encode(request));
}
std::string Encoded(const Reply& reply) {
  return std::string(FrameEncoder().Encode(reply));
}
// Encoding again is how frames are compared.
std::string AgainAsRequest(std::string_view bytes) {
  FrameDecoder decoder;
  const auto request = decoder.DecodeRequest(bytes);
  return request.ok() ? Encoded(*request) : request.status().ToString();
}
std::string AgainAsReply(std::string_view bytes) {
  FrameDecoder decoder;
  const auto reply = decoder.DecodeReply(bytes);
  return reply.ok() ? Encoded(*reply) : reply.status().ToString();
}

TEST(NativeFramesTest, ComeBackAsTheyWereAtAnyAlignment) {
  const Samples samples;
  for (size_t shift = 0; shift < 8; ++shift) {
    const auto shifted = [shift](const std::string& bytes) {
      return std::string(shift, ' ') + bytes;
    };
    for (const auto& [name, request] : samples.Requests()) {
      const std::string bytes = Encoded(request);
      const std::string buffer = shifted(bytes);
      EXPECT_EQ(AgainAsRequest(std::string_view(buffer).substr(shift)), bytes) << name;
    }
    for (const auto& [name, reply] : samples.Replies()) {
      const std::string bytes = Encoded(reply);
      const std::string buffer = shifted(bytes);
      EXPECT_EQ(AgainAsReply(std::string_view(buffer).substr(shift)), bytes) << name;
    }
  }
}

TEST(NativeFramesTest, RequestsKeepTheLimits) {
  const Samples samples;
  const std::string long_name(kTableNameSizeMax + 1, 't');
  const std::string long_text(kExpressionTextSizeMax + 1, 'e');
  const auto get = [&](auto change) {
    Get body{"people", samples.key, false, {}, {}};
    change(&body);
    return Request{1, 0, body};
  };
  const auto write = [&](auto change) {
    Write body = samples.Put();
    change(&body);
    return Request{1, 0, body};
  };
  const auto batch = [&](size_t count, const Write& entry) {
    return Request{1, 0, BatchWrite{std::vector<Write>(count, entry)}};
  };
  Write plain;
  plain.table_name = "t";
  plain.item = samples.item;
  Write updating = plain;
  updating.kind = Kind::kUpdate;
  Write priced = plain;
  priced.return_capacity = true;
  const std::string huge(kRequestSizeMax / 64, 'x');
  const std::string huge_value = Value::String(huge).Encode();
  const struct {
    const char* name;
    Request request;
    bool ok;
  } rows[] = {
      {"a long table name",
       get([&](Get* b) { b->table_name = std::string_view(long_name).substr(1); }), true},
      {"one too long", get([&](Get* b) { b->table_name = long_name; }), false},
      {"a name not UTF-8", get([](Get* b) { b->table_name = "\xff"; }), false},
      {"no key", get([](Get* b) { b->key = ""; }), false},
      {"a truncated key", get([](Get* b) { b->key.remove_suffix(1); }), false},
      {"a long projection",
       get([&](Get* b) { b->projection = std::string_view(long_text).substr(1); }), true},
      {"one too long", get([&](Get* b) { b->projection = long_text; }), false},
      {"1024 names", get([](Get* b) {
         b->names.assign(kPlaceholdersMax, {"#a", "b"});
       }),
       true},
      {"1025 names", get([](Get* b) {
         b->names.assign(kPlaceholdersMax + 1, {"#a", "b"});
       }),
       false},
      {"a malformed value", write([](Write* b) {
         b->values = {{":v", "\x42"}};
       }),
       false},
      {"no value", write([](Write* b) {
         b->values = {{":v", ""}};
       }),
       false},
      {"an update of a put", write([](Write* b) { b->update = "SET a = b"; }), false},
      {"an unknown kind", write([](Write* b) { b->kind = static_cast<Kind>(3); }), false},
      {"unknown returns", write([](Write* b) { b->returns = static_cast<Returns>(5); }), false},
      {"101 writes", batch(kBatchEntriesMax, plain), true},
      {"102 writes", batch(kBatchEntriesMax + 1, plain), false},
      {"an update in a batch", batch(1, updating), false},
      {"a condition in a batch", batch(1, samples.Put()), false},
      {"an entry that asks for capacity by itself", batch(1, priced), false},
      {"values that unfold", write([&](Write* b) {
         b->values.assign(65, {":v", huge_value});
       }),
       false},
  };
  for (const auto& row : rows) {
    FrameDecoder decoder;
    const auto decoded = decoder.DecodeRequest(Encoded(row.request));
    EXPECT_EQ(decoded.ok(), row.ok) << row.name << " " << decoded.status().ToString();
  }
}

TEST(NativeFramesTest, RepliesKeepTheLimits) {
  const Samples samples;
  const auto page = [&](std::vector<uint32_t> ends) {
    Page body;
    body.items = samples.item;
    body.ends = std::move(ends);
    return Reply{1, body};
  };
  Batch unordered;
  unordered.unprocessed = {1, 1};
  Batch beyond;
  beyond.ends = {0, 0};
  beyond.unprocessed = {2};
  Batch items;
  items.ends.assign(kBatchEntriesMax + 1, 0);
  const auto size = static_cast<uint32_t>(samples.item.size());
  const Reply rows[] = {
      page({}),           page({size + 1}),      page({size, 0}),
      page({1, size}),    Reply{1, unordered},   Reply{1, Failure{"", "no code", {}}},
      {1, Found{"what"}}, {1, Written{"\x01x"}}, Reply{1, beyond},
      Reply{1, items},
  };
  for (const Reply& row : rows) {
    FrameDecoder decoder;
    EXPECT_FALSE(decoder.DecodeReply(Encoded(row)).ok());
  }
  EXPECT_EQ(AgainAsReply(Encoded(page({size}))), Encoded(page({size})));
  beyond.unprocessed = {1};
  items.ends.pop_back();
  for (const Batch& batch : {beyond, items}) {
    EXPECT_EQ(AgainAsReply(Encoded(Reply{1, batch})), Encoded(Reply{1, batch}));
  }
}

TEST(NativeFramesTest, WriteCapacityKeepsTheLimits) {
  const std::string name(kTextSizeMax, 'n');
  const std::string long_name(kTextSizeMax + 1, 'n');
  const auto written = [](std::string_view table, size_t indexes, std::string_view index) {
    WriteCapacity capacity{table, 1, std::vector<IndexCapacity>(indexes, {index, true, 2})};
    return Reply{1, Written{{}, std::move(capacity)}};
  };
  const auto batch = [](size_t tables) {
    Batch body;
    body.written.assign(tables, {"people", 1, {}});
    return Reply{1, body};
  };
  const struct {
    Reply reply;
    bool ok;
  } rows[] = {
      {written(name, kIndexesMax, name), true},
      {written(long_name, 0, {}), false},
      {written("people", 1, long_name), false},
      {written("people", 1, "\xff"), false},
      {written("people", kIndexesMax, "by"), true},
      {written("people", kIndexesMax + 1, "by"), false},
      {batch(kBatchEntriesMax), true},
      {batch(kBatchEntriesMax + 1), false},
  };
  for (const auto& row : rows) {
    FrameDecoder decoder;
    const std::string bytes = Encoded(row.reply);
    EXPECT_EQ(decoder.DecodeReply(bytes).ok(), row.ok) << &row - rows;
    if (row.ok) {
      EXPECT_EQ(AgainAsReply(bytes), bytes);
    }
  }
}

// What the client hands on. Encoding again shows that nothing else is lost.
TEST(NativeFramesTest, WriteCapacityIsToldTableByTableAndIndexByIndex) {
  const Samples samples;
  FrameDecoder decoder;
  const std::string bytes = Encoded(samples.Replies().at("batch written with capacity"));
  const Reply reply = decoder.DecodeReply(bytes).value();
  const auto& tables = std::get<Batch>(reply.body).written;
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].table_name, "people");
  EXPECT_EQ(tables[0].of_table, 3);
  ASSERT_EQ(tables[0].indexes.size(), 2u);
  EXPECT_EQ(tables[0].indexes[0].index_name, "by_name");
  EXPECT_FALSE(tables[0].indexes[0].local);
  EXPECT_EQ(tables[0].indexes[0].units, 2);
  EXPECT_TRUE(tables[0].indexes[1].local);
  EXPECT_EQ(tables[1].of_table, 4);
  EXPECT_TRUE(tables[1].indexes.empty());
}

TEST(NativeFramesTest, AnyBytesAreRefusedOrSound) {
  const Samples samples;
  std::vector<std::string> frames;
  for (const auto& [name, request] : samples.Requests()) frames.push_back(Encoded(request));
  for (const auto& [name, reply] : samples.Replies()) frames.push_back(Encoded(reply));
  size_t survived = 0;
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    Random random(seed);
    std::string bytes = frames[random.Next() % frames.size()];
    for (uint64_t i = random.Next() % 4; i < 4; ++i) {
      bytes[random.Next() % bytes.size()] = static_cast<char>(random.Next());
    }
    if (random.Next() % 4 == 0) bytes.resize(random.Next() % bytes.size());
    FrameDecoder decoder;
    // What was decoded can be read to its last byte.
    if (const auto request = decoder.DecodeRequest(bytes); request.ok()) {
      survived += Encoded(*request).empty() ? 0 : 1;
    }
    if (const auto reply = decoder.DecodeReply(bytes); reply.ok()) {
      survived += Encoded(*reply).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(survived, 100u) << "the mutations are too wild to test anything";
}

// A row a line: the frame's name, a tab, its bytes as hex. Clients outlive servers and servers
// clients: rows are only ever added.
constexpr char kPath[] = MILLRACE_SOURCE_DIR "/tests/golden/sdk/native_frames_v1.txt";

TEST(NativeFramesGoldenTest, Version1IsReadForEver) {
  std::map<std::string, std::string> frames;
  const Samples samples;
  for (const auto& [name, request] : samples.Requests()) frames[name] = ToHex(Encoded(request));
  for (const auto& [name, reply] : samples.Replies()) frames[name] = ToHex(Encoded(reply));
  if (std::getenv("MILLRACE_REWRITE_GOLDENS") != nullptr) {
    std::ofstream out(kPath);
    out << "# Frames of the native protocol, version 1: name, tab, bytes as hex.\n";
    for (const auto& [name, hex] : frames) out << name << "\t" << hex << "\n";
  }
  std::map<std::string, std::string> rows;
  std::ifstream file(kPath);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos && line[0] != '#')
      rows[line.substr(0, tab)] = line.substr(tab + 1);
  }
  EXPECT_EQ(rows, frames);
}

}  // namespace
}  // namespace millrace::native
