#include "connectors/import/byte_source.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "tests/support/temporary_directory.h"
#include "tests/unit/import/text_source.h"

namespace millrace {
namespace {

Result<std::string> ReadAll(ByteSource* source, size_t piece) {
  std::string all;
  std::string part(piece, '\0');
  for (;;) {
    ASSIGN_OR_RETURN(const size_t taken, source->Read(part.data(), part.size()));
    if (taken == 0) return all;
    all.append(part, 0, taken);
  }
}

Result<std::string> Unpack(const std::string& packed, size_t piece) {
  return ReadAll(Unpacked(std::make_unique<TextSource>(packed, piece)).get(), piece);
}

std::string Lines(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}

TEST(UnpackedTest, Rows) {
  const std::string text = Lines(300'000);
  struct Row {
    std::string packed;
    std::string text;
  };
  const Row rows[] = {
      {"", ""},
      {"\x1f", "\x1f"},
      {"plain", "plain"},
      {text, text},
      {Gzipped(""), ""},
      {Gzipped(text), text},
      {Gzipped("a") + Gzipped("") + Gzipped("b"), "ab"},
      {Gzipped("a") + std::string(100, '\0'), "a"},
  };
  for (const Row& row : rows) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{100'000}}) {
      if (row.text.size() > 1000 && piece == 1) continue;
      const Result<std::string> unpacked = Unpack(row.packed, piece);
      ASSERT_TRUE(unpacked.ok()) << unpacked.status().message();
      EXPECT_EQ(*unpacked, row.text);
    }
  }
}

TEST(UnpackedTest, EveryCutIsNoticed) {
  const std::string packed = Gzipped("some text, some text, some text\n");
  for (size_t size = 2; size < packed.size(); ++size) {
    const Result<std::string> unpacked = Unpack(packed.substr(0, size), 5);
    ASSERT_FALSE(unpacked.ok()) << size;
    EXPECT_NE(unpacked.status().message().find("cut off"), std::string::npos);
  }
}

TEST(UnpackedTest, DamageIsNoticed) {
  std::string packed = Gzipped(Lines(1000));
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
  EXPECT_FALSE(Unpack(packed, 100).ok());
  EXPECT_FALSE(Unpack(Gzipped("a") + "rubbish", 100).ok());
}

TEST(OpenSourceTest, ReadsFilesAndKnowsThem) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  std::ofstream(path) << Gzipped("text");
  const auto source = OpenSource(path);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(*ReadAll(source->get(), 10), "text");
  EXPECT_EQ((*source)->file_bytes(), Gzipped("text").size());
  EXPECT_EQ(IdentityOf(path)->size, Gzipped("text").size());
  EXPECT_EQ(*IdentityOf(path), *IdentityOf(path));
  EXPECT_TRUE(OpenSource(path + "no").status().Is(ErrorCode::kIo));
  EXPECT_TRUE(IdentityOf(path + "no").status().Is(ErrorCode::kIo));
  EXPECT_TRUE(IdentityOf(directory.path()).status().Is(ErrorCode::kValidation));
}

}  // namespace
}  // namespace millrace
