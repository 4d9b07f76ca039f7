#include "server/protocol/tag_rules.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "server/protocol/members.h"

namespace millrace {
namespace {

constexpr std::string_view kReserved = "aws:";

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Letters, digits, blanks and _.:/=+-@. Of what is beyond ASCII AWS takes letters, digits and
// blanks; here all is taken.
bool IsTagCharacter(char c) {
  constexpr std::string_view kOthers = " _.:/=+-@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 || kOthers.find(c) != kOthers.npos;
}

bool IsTagText(std::string_view text, size_t size_max) {
  const auto characters =
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); });
  return static_cast<size_t>(characters) <= size_max &&
         std::all_of(text.begin(), text.end(), IsTagCharacter);
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
  if (merged.size() > kTagsMax) {
    return Status::Validation(
        "Number of Tags exceed the current limit for the provided ResourceArn");
  }
  *tags = std::move(merged);
  return Status::Ok();
}

Status RemoveTags(JsonValue keys, Tags* tags) {
  Tags left = *tags;
  const Status status = keys.ForEachElement([&left](JsonValue key) {
    left.erase(std::string(key.string()));
    return CheckKey(key.string());
  });
  if (status.ok()) *tags = std::move(left);
  return status;
}

}  // namespace millrace
