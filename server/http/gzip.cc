#include "server/http/gzip.h"

#include <libdeflate.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <memory>

namespace millrace {
namespace {

constexpr int kLevel =
    1;  // JSON becomes a tenth at 300 MB/s; higher levels cost more than they save
constexpr size_t kFirstSize = 64 * 1024;

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* it) const { libdeflate_free_decompressor(it); }
};
struct FreeCompressor {
  void operator()(libdeflate_compressor* it) const { libdeflate_free_compressor(it); }
};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "q=0", "q=0.0": not wanted.
bool IsRefused(std::string_view parameters) {
  parameters = Trimmed(parameters);
  if (parameters.substr(0, 2) != "q=" && parameters.substr(0, 2) != "Q=") return false;
  return parameters.find_first_not_of("0.", 2) == parameters.npos;
}

// Null: none there is.
decltype(&libdeflate_gzip_decompress_ex) DecompressOf(BodyCoding coding) {
  switch (coding) {
    case BodyCoding::kGzip:
      return libdeflate_gzip_decompress_ex;
    case BodyCoding::kDeflate:
      return libdeflate_zlib_decompress_ex;
    default:
      return nullptr;
  }
}

}  // namespace

BodyCoding CodingOf(std::string_view content_encoding) {
  using boost::beast::iequals;
  const std::string_view coding = Trimmed(content_encoding);
  if (coding.empty() || iequals(coding, "identity")) return BodyCoding::kNone;
  if (iequals(coding, "gzip")) return BodyCoding::kGzip;
  return iequals(coding, "deflate") ? BodyCoding::kDeflate : BodyCoding::kUnknown;
}

Unpacked Unpack(BodyCoding coding, std::string_view packed, size_t size_max, std::string* out) {
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  const auto decompress = DecompressOf(coding);
  if (decompressor == nullptr || decompress == nullptr || packed.empty()) return Unpacked::kCorrupt;
  out->clear();
  while (!packed.empty()) {
    const size_t before = out->size();
    size_t room = std::min(size_max - before, std::max(kFirstSize, packed.size()));
    for (;;) {
      out->resize(before + room);
      size_t taken = 0;
      size_t made = 0;
      const libdeflate_result result = decompress(decompressor.get(), packed.data(), packed.size(),
                                                  out->data() + before, room, &taken, &made);
      if (result == LIBDEFLATE_SUCCESS) {
        out->resize(before + made);
        packed.remove_prefix(taken);
        break;
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return Unpacked::kCorrupt;
      if (before + room == size_max) return Unpacked::kTooLarge;
      room = std::min(size_max - before, room * 4);
    }
    if (coding == BodyCoding::kDeflate && !packed.empty()) return Unpacked::kCorrupt;
  }
  return Unpacked::kDone;
}

bool Gzip(std::string* body) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(kLevel));
  if (compressor == nullptr || body->empty()) return false;
  std::string compressed(body->size(), '\0');
  const size_t size = libdeflate_gzip_compress(compressor.get(), body->data(), body->size(),
                                               compressed.data(), compressed.size());
  if (size == 0) return false;  // it does not fit
  compressed.resize(size);
  *body = std::move(compressed);
  return true;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view one = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == one.npos ? accept_encoding.size() : comma + 1);
    const size_t semicolon = one.find(';');
    if (!boost::beast::iequals(Trimmed(one.substr(0, semicolon)), "gzip")) continue;
    return semicolon == one.npos || !IsRefused(one.substr(semicolon + 1));
  }
  return false;
}

}  // namespace millrace
