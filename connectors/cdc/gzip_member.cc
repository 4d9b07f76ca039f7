#include "connectors/cdc/gzip_member.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr uint32_t kFastLevel = 1;

// What can't be compressed is stored, in blocks of up to 64 KB with a head of 5 bytes each.
size_t BoundOfFast(size_t size) {
  constexpr size_t kHeadAndTail = 64;
  return size + size / 1024 + kHeadAndTail;
}

}  // namespace

GzipMember::GzipMember(uint32_t level) {
  if (level == kFastLevel) {
    fast_ = std::make_unique<isal_zstream>();
    fast_buffer_.resize(ISAL_DEF_LVL1_LARGE);
  } else {
    small_ = libdeflate_alloc_compressor(static_cast<int>(level));
    MILLRACE_CHECK(small_ != nullptr);
  }
}

GzipMember::~GzipMember() {
  if (small_ != nullptr) libdeflate_free_compressor(small_);
}

size_t GzipMember::CompressFast(std::string_view text) {
  isal_deflate_stateless_init(fast_.get());
  fast_->level = kFastLevel;
  fast_->level_buf = reinterpret_cast<uint8_t*>(fast_buffer_.data());
  fast_->level_buf_size = static_cast<uint32_t>(fast_buffer_.size());
  fast_->gzip_flag = IGZIP_GZIP;
  fast_->end_of_stream = 1;
  fast_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  fast_->avail_in = static_cast<uint32_t>(text.size());
  fast_->next_out = reinterpret_cast<uint8_t*>(member_.data());
  fast_->avail_out = static_cast<uint32_t>(member_.size());
  return isal_deflate_stateless(fast_.get()) == COMP_OK ? fast_->total_out : 0;
}

std::string_view GzipMember::Compress(std::string_view text) {
  const size_t bound = small_ == nullptr ? BoundOfFast(text.size())
                                         : libdeflate_gzip_compress_bound(small_, text.size());
  if (member_.size() < bound) member_.resize(bound);
  const size_t size = small_ == nullptr ? CompressFast(text)
                                        : libdeflate_gzip_compress(small_, text.data(), text.size(),
                                                                   member_.data(), member_.size());
  MILLRACE_CHECK(size > 0, "a member does not fit its bound");
  return std::string_view(member_).substr(0, size);
}

}  // namespace millrace
