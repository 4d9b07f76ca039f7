#include "engine/log/segment_format.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

constexpr std::string_view kHeaderMagic = "millrseg";
constexpr std::string_view kTrailerMagic = "millrend";
constexpr std::string_view kSuffix = ".seg";
constexpr size_t kNameDigits = 20;
constexpr size_t kHeaderFieldsSize = 56;   // magic to durable_before; then its crc
constexpr size_t kTrailerFieldsSize = 84;  // end to digest and padding; then its crc and the magic

Status Corrupt(const std::string& path, std::string_view what) {
  return Status(ErrorCode::kCorruption, path + ": " + std::string(what));
}

}  // namespace

std::string SegmentName(Lsn first) {
  char name[32];
  const int length = std::snprintf(name, sizeof name, "%020llu.seg",
                                   static_cast<unsigned long long>(first.value()));
  return std::string(name, static_cast<size_t>(length));
}

std::optional<Lsn> ParseSegmentName(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t first = 0;
  const char* digits_end = name.data() + kNameDigits;
  const auto [end, error] = std::from_chars(name.data(), digits_end, first);
  if (error != std::errc() || end != digits_end || first == 0) return std::nullopt;
  return Lsn(first);
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kHeaderMagic);
  PutLittle(&out, kSegmentFormat);
  PutLittle(&out, header.group);
  PutLittle(&out, header.log_id);
  PutLittle(&out, header.salt);
  PutLittle(&out, header.previous_crc);
  PutLittle(&out, header.first.value());
  PutLittle(&out, header.durable_before.value());
  out.resize(kHeaderFieldsSize);
  PutLittle(&out, Crc32c(out));
  out.resize(kSegmentHeaderSize);
  return out;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view file, const std::string& path) {
  if (file.size() < kSegmentHeaderSize) return Corrupt(path, "shorter than a segment's header");
  std::string_view in = file.substr(0, kHeaderFieldsSize);
  std::string_view magic;
  uint32_t format = 0;
  uint64_t first = 0;
  uint64_t durable_before = 0;
  SegmentHeader header;
  const bool whole = TakeBytes(&in, kHeaderMagic.size(), &magic) && TakeLittle(&in, &format) &&
                     TakeLittle(&in, &header.group) && TakeLittle(&in, &header.log_id) &&
                     TakeLittle(&in, &header.salt) && TakeLittle(&in, &header.previous_crc) &&
                     TakeLittle(&in, &first) && TakeLittle(&in, &durable_before);
  if (!whole || magic != kHeaderMagic) return Corrupt(path, "not a segment of a commit log");
  if (format > kSegmentFormat) {
    return Status(ErrorCode::kUnsupportedFormat,
                  path + ": written in format " + std::to_string(format) +
                      " by a later version; this one reads up to format " +
                      std::to_string(kSegmentFormat));
  }
  const auto crc = LoadLittle<uint32_t>(file.data() + kHeaderFieldsSize);
  if (crc != Crc32c(file.substr(0, kHeaderFieldsSize))) {
    return Corrupt(path, "the segment's header is damaged");
  }
  header.first = Lsn(first);
  header.durable_before = Lsn(durable_before);
  return header;
}

std::string EncodeSegmentTrailer(const SegmentTrailer& trailer, uint32_t salt) {
  std::string out;
  PutLittle(&out, trailer.end);
  PutLittle(&out, trailer.last.value());
  PutLittle(&out, trailer.first_time_micros);
  PutLittle(&out, trailer.max_time_micros);
  PutLittle(&out, trailer.last_crc);
  PutLittle(&out, trailer.index_length);
  PutLittle(&out, trailer.index_crc);
  out.append(BytesOf(trailer.digest));
  out.resize(kTrailerFieldsSize);
  PutLittle(&out, Crc32c(out, salt));
  out.append(kTrailerMagic);
  return out;
}

std::optional<SegmentTrailer> DecodeSegmentTrailer(std::string_view file, uint32_t salt) {
  if (file.size() < kSegmentTrailerSize) return std::nullopt;
  return DecodeSegmentTrailer(file.substr(file.size() - kSegmentTrailerSize), file.size(), salt);
}

std::optional<SegmentTrailer> DecodeSegmentTrailer(std::string_view bytes, uint64_t file_size,
                                                   uint32_t salt) {
  if (file_size < kSegmentHeaderSize + kSegmentTrailerSize) return std::nullopt;
  if (bytes.size() != kSegmentTrailerSize) return std::nullopt;
  if (!bytes.ends_with(kTrailerMagic)) return std::nullopt;
  std::string_view in = bytes.substr(0, kTrailerFieldsSize);
  if (LoadLittle<uint32_t>(in.end()) != Crc32c(in, salt)) return std::nullopt;
  uint64_t last = 0;
  std::string_view digest;
  SegmentTrailer trailer;
  const bool whole =
      TakeLittle(&in, &trailer.end) && TakeLittle(&in, &last) &&
      TakeLittle(&in, &trailer.first_time_micros) && TakeLittle(&in, &trailer.max_time_micros) &&
      TakeLittle(&in, &trailer.last_crc) && TakeLittle(&in, &trailer.index_length) &&
      TakeLittle(&in, &trailer.index_crc) && TakeBytes(&in, trailer.digest.size(), &digest);
  if (!whole || trailer.end < kSegmentHeaderSize) return std::nullopt;
  const uint64_t tail = uint64_t{trailer.index_length} + kSegmentTrailerSize;
  if (tail > file_size || trailer.end != file_size - tail) return std::nullopt;
  std::memcpy(trailer.digest.data(), digest.data(), digest.size());
  trailer.last = Lsn(last);
  return trailer;
}

}  // namespace millrace::log_internal
