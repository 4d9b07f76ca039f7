#include "engine/model/value.h"

#include <gtest/gtest.h>

#include "engine/base/hex.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

std::string DescribeEncoded(const Value& value) {
  const std::string bytes = value.Encode();
  EXPECT_TRUE(ValidateValue(bytes, 32).ok()) << ValidateValue(bytes, 32).ToString();
  return Describe(ValueView(bytes));
}

TEST(ValueTest, EncodesAndReadsEveryType) {
  const std::pair<Value, std::string> rows[] = {
      {Value(), "NULL"},
      {Value::Bool(true), "true"},
      {Value::Bool(false), "false"},
      {Num("-1.50"), "N(-1.5)"},
      {Str(""), "S()"},
      {Str("\xc3\xa9"), "S(\xc3\xa9)"},
      {Value::Binary(std::string("\0\xff", 2)), "B(00ff)"},
      {Set(ValueType::kStringSet, {"b", "", "a"}), "SS(,a,b)"},
      {Set(ValueType::kNumberSet, {"2", "-3", "10"}), "NS(-3,2,10)"},
      {Set(ValueType::kBinarySet, {"\xff", "\x01"}), "BS(01,ff)"},
      {Value::OfList({}), "L[]"},
      {Value::OfList({Num("1"), Str("x"), Value()}), "L[N(1),S(x),NULL]"},
      {Map({}), "M{}"},
      {Map({{"b", Num("2")}, {"a", Value::OfList({Map({{"\xc3\xa9", Str("y")}})})}}),
       "M{a:L[M{\xc3\xa9:S(y)}],b:N(2)}"},
  };
  for (const auto& [value, expected] : rows) EXPECT_EQ(DescribeEncoded(value), expected);
}

TEST(ValueTest, EqualValuesAreEqualBytes) {
  const std::pair<Value, Value> equal[] = {
      {Num("1.0"), Num("10e-1")},
      {Set(ValueType::kNumberSet, {"1", "2.0"}), Set(ValueType::kNumberSet, {"2", "1.00"})},
      {Map({{"a", Num("1")}, {"b", Str("x")}}), Map({{"b", Str("x")}, {"a", Num("1")}})},
  };
  for (const auto& [a, b] : equal) EXPECT_EQ(ToHex(a.Encode()), ToHex(b.Encode()));
  EXPECT_NE(Str("a").Encode(), Value::Binary("a").Encode());
}

TEST(ValueTest, RandomValuesSurviveTakingApart) {
  Random random(11);
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes = RandomValue(&random, 5).Encode();
    ASSERT_TRUE(ValidateValue(bytes, 5).ok());
    ASSERT_EQ(Rebuild(ValueView(bytes)).Encode(), bytes);
  }
}

TEST(ValueTest, ReadsAtEveryAlignment) {
  const std::string bytes =
      Map({{"a", Value::OfList({Num("1"), Str("x")})}, {"b", Num("-2.5")}}).Encode();
  for (size_t pad = 0; pad < 16; ++pad) {
    const std::string shifted = std::string(pad, 'x') + bytes;
    EXPECT_EQ(Describe(ValueView(std::string_view(shifted).substr(pad))),
              "M{a:L[N(1),S(x)],b:N(-2.5)}");
  }
}

// Offsets are 2 bytes up to 65,535 bytes of elements, 4 bytes past that.
TEST(ValueTest, WidensOffsetsAtTheEdge) {
  for (const auto& [size, wide] : {std::pair<size_t, bool>{65535, false}, {65536, true}}) {
    // Three elements, the last small: the first two entries are already written when the table
    // widens.
    const size_t last = size - 3 - 1 - 40000;
    const Value list =
        Value::OfList({Str("ab"), Str(std::string(39999, 'x')), Str(std::string(last, 'y'))});
    const std::string bytes = list.Encode();
    EXPECT_EQ((static_cast<uint8_t>(bytes[0]) & kWideOffsets) != 0, wide);
    ASSERT_TRUE(ValidateValue(bytes, 1).ok());
    const ListView view = ValueView(bytes).list();
    ASSERT_EQ(view.size(), 3u);
    EXPECT_EQ(view.value(0).text(), "ab");
    EXPECT_EQ(view.value(1).text(), std::string(39999, 'x'));
    EXPECT_EQ(view.value(2).text(), std::string(last, 'y'));
    EXPECT_EQ(view.element(0).size() + view.element(1).size() + view.element(2).size(), size);
  }
}

