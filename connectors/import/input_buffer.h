#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "connectors/import/byte_source.h"
#include "engine/base/status.h"

namespace millrace {

// The unread part of a source, with the place it begins at. A byte order mark of UTF-8 at the very
// beginning is passed over; UTF-16 is refused. Single-threaded.
class InputBuffer {
 public:
  // `source` outlives it.
  explicit InputBuffer(ByteSource* source);

  // Valid until the next Fill or Consume.
  std::string_view data() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // The source has no more than data().
  bool at_end() const { return at_end_; }
  // Makes data() longer, at least by half of it unless the source gives less, or sets at_end().
  // Errors: of the source, and then nothing was lost; kValidation for UTF-16.
  Status Fill();
  // Takes `size` bytes off the front and counts their lines.
  void Consume(size_t size);
  // Reads on to a place that an earlier run had reached, if it is further on. Error: kValidation
  // when the source ends before it.
  Status SkipTo(uint64_t offset, uint64_t line);

  uint64_t offset() const { return offset_; }  // bytes before data()
  uint64_t line() const { return line_; }      // of data()'s first byte, from 1

 private:
  Status SkipByteOrderMark();
  ByteSource* source_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool at_end_ = false;
  bool began_ = false;
  uint64_t offset_ = 0;
  uint64_t line_ = 1;
};

}  // namespace millrace
