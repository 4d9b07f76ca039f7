#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/model/value.h"

namespace millrace {

// Seeded values of every type, nested at most `depth` containers deep.
class RandomValue {
 public:
  explicit RandomValue(uint64_t seed) : random_(seed) {}

  Value Next(int depth) {
    switch (random_.Uniform(depth > 0 ? 10 : 8)) {
      case 0:
        return Value::Null();
      case 1:
        return Value::Bool(random_.OneIn(2));
      case 2:
        return Value::OfNumber(NextNumber());
      case 3:
        return Value::String(NextText());
      case 4:
        return Value::Binary(NextBytes());
      case 5:
        return Value::OfSet(ValueType::kStringSet, NextSet([this] { return NextText(); }));
      case 6:
        return Value::OfSet(ValueType::kNumberSet,
                            NextSet([this] { return NextNumber().Packed(); }));
      case 7:
        return Value::OfSet(ValueType::kBinarySet, NextSet([this] { return NextBytes(); }));
      case 8:
        return NextList(depth);
      default:
        return NextMap(depth);
    }
  }

  Value NextMap(int depth) {
    std::set<std::string> names;
    for (uint64_t n = random_.Uniform(6); n > 0; --n) names.insert("n" + NextText());
    Value::Map map;
    for (const std::string& name : names) map.emplace_back(name, Next(depth - 1));
    return Value::OfMap(std::move(map));
  }

 private:
  Value NextList(int depth) {
    Value::List list;
    for (uint64_t n = random_.Uniform(6); n > 0; --n) list.push_back(Next(depth - 1));
    return Value::OfList(std::move(list));
  }

  template <typename Make>
  std::vector<std::string> NextSet(Make&& make) {
    std::set<std::string> elements;
    for (uint64_t n = 1 + random_.Uniform(5); n > 0; --n) elements.insert(make());
    return {elements.begin(), elements.end()};
  }

  std::string NextBytes() {
    std::string bytes;
    for (uint64_t n = random_.Uniform(40); n > 0; --n)
      bytes.push_back(static_cast<char>(random_.Next()));
    return bytes;
  }

  // Of code points of all lengths in UTF-8, among them those that need escapes.
  std::string NextText() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "Z",
                                                   " ",
                                                   "\"",
                                                   "\\",
                                                   "/",
                                                   "\n",
                                                   "\t",
                                                   "\x01",
                                                   "\x1f",
                                                   "\x7f",
                                                   "\xC2\x80",
                                                   "\xC3\xA9",
                                                   "\xE2\x80\xA8",
                                                   "\xEF\xBF\xBF",
                                                   "\xF0\x9F\x98\x80",
                                                   "\xF4\x8F\xBF\xBF",
                                                   "plain text of some length"};
    std::string text;
    for (uint64_t n = random_.Uniform(12); n > 0; --n)
      text += kPieces[random_.Uniform(std::size(kPieces))];
    if (random_.OneIn(10)) text.push_back('\0');
    return text;
  }

  Number NextNumber() {
    std::string text = random_.OneIn(2) ? "-" : "";
    for (uint64_t n = 1 + random_.Uniform(38); n > 0; --n)
      text.push_back(static_cast<char>('0' + random_.Uniform(10)));
    if (random_.OneIn(2)) text += "e" + std::to_string(static_cast<int>(random_.Uniform(180)) - 90);
    const auto number = Number::Parse(text);
    return number.ok() ? *number : Number::FromInt(static_cast<int64_t>(random_.Next()));
  }

  Random random_;
};

}  // namespace millrace
