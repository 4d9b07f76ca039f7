#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

// Private to this folder: what the writers write with. Appends to a string through a pointer into
// it, since a member of a JSON text is many small pieces and std::string::append costs as much as
// the copying. Invariant: while a cursor lives, the string belongs to it; what it has not filled is
// given back when it goes.
class TextCursor {
 public:
  // `step`: bytes the string is made longer by at once, since resize() fills them with zeros first.
  explicit TextCursor(std::string* out, size_t step = kStep)
      : out_(out), step_(step), size_(out->size()), end_(size_), data_(out->data()) {}
  ~TextCursor() { out_->resize(size_); }
  TextCursor(const TextCursor&) = delete;
  TextCursor& operator=(const TextCursor&) = delete;

  void Append(char c) {
    Require(1);
    data_[size_++] = c;
  }
  void Append(std::string_view text) {
    Require(text.size());
    std::memcpy(data_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  // `before`, `text` escaped as in a JSON string, `after`: in one step, since that is most of what
  // is written.
  void AppendEscaped(std::string_view before, std::string_view text, std::string_view after) {
    const size_t size = before.size() + text.size() + after.size();
    Require(size);
    char* p = data_ + size_;
    std::memcpy(p, before.data(), before.size());
    p += before.size();
    const size_t plain = CopyPlain(text, p);
    if (plain < text.size()) [[unlikely]] {
      size_ += before.size() + plain;
      AppendFromEscape(text.substr(plain));
      return Append(after);
    }
    std::memcpy(p + text.size(), after.data(), after.size());
    size_ += size;
  }
  // Standard, with padding, without quotes.
  void AppendBase64(std::string_view bytes);
  // A packed decimal as AWS writes numbers, without quotes.
  void AppendNumber(std::string_view packed);

 private:
  // Room for `n` more bytes.
  void Require(size_t n) {
    if (end_ - size_ < n) [[unlikely]]
      Open(n);
  }
  void Open(size_t n);
  // Copies `text` up to the first byte that needs an escape, and maybe more of it; how far that
  // was.
  static size_t CopyPlain(std::string_view text, char* to);
  // The first byte needs an escape.
  void AppendFromEscape(std::string_view text);
  void AppendEscape(unsigned char c);

  static constexpr size_t kStep = 512;
  std::string* out_;
  size_t step_;
  size_t size_;  // filled
  size_t end_;   // of the string
  char* data_;
  std::string number_;  // reused
};

}  // namespace millrace
