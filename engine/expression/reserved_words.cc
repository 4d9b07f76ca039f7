#include "engine/expression/reserved_words.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::expr {
namespace {

constexpr std::string_view kWords[] = {
#include "engine/expression/reserved_words.inc"
};
constexpr size_t kWordCount = std::size(kWords);
static_assert(kWordCount == 573);

constexpr size_t kLongestWord = [] {
  size_t longest = 0;
  for (const std::string_view word : kWords)
    longest = word.size() > longest ? word.size() : longest;
  return longest;
}();

// Open addressing, about a quarter full, built by the compiler. FNV-1a.
constexpr size_t kSlots = 2048;
constexpr uint32_t Hash(std::string_view word) {
  uint32_t hash = 2166136261;
  for (const char c : word) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return hash ^ (hash >> 15);
}

constexpr std::array<uint16_t, kSlots> kTable = [] {
  std::array<uint16_t, kSlots> table{};  // index + 1; 0 is empty
  for (size_t i = 0; i < kWordCount; ++i) {
    size_t slot = Hash(kWords[i]) % kSlots;
    while (table[slot] != 0) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<uint16_t>(i + 1);
  }
  return table;
}();

}  // namespace

bool IsReservedWord(std::string_view word) {
  if (word.size() > kLongestWord) return false;
  char upper[kLongestWord];
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    upper[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string_view wanted(upper, word.size());
  for (size_t slot = Hash(wanted) % kSlots; kTable[slot] != 0; slot = (slot + 1) % kSlots) {
    if (kWords[kTable[slot] - 1] == wanted) return true;
  }
  return false;
}

}  // namespace millrace::expr
