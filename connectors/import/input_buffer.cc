#include "connectors/import/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace millrace {
namespace {

constexpr size_t kSize = size_t{512} << 10;  // bytes, as long as no record is longer

}  // namespace

InputBuffer::InputBuffer(ByteSource* source) : source_(source), buffer_(kSize) {}

Status InputBuffer::Fill() {
  if (begin_ > 0 && begin_ >= buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  ASSIGN_OR_RETURN(const size_t taken, source_->Read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += taken;
  at_end_ = taken == 0;
  if (!began_ && (end_ >= 3 || at_end_)) return SkipByteOrderMark();
  return Status::Ok();
}

Status InputBuffer::SkipByteOrderMark() {
  began_ = true;
  const std::string_view start = data();
  if (start.substr(0, 2) == "\xff\xfe" || start.substr(0, 2) == "\xfe\xff") {
    return Status::Validation("the text is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)");
  }
  if (start.substr(0, 3) == "\xef\xbb\xbf") Consume(3);
  return Status::Ok();
}

void InputBuffer::Consume(size_t size) {
  const char* const from = buffer_.data() + begin_;
  line_ += static_cast<uint64_t>(std::count(from, from + size, '\n'));
  begin_ += size;
  offset_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

Status InputBuffer::SkipTo(uint64_t offset, uint64_t line) {
  if (offset_ >= offset) return Status::Ok();
  while (offset_ < offset) {
    if (data().empty() || !began_) {
      if (at_end_) {
        return Status::Validation("it ends before byte " + std::to_string(offset) +
                                  ", where the last run stopped");
      }
      RETURN_IF_ERROR(Fill());
      continue;
    }
    Consume(std::min<uint64_t>(data().size(), offset - offset_));
  }
  line_ = line;
  return Status::Ok();
}

}  // namespace millrace
