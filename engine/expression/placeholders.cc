#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/expression/arena.h"
#include "engine/expression/expression.h"
#include "engine/expression/placeholder_access.h"

namespace millrace {
namespace {

// Bytes of a placeholder, with its # or :. Source: "Expression attribute names" quota of the
// developer guide.
constexpr size_t kPlaceholderSizeMax = 255;

// Bytes of all placeholders of a request and what stands for them, a value counting what it does in
// an item. Source: "Maximum length of all substitution variables in an expression".
constexpr size_t kSubstitutionsSizeMax = 2 * 1024 * 1024;

struct Entry {
  std::string_view placeholder;
  std::string_view bytes;  // the attribute's name, or the value's canonical bytes
  bool used = false;
};

// In the order of the request. Few are searched one by one, many through an index: a request may
// bring 100,000 of them.
class Table {
 public:
  Entry* Find(std::string_view placeholder) {
    if (entries_.size() <= kSearchedMax) {
      for (Entry& entry : entries_) {
        if (entry.placeholder == placeholder) return &entry;
      }
      return nullptr;
    }
    for (; indexed_ < entries_.size(); ++indexed_)
      index_.emplace(entries_[indexed_].placeholder, indexed_);
    const auto found = index_.find(placeholder);
    return found == index_.end() ? nullptr : &entries_[found->second];
  }

  // A later one of the same placeholder takes the place of the earlier one.
  void Put(std::string_view placeholder, std::string_view bytes, expr::Arena* arena) {
    const std::string_view kept = arena->Copy(bytes);
    if (Entry* entry = Find(placeholder)) {
      entry->bytes = kept;
    } else {
      entries_.push_back({.placeholder = arena->Copy(placeholder), .bytes = kept});
    }
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr size_t kSearchedMax = 16;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, size_t> index_;
  size_t indexed_ = 0;
};

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Status CheckPlaceholder(std::string_view parameter, char sign, std::string_view placeholder) {
  const std::string contains = std::string(parameter) + " contains invalid key: ";
  if (placeholder.size() > kPlaceholderSizeMax) {
    // The detail after the semicolon is not confirmed by a reply of DynamoDB.
    return Status::Validation(
        contains + "The expression attribute map contains a key that is too long; size of key: " +
        std::to_string(placeholder.size()));
  }
  bool valid = placeholder.size() > 1 && placeholder[0] == sign;
  for (size_t i = 1; i < placeholder.size() && valid; ++i) valid = IsWordChar(placeholder[i]);
  if (valid) return Status::Ok();
  return Status::Validation(contains + "Syntax error; key: \"" + std::string(placeholder) + "\"");
}

Status CheckUsed(std::string_view parameter, const Table& table) {
  std::string unused;
  for (const Entry& entry : table.entries()) {
    if (entry.used) continue;
    if (!unused.empty()) unused += ", ";
    unused += entry.placeholder;
  }
  if (unused.empty()) return Status::Ok();
  return Status::Validation("Value provided in " + std::string(parameter) +
                            " unused in expressions: keys: {" + unused + "}");
}

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";

}  // namespace

struct Placeholders::Impl {
  expr::Arena arena;
  Table names;
  Table values;
  std::string scratch;
  size_t size = 0;

  Status Count(std::string_view parameter, size_t more) {
    size += more;
    if (size <= kSubstitutionsSizeMax) return Status::Ok();
    // As DynamoDB Local says it; not confirmed by a reply of DynamoDB.
    return Status::Validation(std::string(parameter) + " exceeds max size");
  }
};

Placeholders::Placeholders() = default;
Placeholders::~Placeholders() = default;
Placeholders::Placeholders(Placeholders&&) noexcept = default;
Placeholders& Placeholders::operator=(Placeholders&&) noexcept = default;

Status Placeholders::AddName(std::string_view placeholder, std::string_view attribute_name) {
  RETURN_IF_ERROR(CheckPlaceholder(kNames, '#', placeholder));
  if (attribute_name.empty()) {
    return Status::Validation(
        "ExpressionAttributeNames contains invalid value: Empty attribute name for key " +
        std::string(placeholder));
  }
  if (!impl_) impl_ = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl_->Count(kNames, placeholder.size() + attribute_name.size()));
  impl_->names.Put(placeholder, attribute_name, &impl_->arena);
  return Status::Ok();
}

Status Placeholders::AddValue(std::string_view placeholder, const Value& value) {
  RETURN_IF_ERROR(CheckPlaceholder(kValues, ':', placeholder));
  if (!impl_) impl_ = std::make_unique<Impl>();
  impl_->scratch.clear();
  value.AppendTo(&impl_->scratch);
  const size_t size = placeholder.size() + AwsSize(ValueView(impl_->scratch));
  RETURN_IF_ERROR(impl_->Count(kValues, size));
  impl_->values.Put(placeholder, impl_->scratch, &impl_->arena);
  return Status::Ok();
}

bool Placeholders::has_names() const {
  return impl_ && !impl_->names.entries().empty();
}
bool Placeholders::has_values() const {
  return impl_ && !impl_->values.entries().empty();
}

Status Placeholders::CheckAllUsed() const {
  if (!impl_) return Status::Ok();
  RETURN_IF_ERROR(CheckUsed(kNames, impl_->names));
  return CheckUsed(kValues, impl_->values);
}

std::optional<std::string_view> PlaceholderAccess::UseName(Placeholders* placeholders,
                                                           std::string_view placeholder) {
  if (placeholders == nullptr || !placeholders->impl_) return std::nullopt;
  Entry* const entry = placeholders->impl_->names.Find(placeholder);
  if (entry == nullptr) return std::nullopt;
  entry->used = true;
  return entry->bytes;
}

std::optional<ValueView> PlaceholderAccess::UseValue(Placeholders* placeholders,
                                                     std::string_view placeholder) {
  if (placeholders == nullptr || !placeholders->impl_) return std::nullopt;
  Entry* const entry = placeholders->impl_->values.Find(placeholder);
  if (entry == nullptr) return std::nullopt;
  entry->used = true;
  return ValueView(entry->bytes);
}

}  // namespace millrace
