#include "server/protocol/job_operations.h"

#include <string>
#include <utility>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/job_json.h"
#include "server/protocol/request_time.h"
#include "server/protocol/trigger_json.h"
#include "triggers/handler_jobs.h"

namespace millrace {
namespace {

constexpr Shape kInteger = PlainOf(ShapeKind::kInteger);
constexpr Shape kTextList = ListOf(&kAnyText);
constexpr Shape kTextMap = MapOf(&kAnyText);
constexpr Shape kCursor = NumberOf(ShapeKind::kLong, 0);
constexpr int64_t kListMax = 1000;
constexpr Shape kLimit = NumberOf(ShapeKind::kInteger, 1, kListMax);

constexpr Member kListMembers[] = {
    {"Mapping", &kAnyText, Presence::kRequired},
    {"TableName", &kAnyText},
    {"ExclusiveStart", &kAnyText},
    {"Limit", &kLimit},
};
constexpr Member kGetMembers[] = {
    {"Mapping", &kAnyText, Presence::kRequired},
    {"TableName", &kAnyText},
    {"SequenceNumber", &kAnyText, Presence::kRequired},
};
constexpr Member kDeleteMembers[] = {
    {"Mapping", &kAnyText, Presence::kRequired},
    {"TableName", &kAnyText},
    {"SequenceNumbers", &kTextList},
    {"All", &kAnyBoolean},
};
constexpr Member kRedriveMembers[] = {
    {"Mapping", &kAnyText, Presence::kRequired},
    {"TableName", &kAnyText},
    {"FunctionName", &kAnyText},
    {"SequenceNumber", &kAnyText},
    {"BatchSize", &kInteger},
};
constexpr std::string_view kModes[] = {"PRINT", "INTO", "COMPARE"};
constexpr Shape kMode = EnumOf(kModes);
constexpr Member kReplayMembers[] = {
    {"TableName", &kAnyText, Presence::kRequired},
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"FromTime", &kAnyNumber},
    {"FromSequenceNumber", &kAnyText},
    {"ToTime", &kAnyNumber},
    {"ToSequenceNumber", &kAnyText},
    {"Mode", &kMode},
    {"Prefix", &kAnyText},
    {"Tables", &kTextMap},
    {"Divert", &kTextList},
    {"WithoutOldImages", &kAnyBoolean},
    {"BatchSize", &kInteger},
};
constexpr Member kJobMembers[] = {{"JobId", &kAnyText, Presence::kRequired}};
constexpr Member kOutputMembers[] = {
    {"JobId", &kAnyText, Presence::kRequired},
    {"Cursor", &kCursor},
    {"Limit", &kLimit},
};

HandlerJobs& Jobs(Call* call) {
  return *call->services.triggers->jobs();
}

DeadLetterScope ReadScope(const Members& input) {
  return {std::string(input.Text("Mapping")), std::string(input.Text("TableName"))};
}

Result<std::optional<uint32_t>> ReadBatchSize(const Members& input) {
  if (!input.Has("BatchSize")) return std::optional<uint32_t>();
  ASSIGN_OR_RETURN(const uint32_t size, ReadUnsigned(input, "BatchSize", 0));
  return std::optional<uint32_t>(size);
}

Status ReadTables(const Members& input, ReplayRequest* request) {
  if (const auto tables = input.Find("Tables")) {
    RETURN_IF_ERROR(tables->ForEachMember([&](std::string_view name, JsonValue other) {
      request->tables.emplace_back(name, other.string());
      return Status::Ok();
    }));
  }
  const auto divert = input.Find("Divert");
  if (!divert) return Status::Ok();
  return divert->ForEachElement([&](JsonValue name) {
    request->tables.emplace_back(name.string(), "");
    return Status::Ok();
  });
}

Status ReplyJob(Call* call, const Result<JobDescription>& job) {
  RETURN_IF_ERROR(job.status());
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Job");
  WriteJob(*job, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace

const Shape kListDeadLettersInput = StructureOf("ListDeadLettersRequest", kListMembers);
const Shape kGetDeadLetterInput = StructureOf("GetDeadLetterRequest", kGetMembers);
const Shape kDeleteDeadLettersInput = StructureOf("DeleteDeadLettersRequest", kDeleteMembers);
const Shape kRedriveDeadLettersInput = StructureOf("RedriveDeadLettersRequest", kRedriveMembers);
const Shape kStartReplayInput = StructureOf("StartReplayRequest", kReplayMembers);
const Shape kListJobsInput = EmptyStructure("ListJobsRequest");
const Shape kDescribeJobInput = StructureOf("DescribeJobRequest", kJobMembers);
const Shape kStopJobInput = StructureOf("StopJobRequest", kJobMembers);
const Shape kGetJobOutputInput = StructureOf("GetJobOutputRequest", kOutputMembers);

Status ListDeadLetters(Call* call) {
  const Members& input = call->input;
  const auto limit = static_cast<size_t>(input.Integer("Limit").value_or(kListMax));
  ASSIGN_OR_RETURN(
      const DeadLetterPage page,
      Jobs(call).ListDeadLetters(ReadScope(input), input.Text("ExclusiveStart"), limit));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("DeadLetters");
  reply.BeginArray();
  for (const DeadLetter& letter : page.letters) WriteDeadLetter(letter, false, &reply);
  reply.EndArray();
  if (!page.next.empty()) {
    reply.Key("LastEvaluated");
    reply.String(page.next);
  }
  reply.EndObject();
  return Status::Ok();
}

Status GetDeadLetter(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const DeadLetter letter,
                   Jobs(call).GetDeadLetter(ReadScope(input), input.Text("SequenceNumber")));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("DeadLetter");
  WriteDeadLetter(letter, true, &reply);
  reply.EndObject();
  return Status::Ok();
}

Status DeleteDeadLetters(Call* call) {
  const Members& input = call->input;
  std::vector<std::string> numbers;
  if (const auto list = input.Find("SequenceNumbers")) {
    RETURN_IF_ERROR(list->ForEachElement([&numbers](JsonValue number) {
      numbers.emplace_back(number.string());
      return Status::Ok();
    }));
  }
  if (numbers.empty() != input.Boolean("All")) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "Say which dead letters: SequenceNumbers, or All.");
  }
  ASSIGN_OR_RETURN(const uint64_t deleted, Jobs(call).DeleteDeadLetters(ReadScope(input), numbers));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Deleted");
  reply.Integer(static_cast<int64_t>(deleted));
  reply.EndObject();
  return Status::Ok();
}

