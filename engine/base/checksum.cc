#include "engine/base/checksum.h"

#define XXH_INLINE_ALL
#include <nmmintrin.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <memory>

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr std::array<uint32_t, 256> MakeCrc32cTable() {
  constexpr uint32_t kReversedPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReversedPolynomial : 0);
    table[i] = crc;
  }
  return table;
}

uint32_t Crc32cPortable(std::string_view bytes, uint32_t crc) {
  static constexpr auto kTable = MakeCrc32cTable();
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff] ^ (crc >> 8);
  return crc;
}

__attribute__((target("sse4.2"))) uint32_t Crc32cHardware(std::string_view bytes, uint32_t crc) {
  uint64_t wide = crc;
  const char* p = bytes.data();
  size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) wide = _mm_crc32_u64(wide, LoadLittle<uint64_t>(p));
  crc = static_cast<uint32_t>(wide);
  for (; n > 0; --n, ++p) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(*p));
  return crc;
}

// A context and a fetched algorithm a thread: fetching costs more than hashing a short input.
class Sha256Context {
 public:
  Sha256Context()
      : context_(EVP_MD_CTX_new()), algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
    MILLRACE_CHECK(context_ != nullptr && algorithm_ != nullptr);
  }
  ~Sha256Context() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(algorithm_);
  }
  Sha256Context(const Sha256Context&) = delete;
  Sha256Context& operator=(const Sha256Context&) = delete;

  Digest Hash(std::string_view a, std::string_view b) {
    Digest digest;
    unsigned int length = 0;
    MILLRACE_CHECK(EVP_DigestInit_ex2(context_, algorithm_, nullptr) == 1 &&
                   EVP_DigestUpdate(context_, a.data(), a.size()) == 1 &&
                   EVP_DigestUpdate(context_, b.data(), b.size()) == 1 &&
                   EVP_DigestFinal_ex(context_, digest.data(), &length) == 1 &&
                   length == digest.size());
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
  EVP_MD* algorithm_;
};

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t crc) {
  static const bool hardware = __builtin_cpu_supports("sse4.2");
  return ~(hardware ? Crc32cHardware(bytes, ~crc) : Crc32cPortable(bytes, ~crc));
}

uint64_t SeededHash(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Digest Sha256(std::string_view bytes) {
  return Sha256(bytes, {});
}

Digest Sha256(std::string_view a, std::string_view b) {
  static thread_local Sha256Context context;
  return context.Hash(a, b);
}

std::string_view BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace millrace
