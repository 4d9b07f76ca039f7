#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace millrace {

// Bytes read from a socket and not yet understood: a buffer that grows only with what has arrived,
// never with what was announced, and that gives memory back when it is empty again.
class ByteQueue {
 public:
  std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
  size_t capacity() const { return capacity_; }

  // Room for `size` bytes behind what is there. Moves unread().
  char* Reserve(size_t size) {
    if (capacity_ - end_ < size) MakeRoom(size);
    return data_.get() + end_;
  }
  void Appended(size_t size) { end_ += size; }

  // `size` bytes from the front have been dealt with. Views of the rest stay valid.
  void Consume(size_t size) {
    begin_ += size;
    if (begin_ == end_) Clear();
  }
  // Nothing of it is wanted any more.
  void Clear() { begin_ = end_ = 0; }
  // Gives back what one large message took.
  void Trim() {
    if (begin_ != end_ || capacity_ <= kKeptMax) return;
    data_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr size_t kKeptMax = 512 * 1024;  // bytes

  void MakeRoom(size_t size) {
    const size_t unread = end_ - begin_;
    if (capacity_ - unread < size || begin_ < capacity_ / 2) {
      const size_t capacity = std::max(2 * capacity_, unread + size);
      std::unique_ptr<char[]> grown(new char[capacity]);
      if (unread > 0) std::memcpy(grown.get(), data_.get() + begin_, unread);
      data_ = std::move(grown);
      capacity_ = capacity;
    } else {
      std::memmove(data_.get(), data_.get() + begin_, unread);
    }
    begin_ = 0;
    end_ = unread;
  }

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace millrace
