#include "connectors/cdc/sha256_stream.h"

#include <openssl/evp.h>

#include "engine/base/check.h"
#include "engine/base/checksum.h"
#include "engine/base/hex.h"

namespace millrace {

struct Sha256Stream::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : impl_(std::make_unique<Impl>()) {
  MILLRACE_CHECK(impl_->context != nullptr &&
                 EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Update(std::string_view bytes) {
  MILLRACE_CHECK(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256Stream::Finish() {
  Digest digest;
  unsigned int length = 0;
  MILLRACE_CHECK(EVP_DigestFinal_ex(impl_->context, digest.data(), &length) == 1 &&
                 length == digest.size());
  return ToHex(BytesOf(digest));
}

}  // namespace millrace
