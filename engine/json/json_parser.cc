#include <memory>
#include <optional>
#include <string>

#include "engine/base/check.h"
#include "engine/json/json_access.h"
#include "engine/json/relax_numbers.h"

namespace millrace {
namespace {

using simdjson::dom::element;

// Levels of objects and arrays. An item of kNestingDepthMax levels takes two JSON levels each (the
// type's object and the container) under an envelope of five or so, about 70 together. What is
// deeper than that but within this limit gets AWS's answer about nesting from the decoder.
constexpr size_t kJsonDepthMax = 256;
// A parser keeps about 13 bytes for each byte of the longest document it has seen. Longer ones than
// this get a parser of their own, given back with the next document.
constexpr size_t kKeptDocumentMax = 1024 * 1024;

std::unique_ptr<simdjson::dom::parser> NewParser(size_t capacity) {
  auto parser = std::make_unique<simdjson::dom::parser>();
  MILLRACE_CHECK(parser->allocate(capacity, kJsonDepthMax) == simdjson::SUCCESS);
  return parser;
}

// simdjson reads SIMDJSON_PADDING bytes after the text; with this flag it copies the text into a
// padded buffer it keeps.
constexpr bool kCopyToPad = true;

simdjson::error_code ParseWith(simdjson::dom::parser* parser, std::string_view text,
                               element* root) {
  return parser->parse(text.data(), text.size(), kCopyToPad).get(*root);
}

// AWS sends no text with this one.
Status NotJson() {
  return Status(ErrorCode::kSerialization, "");
}

}  // namespace

struct JsonParser::Impl {
  std::unique_ptr<simdjson::dom::parser> kept = NewParser(16 * 1024);
  std::unique_ptr<simdjson::dom::parser> large;
};

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}
JsonParser::~JsonParser() = default;
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;

Result<JsonValue> JsonParser::Parse(std::string_view text) {
  impl_->large.reset();
  if (text.empty()) return NotJson();
  if (text.size() > kKeptDocumentMax) impl_->large = NewParser(text.size());
  simdjson::dom::parser* parser = impl_->large ? impl_->large.get() : impl_->kept.get();
  element root;
  simdjson::error_code error = ParseWith(parser, text, &root);
  if (error == simdjson::NUMBER_ERROR) {
    std::string relaxed(text);
    if (RelaxNumbers(&relaxed)) error = ParseWith(parser, relaxed, &root);
  }
  if (error != simdjson::SUCCESS) return NotJson();
  return JsonAccess::Make(root);
}

}  // namespace millrace
