#pragma once

#include "engine/json/json.h"
#include "triggers/dead_letter_store.h"
#include "triggers/job.h"

namespace millrace {

void WriteJob(const JobDescription& job, JsonWriter* writer);
// The members Lines and NextCursor.
void WriteJobOutput(const JobOutput& output, JsonWriter* writer);
// `whole`: with the images.
void WriteDeadLetter(const DeadLetter& letter, bool whole, JsonWriter* writer);

}  // namespace millrace
