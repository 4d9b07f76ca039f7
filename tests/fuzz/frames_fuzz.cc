// Any bytes as a message of a handler or of the server: refused, or decoded into a frame that,
// encoded again, says the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/check.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

template <typename Frame>
std::string Encoded(const Frame& frame) {
  return std::visit([](const auto& one) { return EncodeFrame(one); }, frame);
}

template <typename Decode>
void CheckEnvelope(std::string_view bytes, Decode decode) {
  const auto frame = decode(bytes);
  if (!frame.ok()) {
    MILLRACE_CHECK(frame.status().Is(ErrorCode::kValidation));
    MILLRACE_CHECK(!frame.status().message().empty());
    return;
  }
  const std::string encoded = Encoded(*frame);
  const auto again = decode(encoded);
  MILLRACE_CHECK(again.ok(), "what was decoded is refused");
  MILLRACE_CHECK(Encoded(*again) == encoded, "another frame after a round");
}

void CheckPayload(std::string_view bytes) {
  const Result<RecordsView> records = RecordsView::Decode(bytes);
  if (!records.ok()) return;
  size_t total = 0;
  for (size_t i = 0; i < records->size(); ++i) {
    const std::string copy(records->record(i).bytes());  // reads every byte
    total += copy.size();
  }
  MILLRACE_CHECK(total <= bytes.size());
}

void Run(std::string_view bytes) {
  CheckEnvelope(bytes, DecodeHandlerFrame);
  CheckEnvelope(bytes, DecodeServerFrame);
  CheckPayload(bytes);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
