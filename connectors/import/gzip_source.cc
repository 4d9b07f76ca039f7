#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "connectors/import/byte_source.h"

namespace millrace {
namespace {

constexpr size_t kPackedSize = size_t{128} << 10;  // bytes read at a time
constexpr int kGzipOnly = 15 + 16;                 // zlib's window bits: the largest, gzip's header

class UnpackedSource final : public ByteSource {
 public:
  explicit UnpackedSource(std::unique_ptr<ByteSource> packed)
      : packed_(std::move(packed)), buffer_(kPackedSize) {}
  ~UnpackedSource() override {
    if (state_ == State::kGzip) inflateEnd(&stream_);
  }

  Result<size_t> Read(char* to, size_t size) override {
    if (state_ == State::kUnknown) RETURN_IF_ERROR(LookAtMagic());
    if (state_ == State::kPlain) return ReadPlain(to, size);
    return ReadGzip(to, size);
  }

  bool WouldWait() const override {
    return stream_.avail_in == 0 && !packed_end_ && packed_->WouldWait();
  }
  uint64_t file_bytes() const override { return packed_->file_bytes(); }

 private:
  enum class State { kUnknown, kPlain, kGzip };

  // More packed bytes behind those that are left.
  Status Refill() {
    const size_t left = stream_.avail_in;
    if (left > 0) std::memmove(buffer_.data(), stream_.next_in, left);
    ASSIGN_OR_RETURN(const size_t taken,
                     packed_->Read(buffer_.data() + left, buffer_.size() - left));
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(left + taken);
    packed_end_ = taken == 0;
    return Status::Ok();
  }

  bool AtMagic() const {
    return stream_.avail_in >= 2 && stream_.next_in[0] == 0x1f && stream_.next_in[1] == 0x8b;
  }

  Status LookAtMagic() {
    while (stream_.avail_in < 2 && !packed_end_) RETURN_IF_ERROR(Refill());
    if (!AtMagic()) {
      state_ = State::kPlain;
      return Status::Ok();
    }
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      return Status(ErrorCode::kIo, "zlib has no memory");
    }
    state_ = State::kGzip;
    return Status::Ok();
  }

  Result<size_t> ReadPlain(char* to, size_t size) {
    if (stream_.avail_in == 0) return packed_->Read(to, size);
    const size_t taken = std::min<size_t>(size, stream_.avail_in);
    std::memcpy(to, stream_.next_in, taken);
    stream_.next_in += taken;
    stream_.avail_in -= static_cast<uInt>(taken);
    return taken;
  }

  Result<size_t> ReadGzip(char* to, size_t size) {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0 && !packed_end_) RETURN_IF_ERROR(Refill());
      if (member_ended_) {
        ASSIGN_OR_RETURN(const bool more, NextMember());
        if (!more) return size_t{0};
      }
      if (stream_.avail_in == 0 && packed_end_) {
        return Status::Validation("the gzip data end in the middle: the file was cut off");
      }
      const int outcome = inflate(&stream_, Z_NO_FLUSH);
      member_ended_ = outcome == Z_STREAM_END;
      if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
        return Status::Validation(std::string("the gzip data are damaged (") +
                                  (stream_.msg != nullptr ? stream_.msg : "unknown reason") + ")");
      }
    }
    return size - stream_.avail_out;
  }

  // At the end of a member: whether another one follows. Zeros may pad the file, as gzip allows.
  Result<bool> NextMember() {
    for (;;) {
      while (stream_.avail_in > 0 && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
      }
      if (stream_.avail_in >= 2 || packed_end_) break;
      RETURN_IF_ERROR(Refill());
    }
    if (stream_.avail_in == 0) return false;
    if (!AtMagic()) return Status::Validation("something that is not gzip follows the gzip data");
    inflateReset(&stream_);
    member_ended_ = false;
    return true;
  }

  std::unique_ptr<ByteSource> packed_;
  std::vector<char> buffer_;
  z_stream stream_ = {};  // its input is what of the buffer is left
  State state_ = State::kUnknown;
  bool packed_end_ = false;
  bool member_ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> Unpacked(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<UnpackedSource>(std::move(packed));
}

}  // namespace millrace
