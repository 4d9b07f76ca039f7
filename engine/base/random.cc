#include "engine/base/random.h"

#include <sys/random.h>

#include <cstdio>

#include "engine/base/check.h"

namespace millrace {

uint64_t SystemRandom() {
  uint64_t value = 0;
  MILLRACE_CHECK(getrandom(&value, sizeof value, 0) == sizeof value);
  return value;
}

std::string NewUuid() {
  constexpr uint64_t kVersion4 = 0x4000;
  constexpr uint64_t kVariant = uint64_t{0x8000} << 48;
  const uint64_t high = (SystemRandom() & ~uint64_t{0xf000}) | kVersion4;
  const uint64_t low = (SystemRandom() & ~(uint64_t{0xc000} << 48)) | kVariant;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>((high >> 16) & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(low >> 48),
                static_cast<unsigned long long>(low & 0xffff'ffff'ffff));
  return text;
}

}  // namespace millrace
