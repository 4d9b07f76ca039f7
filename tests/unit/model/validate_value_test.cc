#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "engine/base/hex.h"
#include "engine/model/item.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

// In a block of exactly its size, so that the address sanitizer sees any read outside.
Status ValidateExactly(std::string_view bytes, int depth_max) {
  const auto block = std::make_unique<char[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(block.get(), bytes.data(), bytes.size());
  return ValidateValue({block.get(), bytes.size()}, depth_max);
}

struct FlawRow {
  const char* hex;
  const char* flaw;
};

TEST(ValidateValueTest, NamesTheFlaw) {
  const FlawRow rows[] = {
      {"", "no tag"},
      {"0a", "an unknown tag"},
      {"7f", "an unknown tag"},
      {"8a", "an unknown tag"},
      {"80", "a scalar with a container's flag"},
      {"8361", "a scalar with a container's flag"},
      {"0000", "a NULL with a payload"},
      {"01", "a BOOL not 00 or 01"},
      {"0102", "a BOOL not 00 or 01"},
      {"010000", "a BOOL not 00 or 01"},
      {"02", "a malformed number"},
      {"02c101", "a malformed number"},
      {"03ff", "a string that is not UTF-8"},
      {"08", "a truncated container"},
      {"0801", "a truncated container"},
      {"080100", "a truncated table"},
      {"08010001", "a truncated table"},
      {"08ffff", "a truncated table"},
      {"88ffffffff", "a truncated table"},
      {"050000", "an empty set"},
      {"08000000", "bytes after the last element"},
      {"0801000000", "no tag"},
      {"080100010001", "a BOOL not 00 or 01"},
      {"0801000200000000", "a NULL with a payload"},
      {"08010002000000ff", "a NULL with a payload"},
      {"0801000100000a", "bytes after the last element"},
      {"08010005000a", "offsets out of order or outside"},
      {"0802000200010000", "offsets out of order or outside"},
      {"88010000000100000000", "offsets of the wrong width"},
      {"050200010002006161", "elements out of order or repeated"},
      {"050200010002006261", "elements out of order or repeated"},
      {"0501000100ff", "a string that is not UTF-8"},
      {"0601000100ff", "a malformed number"},
      {"09010003000161", "offsets out of order or outside"},
      {"09010002000161", "no tag"},
      {"0901000300058000", "a malformed attribute name"},
      {"0901000300818000", "a malformed attribute name"},
      {"090100040081006100", "a malformed attribute name"},
      {"090100030001ff00", "an attribute name that is not UTF-8"},
      {"09020003000600016100016100", "elements out of order or repeated"},
      {"09020003000600016200016100", "elements out of order or repeated"},
  };
  for (const auto& [hex, flaw] : rows) {
    const Status status = ValidateExactly(FromHex(hex).value(), 32);
    ASSERT_FALSE(status.ok()) << hex;
    EXPECT_EQ(status.code(), ErrorCode::kValidation);
    EXPECT_EQ(status.message(), std::string("Malformed value bytes: ") + flaw) << hex;
  }
}

TEST(ValidateValueTest, RefusesNarrowOffsetsThatShouldBeWideAndBack) {
  // A list of one string, written with offsets of `width` bytes.
  const auto list = [](size_t width, size_t string_size) {
    std::string bytes(1, static_cast<char>(width == 4 ? 0x88 : 0x08));
    const uint32_t entries[] = {1, static_cast<uint32_t>(string_size + 1)};
    for (const uint32_t entry : entries) {
      bytes.append(reinterpret_cast<const char*>(&entry), width);
    }
    return bytes + "\x03" + std::string(string_size, 'x');
  };
  EXPECT_TRUE(ValidateExactly(list(2, 65534), 1).ok());
  EXPECT_FALSE(ValidateExactly(list(4, 65534), 1).ok());
  EXPECT_TRUE(ValidateExactly(list(4, 65535), 1).ok());
  EXPECT_FALSE(ValidateExactly(list(2, 65535), 1).ok());
}

TEST(ValidateValueTest, BoundsDepth) {
  for (const int levels : {0, 1, 31, 32}) {
    EXPECT_TRUE(ValidateExactly(NestedMaps(levels).Encode(), levels).ok()) << levels;
    EXPECT_FALSE(ValidateExactly(NestedMaps(levels + 1).Encode(), levels).ok()) << levels;
  }
  EXPECT_TRUE(ValidateExactly(Set(ValueType::kStringSet, {"a"}).Encode(), 0).ok());
  // Lists within lists, far deeper than any stack would like.
  std::string bytes = Value::OfList({}).Encode();
  for (int i = 0; i < 12; ++i) {
    std::string outer;
    AppendContainer(ValueType::kList, {bytes, bytes}, &outer);
    bytes = std::move(outer);
  }
  EXPECT_TRUE(ValidateExactly(bytes, 13).ok());
  EXPECT_EQ(ValidateExactly(bytes, 12).message(), "Malformed value bytes: nested too deeply");
}

TEST(ValidateValueTest, RefusesEveryTruncation) {
  Random random(21);
  for (int i = 0; i < 60; ++i) {
    const std::string bytes = RandomMap(&random, 4).Encode();
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(ValidateExactly(std::string_view(bytes).substr(0, size), 4).ok());
    }
  }
}

// What passes is canonical: taking it apart and encoding it again gives the same bytes, and reading
// touches nothing outside.
TEST(ValidateValueTest, MutatedBytesAreRefusedOrCanonical) {
  Random random(22);
  int accepted = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string bytes = RandomMap(&random, 4).Encode();
    for (uint64_t edits = 1 + random.Uniform(3); edits > 0; --edits) {
      const size_t at = random.Uniform(bytes.size());
      switch (random.Uniform(4)) {
        case 0:
          bytes[at] ^= static_cast<char>(1 << random.Uniform(8));
          break;
        case 1:
          bytes[at] = static_cast<char>(random.OneIn(2) ? 0xff : 0);
          break;
        case 2:
          bytes.insert(at, 1, static_cast<char>(random.Next()));
          break;
        default:
          if (bytes.size() > 1) bytes.erase(at, 1);
      }
    }
    const auto block = std::make_unique<char[]>(bytes.size());
    std::memcpy(block.get(), bytes.data(), bytes.size());
    const std::string_view view(block.get(), bytes.size());
    if (!ValidateValue(view, 32).ok()) continue;
    ++accepted;
    ASSERT_EQ(Rebuild(ValueView(view)).Encode(), bytes) << ToHex(bytes);
    ASSERT_GE(AwsSize(ValueView(view)), 0u);
  }
  EXPECT_GT(accepted, 300);
}

}  // namespace
}  // namespace millrace
