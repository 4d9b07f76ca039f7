#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "triggers/process/spawner.h"

namespace millrace {

// Handlers that were built with a sanitizer need more than the sandbox gives to any other: its
// runtime maps terabytes of shadow memory, reads /proc, and LeakSanitizer traces the process at its
// end. The tests grant that from outside, through what the product's interfaces offer anyway.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kSanitizerExitCode = 1;  // with a report
#elif defined(__SANITIZE_THREAD__)
constexpr int kSanitizerExitCode = 66;
#else
constexpr int kSanitizerExitCode = 0;  // no sanitizer
#endif
constexpr bool kSanitized = kSanitizerExitCode != 0;

// A process built with a sanitizer takes no limit of private memory, and its own leak check would
// have to trace it, which the sandbox refuses.
inline void AdaptToSanitizers(HandlerSpec* spec) {
  if (!kSanitized) return;
  spec->limits.memory_bytes = 0;
  spec->environment.emplace_back("ASAN_OPTIONS", "detect_leaks=0");
}

// The spawner that a test gets to give to the product.
class SanitizedSpawner final : public Spawner {
 public:
  explicit SanitizedSpawner(std::unique_ptr<Spawner> real) : real_(std::move(real)) {}

  Result<std::string> Stage(const std::string& executable) override {
    return real_->Stage(executable);
  }
  bool IsStaged(std::string_view digest) const override { return real_->IsStaged(digest); }
  Result<HandlerEndpoint> MakeEndpoint() override { return real_->MakeEndpoint(); }
  void RemoveEndpoint(const HandlerEndpoint& endpoint) override { real_->RemoveEndpoint(endpoint); }
  Result<std::unique_ptr<HandlerProcess>> Spawn(const HandlerSpec& spec) override {
    HandlerSpec adapted = spec;
    AdaptToSanitizers(&adapted);
    return real_->Spawn(adapted);
  }

 private:
  const std::unique_ptr<Spawner> real_;
};

// MakeSandboxSpawner, for handlers that were built as the test was.
inline Result<std::unique_ptr<Spawner>> MakeTestSpawner(SandboxOptions options) {
  options.mount_proc = options.mount_proc || kSanitized;
  ASSIGN_OR_RETURN(std::unique_ptr<Spawner> real, MakeSandboxSpawner(options));
  if (!kSanitized) return real;
  return std::unique_ptr<Spawner>(std::make_unique<SanitizedSpawner>(std::move(real)));
}

}  // namespace millrace
