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

// A value of a parsed document, 16 bytes, passed by value; valid until the parser's next Parse. One
// made by default is null.
class JsonValue {
 public:
  JsonKind kind() const;
  bool Is(JsonKind wanted) const { return kind() == wanted; }
  // Each requires its kind.
  bool boolean() const;
  int64_t integer() const;  // beyond int64: saturated
  double number() const;    // kInteger or kDouble; beyond double: +-9e307
  std::string_view string() const;
  size_t size() const;  // of an array or object
  // Null when absent; the last of duplicates.
  std::optional<JsonValue> Find(std::string_view member) const;
  // In the document's order. The visitor returns an error to stop with it.
  Status ForEachMember(
      const std::function<Status(std::string_view name, JsonValue value)>& visit) const;
  Status ForEachElement(const std::function<Status(JsonValue value)>& visit) const;

 private:
  friend class JsonParser;
  friend struct JsonAccess;  // of this folder's .cc files
  alignas(8) unsigned char element_[16] = {};
};

// Reusable, one a thread. UTF-8 is checked, in escapes too (no lone surrogates). Depth is bounded
// at 256 levels of objects and arrays (AWS's deepest item needs about 70), so that decoding may
// recurse. Keeps its buffers for documents of up to 1 MB.
class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  // The root, of any kind. `text` is copied, since simdjson needs padding after it. Error:
  // kSerialization with an empty message: AWS sends none for what is not JSON.
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
  void String(std::string_view text);  // escapes; `text` is UTF-8
  void Integer(int64_t value);
  void Double(double value);  // shortest form that reads back; requires a finite one
  void Bool(bool value);
  void Null();
  void Base64(std::string_view bytes);  // a string
  void Raw(std::string_view json);      // a complete value, written before
  // Epoch seconds with milliseconds as AWS writes timestamps: 1763694000.123, and 1763694000 when
  // they are zero. Rounds down.
  void Timestamp(int64_t micros);
  std::string* out() { return out_; }

 private:
  void Separate();
  std::string* out_;
  bool first_ = true;
};

}  // namespace millrace
