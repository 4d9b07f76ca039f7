#pragma once

#include <string>
#include <vector>

#include "sdk/frames.h"

namespace millrace {

// One of each frame, every field set.
InvokeFrame SampleInvoke();
GetReplyFrame SampleGetReply();
ReadyFrame SampleReady();
GetFrame SampleGet();
ReplyFrame SampleReply();

std::string ItemOf(std::string_view name, std::string_view text);
// An item of exactly `size` bytes.
std::string ItemOfSize(size_t size);

// All that can be read from a frame, as text: to compare frames by.
std::string Describe(const ServerFrame& frame);
std::string Describe(const HandlerFrame& frame);

}  // namespace millrace
