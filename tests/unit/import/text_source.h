#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "connectors/import/byte_source.h"

namespace millrace {

// A text given out in pieces of a chosen size.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text, size_t piece = SIZE_MAX)
      : text_(std::move(text)), piece_(piece) {}
  Result<size_t> Read(char* to, size_t size) override {
    if (interrupts_ > 0) {
      --interrupts_;
      return Status(ErrorCode::kUnavailable, "interrupted");
    }
    const size_t taken = std::min({size, piece_, text_.size() - at_});
    std::memcpy(to, text_.data() + at_, taken);
    at_ += taken;
    return taken;
  }
  uint64_t file_bytes() const override { return at_; }
  void InterruptNext(int times) { interrupts_ = times; }

 private:
  const std::string text_;
  const size_t piece_;
  size_t at_ = 0;
  int interrupts_ = 0;
};

inline std::string Gzipped(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace millrace
