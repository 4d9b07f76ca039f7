#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "sdk/frames.h"

// What the decoder and CheckReply both refuse. Private to the frame files.
namespace millrace {

// UTF-8 of at most `size_max` bytes. `what` names the field in the error.
Status CheckFrameText(std::string_view what, std::string_view text, size_t size_max);
// The same, and not empty.
Status CheckFrameName(std::string_view what, std::string_view text);
Status CheckFrameItem(std::string_view what, std::string_view bytes);
// One write for itself: kind against fields, names, items, placeholders.
Status CheckTableWrite(const TableWrite& write);
// What a write counts towards kReplyWritesSizeMax: every byte that it carries.
size_t SizeOfWrite(const TableWrite& write);
// `index` strictly ascending, below kInvocationRecordsMax.
Status CheckFailedRecords(const std::vector<uint32_t>& indexes);

}  // namespace millrace
