// Any bytes on a connection, in any pieces: a list of requests, then perhaps an error. The pieces
// in which the network delivers them make no difference to the requests.
#include "server/http/request_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr size_t kHeadSizeMax = 512;
constexpr size_t kBodySizeMax = 1024;

struct Outcome {
  std::vector<std::string> requests;
  bool refused = false;
};

std::string Summary(const RequestText& text, bool keep_alive) {
  std::string all;
  for (const std::string* part :
       {&text.target, &text.amz_target, &text.authorization, &text.content_type, &text.body}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  all += static_cast<char>('0' + static_cast<int>(text.method));
  return all + (text.has_date ? 'd' : '-') + (keep_alive ? 'k' : '-');
}

// A connection's reading, without the connection.
class Reading {
 public:
  void Feed(std::string_view piece) {
    if (outcome_.refused) return;
    input_.append(piece);
    while (!input_.empty() && Step()) {
    }
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  // False when more bytes are needed, or no more are wanted.
  bool Step() {
    if (!reader_) {
      reader_.emplace(&text_, kHeadSizeMax, kBodySizeMax);
    }
    int refusal = 0;
    const size_t used = reader_->Take(input_, &refusal);
    MILLRACE_CHECK(used <= input_.size());
    input_.erase(0, used);
    MILLRACE_CHECK(text_.body.size() <= kBodySizeMax);
    outcome_.refused = refusal != 0;
    MILLRACE_CHECK(outcome_.refused || input_.size() <= kHeadSizeMax || reader_->is_done());
    if (outcome_.refused || !reader_->is_done()) return false;
    outcome_.requests.push_back(Summary(text_, reader_->keep_alive()));
    reader_.reset();
    text_.Clear();
    return true;
  }

  std::string input_;
  std::optional<RequestReader> reader_;
  RequestText text_;
  Outcome outcome_;
};

// The first byte says how the rest is cut up.
void Run(std::string_view bytes) {
  if (bytes.empty()) return;
  const size_t piece = 1 + static_cast<uint8_t>(bytes[0]) % 32;
  bytes.remove_prefix(1);
  Reading whole;
  whole.Feed(bytes);
  Reading cut;
  for (size_t at = 0; at < bytes.size(); at += piece) cut.Feed(bytes.substr(at, piece));
  const auto& a = whole.outcome().requests;
  const auto& b = cut.outcome().requests;
  // The parser may find an error, as a head that is too large, sooner in the larger piece.
  const size_t both = std::min(a.size(), b.size());
  MILLRACE_CHECK(std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(both), b.begin()));
  MILLRACE_CHECK(a.size() == b.size() || whole.outcome().refused || cut.outcome().refused);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
