#include <gtest/gtest.h>

#include <map>

#include "engine/base/limits.h"
#include "tests/unit/json/json_testing.h"
#include "tests/unit/json/random_value.h"

namespace millrace {
namespace {

constexpr std::string_view kTokens[] = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "null",
    "true",
    "false",
    "\"S\":",
    "\"N\":",
    "\"B\":",
    "\"SS\":",
    "\"L\":",
    "{}",
    "[]",
    "\"M\":",
    "\"BOOL\":",
    "\"1e9\"",
    "1e999",
    "-",
    "0",
    "99999999999999999999999",
    "\\ud800",
    "\\udc00",
    "\"AAAA\"",
    "\xFF",
    "\xF0",
    "\x01",
    "\"NULL\":",
    "{\"S\":\"a\"}",
    "{\"L\":[{}]}",
};

// A few edits: a byte, a token, a cut, a repeated stretch.
std::string Mutated(std::string json, Random* random) {
  for (uint64_t n = 1 + random->Uniform(4); n > 0; --n) {
    const size_t at = random->Uniform(json.size() + 1);
    const size_t length = std::min(json.size() - at, static_cast<size_t>(random->Uniform(12)));
    switch (random->Uniform(5)) {
      case 0:
        if (at < json.size()) json[at] = static_cast<char>(random->Next());
        break;
      case 1:
        json.insert(at, kTokens[random->Uniform(std::size(kTokens))]);
        break;
      case 2:
        json.replace(at, length, kTokens[random->Uniform(std::size(kTokens))]);
        break;
      case 3:
        json.erase(at, length);
        break;
      default:
        json.insert(at, std::string(json, at, length * 8));
    }
  }
  return json;
}

// Always JSON, often nearly an AttributeValue: the right members with wrong, missing or repeated
// values.
class RandomDocument {
 public:
  explicit RandomDocument(uint64_t seed) : random_(seed) {}

  std::string Next(int depth) {
    if (random_.OneIn(30)) return Scalar();
    std::string json = "{";
    for (uint64_t n = random_.OneIn(8) ? random_.Uniform(4) : 1; n > 0; --n) {
      if (json.size() > 1) json += ',';
      json += Member(depth);
    }
    return json + "}";
  }

 private:
  std::string Member(int depth) {
    const uint64_t kind = random_.Uniform(depth > 0 ? 13 : 9);
    switch (kind) {
      case 0:
        return R"("S":)" + Scalar();
      case 1:
        return R"("N":)" + Scalar();
      case 2:
        return R"("B":)" + Scalar();
      case 3:
        return R"("BOOL":)" + Scalar();
      case 4:
        return R"("NULL":)" + Scalar();
      case 5:
        return R"("SS":)" + Array([this] { return Scalar(); });
      case 6:
        return R"("NS":)" + Array([this] { return Scalar(); });
      case 7:
        return R"("BS":)" + Array([this] { return Scalar(); });
      case 8:
        return R"("x":)" + Scalar();
      case 9:
      case 10:
        return R"("L":)" + Array([this, depth] { return Next(depth - 1); });
      default:
        return R"("M":)" + Object(depth);
    }
  }

  std::string Scalar() {
    static constexpr std::string_view kScalars[] = {
        "\"\"",     "\"a\"", "\"1\"", "\"1\"",   "\"-2.50\"", "\"AAAA\"", "\"AA==\"",
        "\"AB==\"", "true",  "true",  "false",   "null",      "1",        "1.5",
        "1e999",    "[]",    "{}",    "\"yes\"", "\"1e500\""};
    return std::string(kScalars[random_.Uniform(std::size(kScalars))]);
  }

  template <typename Make>
  std::string Array(Make&& make) {
    std::string json = "[";
    for (uint64_t n = random_.Uniform(4); n > 0; --n) json += make() + (n > 1 ? "," : "");
    return json + "]";
  }

  std::string Object(int depth) {
    std::string json = "{";
    for (uint64_t n = random_.Uniform(4); n > 0; --n) {
      json += "\"" + std::string(random_.Uniform(3), 'n') + "\":" + Next(depth - 1) +
              (n > 1 ? "," : "");
    }
    return json + "}";
  }

  Random random_;
};

enum class Outcome { kNotJson, kWrongType, kInvalid, kValid };

// Whatever comes in, decoding ends with AWS's error or with a valid value that survives another
// round.
Outcome Check(const std::string& json, JsonParser* parser) {
  const auto root = parser->Parse(json);
  if (!root.ok()) return Outcome::kNotJson;
  const Status shape = CheckAttributeValueShape(*root);
  const auto value = DecodeAttributeValue(*root);
  if (!value.ok()) {
    EXPECT_EQ(value.status().Is(ErrorCode::kSerialization), !shape.ok()) << json;
    EXPECT_NE(value.status().message(), "") << json;
    return shape.ok() ? Outcome::kInvalid : Outcome::kWrongType;
  }
  EXPECT_TRUE(shape.ok()) << json;
  const std::string bytes = value->Encode();
  EXPECT_TRUE(ValidateValue(bytes, kNestingDepthMax).ok()) << json;
  EXPECT_EQ(DecodedHex(JsonOf(*value)), ToHex(bytes)) << json;
  return Outcome::kValid;
}

// The loops stop at the first failure and see enough of every outcome.
TEST(JsonFuzzTest, MutatedTextsNeverBreakTheDecoder) {
  JsonParser parser;
  Random random(20261121);
  std::map<Outcome, int> outcomes;
  for (uint64_t seed = 1; seed <= 20'000 && !HasFailure(); ++seed) {
    const std::string value = JsonOf(RandomValue(seed % 500 + 1).NextMap(3));
    ++outcomes[Check(Mutated(value, &random), &parser)];
  }
  EXPECT_GT(outcomes[Outcome::kNotJson], 1000);
  EXPECT_GT(outcomes[Outcome::kWrongType], 100);
  EXPECT_GT(outcomes[Outcome::kInvalid], 100);
  EXPECT_GT(outcomes[Outcome::kValid], 500);
}

TEST(JsonFuzzTest, NearlyAttributeValuesNeverBreakTheDecoder) {
  JsonParser parser;
  std::map<Outcome, int> outcomes;
  for (uint64_t seed = 1; seed <= 20'000 && !HasFailure(); ++seed) {
    ++outcomes[Check(RandomDocument(seed).Next(4), &parser)];
  }
  EXPECT_EQ(outcomes[Outcome::kNotJson], 0);
  EXPECT_GT(outcomes[Outcome::kWrongType], 1000);
  EXPECT_GT(outcomes[Outcome::kInvalid], 1000);
  EXPECT_GT(outcomes[Outcome::kValid], 1000);
}

}  // namespace
}  // namespace millrace
