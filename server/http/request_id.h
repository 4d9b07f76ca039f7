#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/random.h"

namespace millrace {

constexpr size_t kRequestIdSize = 52;
using RequestId = std::array<char, kRequestIdSize>;

// Ids as AWS's DynamoDB writes them: 52 characters of 0-9A-V. Unique, not secret. One a thread.
class RequestIdGenerator {
 public:
  RequestIdGenerator() : random_(SystemRandom()) {}
  explicit RequestIdGenerator(uint64_t seed) : random_(seed) {}

  void Next(RequestId* id) {
    size_t i = 0;
    while (i < kRequestIdSize) {
      uint64_t bits = random_.Next();
      for (int k = 0; k < 12 && i < kRequestIdSize; ++k, bits >>= 5) {  // 12 x 5 bits of 64
        (*id)[i++] = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[bits & 31];
      }
    }
  }

 private:
  Random random_;
};

}  // namespace millrace