Status RedriveDeadLetters(Call* call) {
  const Members& input = call->input;
  RedriveRequest request;
  request.letters = ReadScope(input);
  request.function = input.Text("FunctionName");
  request.sequence_number = input.Text("SequenceNumber");
  ASSIGN_OR_RETURN(request.batch_size, ReadBatchSize(input));
  return ReplyJob(call, Jobs(call).StartRedrive(request));
}

Status StartReplay(Call* call) {
  const Members& input = call->input;
  ReplayRequest request;
  request.table = input.Text("TableName");
  request.function = input.Text("FunctionName");
  request.from = {TimeIn(input, "FromTime"), std::string(input.Text("FromSequenceNumber"))};
  request.to = {TimeIn(input, "ToTime"), std::string(input.Text("ToSequenceNumber"))};
  const std::string_view mode = input.Text("Mode");
  if (mode == "INTO") request.mode = ReplayMode::kInto;
  if (mode == "COMPARE") request.mode = ReplayMode::kCompare;
  request.prefix = input.Text("Prefix");
  request.without_old_images = input.Boolean("WithoutOldImages");
  ASSIGN_OR_RETURN(request.batch_size, ReadBatchSize(input));
  RETURN_IF_ERROR(ReadTables(input, &request));
  return ReplyJob(call, Jobs(call).StartReplay(request));
}

Status ListJobs(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Jobs");
  reply.BeginArray();
  for (const JobDescription& job : Jobs(call).ListJobs()) WriteJob(job, &reply);
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status DescribeJob(Call* call) {
  return ReplyJob(call, Jobs(call).DescribeJob(call->input.Text("JobId")));
}

Status StopJob(Call* call) {
  return ReplyJob(call, Jobs(call).StopJob(call->input.Text("JobId")));
}

Status GetJobOutput(Call* call) {
  const Members& input = call->input;
  const std::string_view id = input.Text("JobId");
  // Described first: a job that has ended says nothing after the lines that are read here.
  ASSIGN_OR_RETURN(const JobDescription job, Jobs(call).DescribeJob(id));
  ASSIGN_OR_RETURN(
      const JobOutput output,
      Jobs(call).ReadOutput(id, static_cast<uint64_t>(input.Integer("Cursor").value_or(0)),
                            static_cast<size_t>(input.Integer("Limit").value_or(kListMax))));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Job");
  WriteJob(job, &reply);
  WriteJobOutput(output, &reply);
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
