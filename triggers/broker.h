#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/database.h"
#include "sdk/frames.h"
#include "triggers/broker_inbox.h"
#include "triggers/durable_tail.h"
#include "triggers/event_poll.h"
#include "triggers/mapping_run.h"
#include "triggers/read_pool.h"
#include "triggers/trigger_service.h"
#include "triggers/worker.h"

// The one thread behind the triggers: it reads the log, owns the sockets and the processes, and
// starts the commits. It waits in one poll for the inbox (log grown, commit done, a caller's task),
// the sockets, ends and outputs of the processes, and computed times; it never sleeps otherwise.
//
// From a commit to a handler are two hops: the committer signals the inbox, this thread reads the
// record from the mapped log and writes it to the process's socket, whose one thread reads it. What
// is ready to be delivered goes before anything else that a wake-up brought. That is when the
// commit is on disk, beside its applying; a handler that reads tables waits for the state to show
// what it was given, so it never sees anything older.
namespace millrace {

class Broker {
 public:
  // All outlive it. Nothing runs before Start.
  Broker(Database* database, Spawner* spawner, const Clock* clock, const TriggerOptions& options);
  ~Broker();

  void Start();
  // Ends processes, waits for commits under way. Idempotent.
  void Stop();
  // Runs `task` on the thread and waits; false when stopped. All below is for such tasks, or for
  // before Start.
  bool Call(const std::function<void()>& task) { return inbox_.Call(task); }

  void AddFunction(FunctionCell cell);
  // What the function is from now on. Processes that run other code or have other limits are
  // replaced: idle ones at once, busy ones after their batch.
  void UpdateFunction(FunctionCell cell);
  void RemoveFunction(std::string_view name);
  void AddMapping(std::shared_ptr<MappingRun> mapping);
  void RemoveMapping(std::string_view uuid);
  // Paused, it starts no commits and no deliveries.
  void PauseMapping(std::string_view uuid, bool paused);
  // Its definition, as stored, from when the deliveries under way have ended.
  void UpdateMapping(MappingCell cell);
  FunctionRun* FindFunction(std::string_view name) const;
  std::map<std::string, std::unique_ptr<FunctionRun>, std::less<>>& functions() {
    return functions_;
  }
  std::map<std::string, std::shared_ptr<MappingRun>, std::less<>>& mappings() { return mappings_; }
  TriggerStatus Counters() const { return counters_; }
  // Thread-safe, at any time.
  FunctionLogs& logs() { return logs_; }

 private:
  // broker_mappings.cc: beside the calls above
  Moment Now() const { return {clock_->MonotonicNanos(), clock_->WallMicros()}; }
  void SwitchQuietMappings();

  // broker.cc: the loop
  void Run();
  void WaitForEvents();
  // Adds what is new, and what the links want now.
  void WatchWorkers();
  Worker* FindWorker(uint64_t id) const;
  void HandleLinks();
  // Outputs, ends and deadlines.
  void LookAfterWorkers();
  int TimeoutMillis() const;
  void AwaitState();
  void TakeInbox();
  void Shutdown();
  void Log(FunctionRun* function, std::string_view text);

  // broker_delivery.cc: from the log to the handler and back into a commit
  void Pump();
  void PumpMapping(const std::shared_ptr<MappingRun>& mapping, Lsn readable, const Moment& now);
  void ReadShard(MappingRun* mapping, FunctionRun* function, ShardRun* shard, Lsn readable);
  void CloseEndedStream(MappingRun* mapping);
  void Deliver(FunctionRun* function, Worker* worker, const Assignment& assignment,
               const Moment& now);
  void StartCommits(const std::shared_ptr<MappingRun>& mapping, size_t shard);
  void StartCommit(const Assignment& assignment);
  void StartCheckpoint(const std::shared_ptr<MappingRun>& mapping, size_t shard, bool force);
  void OnCommitDone(const Assignment& assignment, const CommitResult& result);
  Status FillDeadLetters(const Assignment& assignment, std::vector<WriteRequest>* writes);
  // In the function's log, the mapping's description and for the dead letters.
  void NoteFailure(FunctionRun* function, const Assignment& assignment, std::string type,
                   std::string message);
  void FailBatch(FunctionRun* function, const Assignment& assignment, bool counts, std::string type,
                 std::string message);
  void OnReply(FunctionRun* function, Worker* worker, ReplyFrame reply);
  void OnWrites(FunctionRun* function, const Assignment& assignment, HandlerWrites writes);

  // broker_processes.cc: handler processes
  void KeepWorkers();
  size_t CountProcesses() const;
  void MakeRoom();
  bool NeedsWorkers(const FunctionRun& function) const;
  // Ends a process that has no batch, because its function has changed.
  void Retire(FunctionRun* function, Worker* worker, std::string_view why);
  Status Spawn(FunctionRun* function);
  void HandleMessages(FunctionRun* function, Worker* worker);
  void HandleMessage(FunctionRun* function, Worker* worker, std::string_view envelope);
  void OnReady(FunctionRun* function, Worker* worker, const ReadyFrame& ready);
  void OnGet(FunctionRun* function, Worker* worker, const GetFrame& get);
  void AnswerEarlyGets(FunctionRun* function, Worker* worker);
  void OnRead(const std::string& function, uint64_t worker, uint64_t invocation,
              const GetReplyFrame& reply);
  void ReadOutput(FunctionRun* function, Worker* worker);
  void TakeOutput(FunctionRun* function, Worker* worker, std::string_view line);
  static bool HadManySetbacks(const Assignment& assignment);
  void CheckDeadline(FunctionRun* function, Worker* worker, int64_t now);
  // Kills it; its batch, if any, has failed with this. `counts`: as an attempt.
  void EndWorker(FunctionRun* function, Worker* worker, std::string type, std::string message,
                 bool counts = true);
  // True: its process has ended; what it said last and how it ended are in the log.
  bool NoteEnd(FunctionRun* function, Worker* worker);
  void DropEnded(FunctionRun* function);
  void OnCrash(FunctionRun* function);
  // It ended while nothing was to do, or before it was ready.
  void NoteProblem(FunctionRun* function, const Worker& worker, const ExitStatus& exit,
                   Worker::State before);

  Database* database_;
  Spawner* spawner_;
  const Clock* clock_;
  TriggerOptions options_;
  BrokerInbox inbox_;
  DurableTail tail_;
  ReadPool reads_;
  FunctionLogs logs_;
  EventPoll events_;
  std::map<std::string, std::unique_ptr<FunctionRun>, std::less<>> functions_;
  std::map<std::string, std::shared_ptr<MappingRun>, std::less<>> mappings_;
  TriggerStatus counters_;
  uint64_t next_invocation_ = 1;
  uint64_t next_worker_ = 1;
  uint32_t commits_in_flight_ = 0;
  bool read_more_ = false;   // the last pump left something unread
  bool look_again_ = false;  // something else did, or may have made work for a pump
  Moment pumped_;            // when the last pump looked at what is due
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace millrace
