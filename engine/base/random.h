#pragma once

#include <cstdint>
#include <string>

namespace millrace {

// A small seeded generator (SplitMix64): the same seed gives the same run. Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, n); n > 0.
  uint64_t Uniform(uint64_t n) { return Next() % n; }
  bool OneIn(uint64_t n) { return Uniform(n) == 0; }

 private:
  uint64_t state_;
};

// 64 bits from the operating system: seeds.
uint64_t SystemRandom();
// A random (version 4) UUID, lower case with dashes: table ids, mapping ids.
std::string NewUuid();

}  // namespace millrace