TEST(ValueTest, WidensForMoreElementsThanNarrowCounts) {
  for (const size_t count : {65535u, 65536u}) {
    Value::List elements(count);
    const std::string bytes = Value::OfList(std::move(elements)).Encode();  // 1 byte each
    EXPECT_EQ((static_cast<uint8_t>(bytes[0]) & kWideOffsets) != 0, count > 65535);
    ASSERT_TRUE(ValidateValue(bytes, 1).ok());
    EXPECT_EQ(ValueView(bytes).count(), count);
    EXPECT_TRUE(ValueView(bytes).list().value(count - 1).Is(ValueType::kNull));
  }
}

TEST(ValueTest, WidensInsideAndAroundNestedContainers) {
  const Value inner = Map({{"big", Str(std::string(70000, 'x'))}, {"z", Num("1")}});
  const std::string bytes = Map({{"a", Num("7")}, {"m", inner}, {"z", Str("end")}}).Encode();
  ASSERT_TRUE(ValidateValue(bytes, 2).ok());
  const MapView map = ValueView(bytes).map();
  EXPECT_EQ(map.Find("a")->number(), N("7"));
  EXPECT_EQ(map.Find("m")->map().Find("z")->number(), N("1"));
  EXPECT_EQ(map.Find("m")->bytes(), inner.Encode());
  EXPECT_EQ(map.Find("z")->text(), "end");
}

TEST(ValueTest, AppendContainerIsWhatValuesWrite) {
  std::string entry_a, entry_b, bytes = "prefix";
  AppendMapEntry("a", Num("1").Encode(), &entry_a);
  AppendMapEntry("b", Str("x").Encode(), &entry_b);
  AppendContainer(ValueType::kMap, {entry_a, entry_b}, &bytes);
  EXPECT_EQ(bytes, "prefix" + Map({{"a", Num("1")}, {"b", Str("x")}}).Encode());
}

TEST(ValueTest, FindsEveryNameAndNoOther) {
  for (int size = 0; size < 20; ++size) {
    Value::Map entries;
    for (int i = 0; i < size; ++i) {
      entries.emplace_back("k" + std::string(i % 3, 'k') + std::to_string(i),
                           Num(std::to_string(i)));
    }
    const std::string bytes = Value::OfMap(entries).Encode();
    const MapView map = ValueView(bytes).map();
    ASSERT_EQ(map.size(), static_cast<size_t>(size));
    for (const auto& [name, value] : entries) {
      ASSERT_TRUE(map.Find(name)) << name;
      EXPECT_EQ(map.Find(name)->bytes(), value.Encode());
      EXPECT_FALSE(map.Find(name + "x"));
    }
    EXPECT_FALSE(map.Find(""));
    EXPECT_FALSE(map.Find("zzz"));
  }
}

TEST(ValueTest, LongNamesTakeLongerVarints) {
  for (const size_t size : {127u, 128u, 16383u, 16384u, 65535u}) {
    const std::string name(size, 'n');
    const std::string bytes = Map({{name, Num("5")}}).Encode();
    ASSERT_TRUE(ValidateValue(bytes, 1).ok()) << size;
    EXPECT_EQ(ValueView(bytes).map().Find(name)->number(), N("5")) << size;
    EXPECT_EQ(ValueView(bytes).map().name(0), name);
  }
  EXPECT_FALSE(ValidateValue(Map({{std::string(65536, 'n'), Num("5")}}).Encode(), 1).ok());
}

TEST(ValueTest, ChangesMapsAndListsInPlace) {
  const std::string bytes =
      Map({{"keep", Map({{"x", Num("1")}})}, {"list", Value::OfList({Num("1"), Num("2")})}})
          .Encode();
  Value value{ValueView(bytes)};
  EXPECT_EQ(value.type(), ValueType::kMap);
  value.SetInMap("new", Str("n"));
  value.SetInMap("a", Value::Bool(true));
  value.SetInMap("a", Value::Bool(false));
  value.FindInMap("list")->MutableList().push_back(Num("3"));
  EXPECT_EQ(value.FindInMap("list")->type(), ValueType::kList);
  value.FindInMap("keep")->SetInMap("y", Num("2"));
  EXPECT_EQ(value.FindInMap("absent"), nullptr);
  EXPECT_EQ(DescribeEncoded(value),
            "M{a:false,keep:M{x:N(1),y:N(2)},list:L[N(1),N(2),N(3)],new:S(n)}");
  value.RemoveFromMap("keep");
  value.RemoveFromMap("keep");
  value.RemoveFromMap("new");
  EXPECT_EQ(DescribeEncoded(value), "M{a:false,list:L[N(1),N(2),N(3)]}");
}

