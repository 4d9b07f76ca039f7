#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

// SHA-256 of what comes piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void Update(std::string_view bytes);
  // In lower-case hex. The last call.
  std::string Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
