#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

enum class JsonKind : uint8_t { kNull, kBool, kInteger, kDouble, kString, kArray, kObject };

// A value of a parsed document, 16 bytes, passed by value; valid until the parser's next Parse.
class JsonValue {
 public:
  JsonKind kind() const;
  bool Is(JsonKind wanted) const { return kind() == wanted; }
  // Each requires its kind.
  bool boolean() const;
  int64_t integer() const;      // beyond int64: saturated
  double number() const;        // kInteger or kDouble
  std::string_view string() const;
  size_t size() const;          // of an array or object
  // Null when absent; the last of duplicates.
  std::optional<JsonValue> Find(std::string_view member) const;
  // In the document's order. The visitor returns an error to stop with it.
  Status ForEachMember(const std::function<Status(std::string_view name, JsonValue value)>& visit) const;
  Status ForEachElement(const std::function<Status(JsonValue value)>& visit) const;

 private:
  friend class JsonParser;
  friend struct JsonAccess;  // of this folder's .cc files
  alignas(8) unsigned char element_[16];
};

// Reusable, one a thread. UTF-8 is checked. Depth is bounded, so that decoding may recurse.
class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  // The root. `text` is copied when it lacks simdjson's padding. Error: kSerialization, with AWS's text where it is known.
  Result<JsonValue> Parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes JSON text directly; commas are its business. The caller keeps Begin and End balanced.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}
  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();
  // Then exactly one value follows.
  void Key(std::string_view name);
  void String(std::string_view text);   // escapes; `text` is UTF-8
  void Integer(int64_t value);
  void Double(double value);            // shortest form that reads back
  void Bool(bool value);
  void Null();
  void Base64(std::string_view bytes);  // a string
  void Raw(std::string_view json);      // a complete value, written before
  // Epoch seconds with milliseconds as AWS writes timestamps, e.g. 1763694000.123.
  void Timestamp(int64_t micros);
  std::string* out() { return out_; }

 private:
  void Separate();
  std::string* out_;
  bool first_ = true;
};

}  // namespace millrace