TEST(ValueTest, ExpandingAloneChangesNoByte) {
  Random random(12);
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = RandomMap(&random, 4).Encode();
    Value value{ValueView(bytes)};
    for (auto& [name, child] : value.MutableMap()) {
      if (child.type() == ValueType::kMap) child.MutableMap();
      if (child.type() == ValueType::kList) child.MutableList();
    }
    ASSERT_EQ(value.Encode(), bytes);
  }
}

TEST(ValueTest, CountsBytesAsTheServiceDoes) {
  const std::pair<Value, size_t> rows[] = {
      {Value(), 1},
      {Value::Bool(true), 1},
      {Str(""), 0},
      {Str("\xc3\xa9x"), 3},
      {Num("123"), 3},
      {Value::Binary("12345"), 5},
      {Set(ValueType::kStringSet, {"ab", "c"}), 3},
      {Set(ValueType::kNumberSet, {"1", "-42"}), 5},
      {Set(ValueType::kBinarySet, {"abc"}), 3},
      {Value::OfList({}), 3},
      {Map({}), 3},
      {Value::OfList({Str("ab"), Value()}), 3 + 2 + 1 + 1 + 1},
      {Map({{"name", Str("ab")}}), 3 + 4 + 2 + 1},
      {Map({{"l", Value::OfList({Num("1")})}}), 3 + 1 + (3 + 2 + 1) + 1},
  };
  for (const auto& [value, size] : rows) {
    const std::string bytes = value.Encode();
    EXPECT_EQ(AwsSize(ValueView(bytes)), size) << Describe(ValueView(bytes));
  }
}

TEST(ValueTest, MeasuresDepth) {
  EXPECT_EQ(NestingDepth(ValueView(NestedMaps(0).Encode())), 0);
  EXPECT_EQ(NestingDepth(ValueView(NestedMaps(32).Encode())), 32);
  EXPECT_EQ(NestingDepth(ValueView(Set(ValueType::kStringSet, {"a"}).Encode())), 0);
  const Value mixed = Value::OfList({Num("1"), Map({{"l", Value::OfList({})}}), Value()});
  EXPECT_EQ(NestingDepth(ValueView(mixed.Encode())), 3);
}

TEST(ValueTest, NamesTypes) {
  const std::pair<ValueType, std::string_view> rows[] = {
      {ValueType::kNull, "NULL"},    {ValueType::kBool, "BOOL"},    {ValueType::kNumber, "N"},
      {ValueType::kString, "S"},     {ValueType::kBinary, "B"},     {ValueType::kStringSet, "SS"},
      {ValueType::kNumberSet, "NS"}, {ValueType::kBinarySet, "BS"}, {ValueType::kList, "L"},
      {ValueType::kMap, "M"},
  };
  for (const auto& [type, name] : rows) {
    EXPECT_EQ(WireName(type), name);
    EXPECT_EQ(IsSet(type), name.size() == 2);
  }
  EXPECT_EQ(ElementType(ValueType::kStringSet), ValueType::kString);
  EXPECT_EQ(ElementType(ValueType::kNumberSet), ValueType::kNumber);
  EXPECT_EQ(ElementType(ValueType::kBinarySet), ValueType::kBinary);
}

TEST(ValueDeathTest, RefusesRepeatedNamesAndBadSets) {
  EXPECT_DEATH(Map({{"a", Num("1")}, {"a", Num("2")}}), "names of a map are unique");
  EXPECT_DEATH(Set(ValueType::kStringSet, {"a", "a"}), "elements of a set are unique");
  EXPECT_DEATH(Set(ValueType::kStringSet, {}), "CHECK failed");
}

}  // namespace
}  // namespace millrace
