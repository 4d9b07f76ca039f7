#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// Dead letters and replays, under Millrace_20261121. AWS has nothing of the kind.
//
// Whose letters: Mapping (a uuid), and TableName where the mapping was deleted. A redrive and a
// replay are jobs: Start... replies with a Job, DescribeJob says how far it is, StopJob ends it,
// GetJobOutput reads what it has to say: {Lines, NextCursor}. A line that was read past is gone.
namespace millrace {

class Call;

extern const Shape kListDeadLettersInput;
Status ListDeadLetters(Call* call);

extern const Shape kGetDeadLetterInput;
Status GetDeadLetter(Call* call);

extern const Shape kDeleteDeadLettersInput;
Status DeleteDeadLetters(Call* call);

extern const Shape kRedriveDeadLettersInput;
Status RedriveDeadLetters(Call* call);

extern const Shape kStartReplayInput;
Status StartReplay(Call* call);

extern const Shape kListJobsInput;
Status ListJobs(Call* call);

extern const Shape kDescribeJobInput;
Status DescribeJob(Call* call);

extern const Shape kStopJobInput;
Status StopJob(Call* call);

extern const Shape kGetJobOutputInput;
Status GetJobOutput(Call* call);

}  // namespace millrace
