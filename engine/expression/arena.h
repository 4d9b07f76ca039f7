#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace millrace::expr {

// Copies of byte strings that stay where they are until it goes.
class Arena {
 public:
  std::string_view Copy(std::string_view bytes) {
    if (bytes.size() > free_) Grow(bytes.size());
    char* const at = next_;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    next_ += bytes.size();
    free_ -= bytes.size();
    return {at, bytes.size()};
  }

 private:
  static constexpr size_t kChunkSize = 1024;
  void Grow(size_t wanted) {
    free_ = wanted > kChunkSize ? wanted : kChunkSize;
    chunks_.push_back(std::unique_ptr<char[]>(new char[free_]));
    next_ = chunks_.back().get();
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t free_ = 0;
};

}  // namespace millrace::expr
