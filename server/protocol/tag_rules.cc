#include "server/protocol/tag_rules.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>

#include "server/protocol/members.h"

namespace millrace {
namespace {

constexpr std::string_view kReserved = "aws:";

struct Range {
  uint32_t first;
  uint32_t last;
};
// Of what is beyond ASCII AWS takes letters, digits and blanks. These blocks hold nothing of the
// kind, but punctuation, symbols and emoji; in what mixes them with letters all is taken.
constexpr Range kNoLetters[] = {
    {0x80, 0x9f},       {0xa1, 0xa9},       {0xab, 0xb1},       {0xb6, 0xb8},     {0xbf, 0xbf},
    {0xd7, 0xd7},       {0xf7, 0xf7},       {0x2010, 0x2027},   {0x202a, 0x202e}, {0x2030, 0x205e},
    {0x2060, 0x206f},   {0x20a0, 0x20cf},   {0x2190, 0x245f},   {0x249c, 0x24e9}, {0x2500, 0x2775},
    {0x2794, 0x2bff},   {0x3001, 0x3004},   {0x3008, 0x3020},   {0xe000, 0xf8ff}, {0xfe10, 0xfe6f},
    {0x1f000, 0x1f0ff}, {0x1f300, 0x1faff}, {0xf0000, 0x10ffff}};

// The next character of well-formed UTF-8.
uint32_t TakeCodePoint(std::string_view* text) {
  const auto byte = [text](size_t at) {
    return at < text->size() ? static_cast<unsigned char>((*text)[at]) : 0u;
  };
  const uint32_t lead = byte(0);
  const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t point = size == 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3f);
  text->remove_prefix(std::min(size, text->size()));
  return point;
}

// Letters, digits, blanks and _.:/=+-@.
bool IsTagCharacter(uint32_t c) {
  if (c >= 0x80) {
    return std::none_of(std::begin(kNoLetters), std::end(kNoLetters),
                        [c](const Range& range) { return c >= range.first && c <= range.last; });
  }
  constexpr std::string_view kOthers = " _.:/=+-@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(static_cast<char>(c)) != kOthers.npos;
}

bool IsTagText(std::string_view text, size_t size_max) {
  size_t characters = 0;
  for (; !text.empty(); ++characters) {
    if (!IsTagCharacter(TakeCodePoint(&text))) return false;
  }
  return characters <= size_max;
}

Status TooManyTags() {
  return Status::Validation("Number of Tags exceed the current limit for the provided ResourceArn");
}

bool IsReserved(std::string_view key) {
  return key.size() >= kReserved.size() &&
         std::equal(kReserved.begin(), kReserved.end(), key.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 'a' - 'A') : b);
         });
}

// `key`: nullopt when it is missing, which AWS prints as null.
Status CheckKey(std::optional<std::string_view> key) {
  if (!key || key->empty() || !IsTagText(*key, kTagKeySizeMax)) {
    return Status::Validation("The Tag Key provided is invalid, Key: " +
                              std::string(key.value_or("null")));
  }
  if (!IsReserved(*key)) return Status::Ok();
  return Status::Validation("Tag Key cannot be prefixed with aws:, Key: " + std::string(*key));
}

Status CheckValue(std::optional<std::string_view> value) {
  if (value && IsTagText(*value, kTagValueSizeMax)) return Status::Ok();
  return Status::Validation("The Tag Value provided is invalid, Value: " +
                            std::string(value.value_or("null")));
}

// `seen` are the request's own keys.
Status MergeTag(const Members& tag, std::set<std::string>* seen, Tags* tags) {
  const auto key = tag.String("Key");
  const auto value = tag.String("Value");
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckValue(value));
  const auto [name, is_new] = seen->emplace(*key);
  if (!is_new) {
    return Status::Validation("Duplicate Tag Keys provided as input: Duplicate Tag Key found " +
                              *name);
  }
  (*tags)[*name] = *value;
  return Status::Ok();
}

}  // namespace

Status MergeTags(JsonValue list, Tags* tags) {
  std::set<std::string> seen;
  Tags merged = *tags;
  const Status status =
      list.ForEachElement([&](JsonValue tag) { return MergeTag(Members(tag), &seen, &merged); });
  if (!status.ok()) return status;
  if (merged.size() > kTagsMax) return TooManyTags();
  *tags = std::move(merged);
  return Status::Ok();
}

Status RemoveTags(JsonValue keys, Tags* tags) {
  Tags left = *tags;
  const Status status = keys.ForEachElement([&left](JsonValue key) {
    left.erase(std::string(key.string()));
    return CheckKey(key.string());
  });
  if (!status.ok()) return status;
  if (keys.size() > kTagsMax) return TooManyTags();
  *tags = std::move(left);
  return Status::Ok();
}

}  // namespace millrace
