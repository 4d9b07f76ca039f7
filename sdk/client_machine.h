#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "sdk/native_frames.h"

namespace millrace {

// What becomes of a client's requests: which are sent, sent again, given up; when to connect. Pure:
// it is told what happened and when, and says what to do; no socket, thread or clock. The rules are
// in <millrace/client.h>.
class ClientMachine {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Millis = std::chrono::milliseconds;
  // Called once, from within an On function: with the reply's body, valid until it returns, or with
  // an error. May not call the machine.
  using Done = std::function<void(const Result<const native::ReplyBody*>& reply)>;

  struct Options {
    int attempts_max = 5;
    Millis backoff_min{5};
    Millis backoff_max{500};
    std::string principal;
  };
  struct Request {
    uint64_t id = 0;       // never used before, not 0; those of a client ascend
    std::string envelope;  // with that id
    bool read = false;     // may be done twice
    Time deadline;
    Time not_before{};  // it is sent then
    Done done;
  };

  explicit ClientMachine(Options options) : options_(std::move(options)) {}

  void OnSubmit(Request request);
  // --- what happened ---
  void OnConnected();
  // The connection ended, or couldn't be made.
  void OnLost(const Status& why, Time now);
  // An error: the server breaks the protocol or refuses this client. The connection is to be closed
  // and OnLost told.
  Status OnMessage(std::string_view envelope, Time now);
  void OnTime(Time now);
  // Ends everything.
  void OnStop();

  // --- what to do ---
  // There is none, somebody needs one, and the pause after the last failure is over.
  bool WantsConnection(Time now) const;
  // Messages to be sent, as ZMTP has them; they count as sent. About `size_max` bytes at most.
  void TakeOutput(size_t size_max, std::string* out);
  // When OnTime or WantsConnection changes its mind if nothing else happens.
  std::optional<Time> NextTime() const;

  // After so many attempts. Of the options alone: on any thread.
  Millis PauseAfter(int attempts) const;
  int attempts_max() const { return options_.attempts_max; }

  // Requests to be sent, and at most as many that were given up since.
  size_t queue_size() const { return queue_.size(); }
  bool welcomed() const { return phase_ == Phase::kWelcomed; }
  // Makes the machine want a connection before anybody asks for something.
  void ConnectAnyway() { connect_anyway_ = true; }

 private:
  enum class Phase : uint8_t { kNone, kGreeting, kWelcomed };
  enum class State : uint8_t { kQueued, kSent, kPausing };
  struct Pending {
    Request request;
    State state = State::kQueued;
    int attempts = 0;
    Time resume;  // kPausing: when it is queued again
  };
  using Table = std::map<uint64_t, Pending>;

  void Queue(Table::iterator pending);
  void Fail(Table::iterator pending, ErrorCode code, const std::string& message);
  Status OnWelcome(const native::Reply& reply);
  bool MayRetry(const Pending& pending, const native::Failure& failure) const;
  void GiveUp(Table::iterator pending);
  void LookAt(Time time);

  const Options options_;
  native::FrameEncoder encoder_;
  native::FrameDecoder decoder_;
  Table pending_;
  std::deque<uint64_t> queue_;     // may name requests that were given up since
  std::optional<Time> next_look_;  // no deadline and no pause ends before it

  Phase phase_ = Phase::kNone;
  bool hello_sent_ = false;
  bool connect_anyway_ = false;
  int failed_connects_ = 0;
  Time connect_after_{};
  std::string lost_because_ = "there is no connection yet";
};

}  // namespace millrace
