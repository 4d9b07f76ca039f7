#pragma once

#include "engine/json/json.h"
#include "streams/log_gap.h"

namespace millrace {

// Gaps: number, LastGap?: {AfterLsn, ThroughLsn, BeforeDateTime?}, absent when there is none or its
// place isn't known.
void WriteGaps(const LogGaps& gaps, JsonWriter* writer);

}  // namespace millrace
