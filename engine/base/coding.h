#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

// Fixed-width integers in byte strings. Big-endian where bytes are compared (keys), little-endian
// everywhere else. Loads and stores are free of alignment.
static_assert(std::endian::native == std::endian::little);

template <typename T>
inline T LoadLittle(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

template <typename T>
inline void StoreLittle(char* p, T value) {
  std::memcpy(p, &value, sizeof value);
}

template <typename T>
inline void PutLittle(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline uint16_t SwapBytes(uint16_t v) {
  return __builtin_bswap16(v);
}
inline uint32_t SwapBytes(uint32_t v) {
  return __builtin_bswap32(v);
}
inline uint64_t SwapBytes(uint64_t v) {
  return __builtin_bswap64(v);
}

template <typename T>
inline T LoadBig(const char* p) {
  return SwapBytes(LoadLittle<T>(p));
}

template <typename T>
inline void PutBig(std::string* out, T value) {
  PutLittle(out, SwapBytes(value));
}

// LEB128.
inline void PutVarint(std::string* out, uint64_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// Takes a value of fixed width, a varint, or `n` bytes off the front of `in`. False, with `in`
// unspecified, when `in` is too short or the varint longer than 64 bits: the checked reader of
// bytes that come from disk or from outside.
template <typename T>
[[nodiscard]] inline bool TakeLittle(std::string_view* in, T* value) {
  if (in->size() < sizeof(T)) return false;
  *value = LoadLittle<T>(in->data());
  in->remove_prefix(sizeof(T));
  return true;
}

template <typename T>
[[nodiscard]] inline bool TakeBig(std::string_view* in, T* value) {
  if (in->size() < sizeof(T)) return false;
  *value = LoadBig<T>(in->data());
  in->remove_prefix(sizeof(T));
  return true;
}

[[nodiscard]] inline bool TakeVarint(std::string_view* in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in->empty()) return false;
    const auto byte = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    *value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

[[nodiscard]] inline bool TakeBytes(std::string_view* in, uint64_t n, std::string_view* bytes) {
  if (in->size() < n) return false;
  *bytes = in->substr(0, n);
  in->remove_prefix(n);
  return true;
}

// A varint length and the bytes.
inline void PutPrefixed(std::string* out, std::string_view bytes) {
  PutVarint(out, bytes.size());
  out->append(bytes);
}

[[nodiscard]] inline bool TakePrefixed(std::string_view* in, std::string_view* bytes) {
  uint64_t n = 0;
  return TakeVarint(in, &n) && TakeBytes(in, n, bytes);
}

}  // namespace millrace
