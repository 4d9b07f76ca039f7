#pragma once

#include "engine/database.h"
#include "triggers/job.h"

namespace millrace {

// Commits and waits. What only the moment refuses (a full queue, a full disk, a conflict) is tried
// again, with a backoff, until the job is stopped: then the last refusal is returned.
CommitResult CommitPatiently(Database* database, const CommitRequest& request, const Job& job);

// The state of the database, not of the request, made it fail: the job cannot go on.
bool EndsJob(ErrorCode code);

}  // namespace millrace
