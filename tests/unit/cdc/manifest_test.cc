#include "connectors/cdc/manifest.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace millrace {
namespace {

std::string Golden() {
  std::ifstream file(MILLRACE_SOURCE_DIR "/tests/golden/cdc/manifest_v1.jsonl");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

ManifestHeader SomeHeader() {
  ManifestHeader header;
  header.name = "changes";
  header.id = "91eaeb7e-c976-4939-9430-8083bdbd67d2";
  header.region = "us-east-1";
  header.table_name = "people";
  header.table = TableId(3);
  header.table_uuid = "0b6e0b2e-6a3c-4a59-8f0e-1d2c3b4a5968";
  header.view = StreamViewType::kNewAndOldImages;
  header.snapshot = true;
  header.through = Lsn(41);
  header.created_micros = 1'795'246'604'596'462;
  return header;
}

ManifestFile SomeFile() {
  ManifestFile file;
  file.after = Lsn(41);
  file.through = Lsn(90);
  file.name = CdcFileName("people", file.after, file.through, 1);
  file.records = 5;
  file.snapshot_records = 2;
  file.uncompressed_bytes = 2000;
  file.digest = {777, "32ad80e9d6fbf25363980cfafccef7c1dcb4b79a883b851a342a349e6ccb7a9a"};
  file.shards = {{ShardIndex(0), 3, 0, {0, Lsn(50), 0}, {0, Lsn(90), 2}},
                 {ShardIndex(3), 0, 2, {}, {}}};
  return file;
}

TEST(CdcManifestTest, IsAsTheGoldenSays) {
  std::string text = RenderManifestLine(SomeHeader()) + RenderManifestLine(SomeFile());
  for (int kind = 0; kind < 4; ++kind) {
    text +=
        RenderManifestLine(ManifestNote{static_cast<ManifestNote::Kind>(kind), Lsn(90), Lsn(95)});
  }
  EXPECT_EQ(text, Golden());
}

TEST(CdcManifestTest, LinesComeBack) {
  JsonParser parser;
  std::stringstream golden(Golden());
  int lines = 0;
  for (std::string text; std::getline(golden, text); ++lines) {
    const Result<ManifestLine> line = ParseManifestLine(text, &parser);
    ASSERT_TRUE(line.ok()) << text;
    EXPECT_EQ(RenderManifestLine(*line), text + "\n");
  }
  EXPECT_EQ(lines, 6);
}

TEST(CdcManifestTest, WhatIsNoLineIsRefused) {
  JsonParser parser;
  std::string outside = RenderManifestLine(SomeFile());
  outside.replace(outside.find("people."), 7, "../etc.");
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string("{\"type\":\"woop\"}"),
        std::string("{\"type\":\"file\"}"), std::string("{\"type\":\"gap\",\"after\":-1}"), outside,
        RenderManifestLine(SomeFile()).substr(0, 100)}) {
    EXPECT_TRUE(ParseManifestLine(text, &parser).status().Is(ErrorCode::kCorruption)) << text;
  }
  std::string newer = RenderManifestLine(SomeHeader());
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_TRUE(ParseManifestLine(newer, &parser).status().Is(ErrorCode::kUnsupportedFormat));
}

}  // namespace
}  // namespace millrace
