#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace millrace {

// CRC-32C (Castagnoli), continuing from `crc` (0 to start): in hardware where the CPU has SSE 4.2.
// Protects frames and headers.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

// XXH3-64 with a seed: key hashing. The seed is a table's own, so that keys of one table say
// nothing about another's.
uint64_t SeededHash(std::string_view bytes, uint64_t seed);

// SHA-256. Digest of a record's body and the links of a shard's hash chain.
using Digest = std::array<uint8_t, 32>;
Digest Sha256(std::string_view bytes);
// Sha256(a followed by b).
Digest Sha256(std::string_view a, std::string_view b);
std::string_view BytesOf(const Digest& digest);

}  // namespace millrace
