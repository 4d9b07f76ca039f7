#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <millrace/client.h>
#include "sdk/client_connection.h"
#include "sdk/client_machine.h"
#include "sdk/spin_policy.h"

namespace millrace {

// Drives a client's machine and connection.
//
// Exactly one thread at a time, the leader, does so; whoever submits leaves the request in the
// inbox and wakes the leader. Usually the client's own thread leads. A caller that waits for its
// answer and is alone leads itself: the answer wakes it directly, with no thread in between. Such a
// caller hands over as soon as somebody else has something under way, so callbacks only run on the
// client's thread. It also looks for its answer for a moment before it sleeps (spin_policy.h).
class Client::Io {
 public:
  static Result<std::unique_ptr<Io>> Start(ClientOptions options);
  ~Io();

  // How an operation's request is made: with the id and the milliseconds that are left.
  using Time = ClientMachine::Time;
  // `body` is only needed until it returns. `done` is called once. It is sent at `not_before` or
  // later.
  void Submit(const native::RequestBody& body, bool read, Time deadline, ClientMachine::Done done,
              Time not_before = Time());
  // The same, and returns after `done` was called.
  void SubmitAndWait(const native::RequestBody& body, bool read, Time deadline,
                     ClientMachine::Done done);
  // Of a request that begins now.
  Time DeadlineOf(Timeout timeout) const;
  ClientMachine::Millis PauseAfter(int attempts) const { return machine_.PauseAfter(attempts); }
  int attempts_max() const { return machine_.attempts_max(); }

 private:
  // A caller that waits.
  struct Waiter {
    std::mutex mutex;
    std::condition_variable called;
    bool done = false;
    bool IsDone() {
      const std::lock_guard lock(mutex);
      return done;
    }
  };

  Io(ClientOptions options, NativeEndpoint endpoint);
  Status Greet();
  void Run();
  Status Admit(Time deadline);
  bool TakePlace();
  ClientMachine::Request MakeRequest(const native::RequestBody& body, bool read, Time deadline,
                                     ClientMachine::Done done);
  void Put(ClientMachine::Request request, std::unique_lock<std::mutex>* lock);
  // As the leader: until the waiter is done or others need the client's thread; without a waiter
  // until nothing is under way. Requires `lock`, and gives it back held.
  void Lead(Waiter* waiter, std::unique_lock<std::mutex>* lock);
  void Step(Time now);
  // Steps until the waiter is done. False: not within a moment, or others have come.
  bool Spin(Waiter* waiter);
  Status Exchange(Time now);
  int WaitMillis(Time now) const;
  void Leave();

  const ClientOptions options_;
  const int wake_;
  std::atomic<size_t> in_flight_{0};
  std::atomic<size_t> waiting_for_place_{0};
  std::atomic<std::thread::id> calling_back_{};  // the client's thread, while it leads

  std::mutex mutex_;
  std::condition_variable work_;   // for the client's thread
  std::condition_variable place_;  // for callers
  std::vector<ClientMachine::Request> inbox_;
  uint64_t last_id_ = 0;
  bool led_ = false;
  bool asleep_ = false;  // the leader waits and hasn't been woken
  bool stopping_ = false;

  // The leader's.
  ClientMachine machine_;
  ClientConnection connection_;
  Status lost_;  // why the connection ended last
  SpinPolicy spin_;

  std::thread thread_;
};

}  // namespace millrace
