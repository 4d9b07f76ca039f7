#include "engine/expression/reserved_words.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace::expr {
namespace {

constexpr std::string_view kWords[] = {
#include "engine/expression/reserved_words.inc"
};

TEST(ReservedWords, AllOfThemInAnyCase) {
  for (const std::string_view word : kWords) {
    std::string lower(word);
    for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
    std::string mixed = lower;
    mixed[0] = word[0];
    EXPECT_TRUE(IsReservedWord(word)) << word;
    EXPECT_TRUE(IsReservedWord(lower)) << word;
    EXPECT_TRUE(IsReservedWord(mixed)) << word;
    EXPECT_FALSE(IsReservedWord(lower + "_")) << word;
    EXPECT_FALSE(IsReservedWord("x" + lower + "x")) << word;
  }
  EXPECT_EQ(std::size(kWords), 573u);
}

TEST(ReservedWords, NothingElse) {
  for (const std::string_view word :
       {"", "a", "pk", "sk", "id", "price", "title", "origin", "delay", "ids", "abortx", "ABOR"}) {
    EXPECT_FALSE(IsReservedWord(word)) << word;
  }
  EXPECT_FALSE(IsReservedWord(std::string(5000, 'a')));
}

}  // namespace
}  // namespace millrace::expr
