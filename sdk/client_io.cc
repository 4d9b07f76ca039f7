#include "sdk/client_io.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace millrace {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kOutputSize = 256 * 1024;  // bytes handed to the socket at once
constexpr int kWaitMillisMax = 60'000;      // the longest wait without looking at the clock
constexpr milliseconds kTimeoutMax{86'400'000};

ClientMachine::Options MachineOptions(const ClientOptions& options) {
  ClientMachine::Options machine;
  machine.attempts_max = std::max(1, options.attempts_max);
  machine.backoff_min = std::clamp(options.backoff_min, milliseconds(1), kTimeoutMax);
  machine.backoff_max = std::clamp(options.backoff_max, machine.backoff_min, kTimeoutMax);
  machine.principal = options.principal;
  return machine;
}

// What the server would end the connection for, with all that is under way on it, isn't sent.
Status CheckEnvelope(std::string_view envelope) {
  const Status status = native::FrameDecoder().DecodeRequest(envelope).status();
  if (status.ok()) return status;
  return Status::Validation("the request cannot be sent: " + status.message());
}

}  // namespace

Client::Io::Time Client::Io::DeadlineOf(Timeout timeout) const {
  const milliseconds wanted = timeout.value_or(options_.timeout);
  return steady_clock::now() + std::clamp(wanted, milliseconds(0), kTimeoutMax);
}

Client::Io::Io(ClientOptions options, NativeEndpoint endpoint)
    : options_(std::move(options)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      machine_(MachineOptions(options_)),
      connection_(std::move(endpoint)) {
  MILLRACE_CHECK(wake_ >= 0, "eventfd");
}

Result<std::unique_ptr<Client::Io>> Client::Io::Start(ClientOptions options) {
  if (options.endpoint.empty()) {
    const char* text = std::getenv("MILLRACE_NATIVE");
    if (text != nullptr) options.endpoint = text;
  }
  ASSIGN_OR_RETURN(NativeEndpoint endpoint, ParseNativeEndpoint(options.endpoint));
  options.in_flight_max = std::max<size_t>(1, options.in_flight_max);
  std::unique_ptr<Io> io(new Io(std::move(options), std::move(endpoint)));
  RETURN_IF_ERROR(io->Greet());
  io->thread_ = std::thread([raw = io.get()] { raw->Run(); });
  return io;
}

Client::Io::~Io() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_, 1);
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
  close(wake_);
}

// The first connection, before there are requests or a thread.
Status Client::Io::Greet() {
  const Time deadline = DeadlineOf(std::nullopt);
  machine_.ConnectAnyway();
  while (!machine_.welcomed()) {
    const Time now = steady_clock::now();
    if (now >= deadline) {
      return Status(ErrorCode::kUnavailable,
                    connection_.endpoint().ToString() + " did not answer in time");
    }
    Step(now);
    if (!lost_.ok()) return lost_;
    if (machine_.welcomed()) break;
    const auto left = std::chrono::ceil<milliseconds>(deadline - now).count();
    connection_.Wait(wake_, static_cast<int>(std::min<int64_t>(left, kWaitMillisMax)));
  }
  return Status::Ok();
}

// Never more than there are, not even for a moment: that would turn somebody else away.
bool Client::Io::TakePlace() {
  size_t taken = in_flight_.load();
  while (taken < options_.in_flight_max) {
    if (in_flight_.compare_exchange_weak(taken, taken + 1)) return true;
  }
  return false;
}

Status Client::Io::Admit(Time deadline) {
  if (TakePlace()) return Status::Ok();
  if (calling_back_.load() == std::this_thread::get_id()) {
    return Status(ErrorCode::kThrottling, "as many requests as may be are under way");
  }
  std::unique_lock lock(mutex_);
  ++waiting_for_place_;
  const bool admitted = place_.wait_until(lock, deadline, [this] { return TakePlace(); });
  --waiting_for_place_;
  if (admitted) return Status::Ok();
  return Status(ErrorCode::kUnavailable, "no place among the requests under way in time");
}

void Client::Io::Leave() {
  in_flight_.fetch_sub(1);
  if (waiting_for_place_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  place_.notify_one();
}

ClientMachine::Request Client::Io::MakeRequest(const native::RequestBody& body, bool read,
                                               Time deadline, ClientMachine::Done done) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  ClientMachine::Request request;
  request.read = read;
  request.deadline = deadline;
  request.done = [this, done = std::move(done)](const Result<const native::ReplyBody*>& reply) {
    Leave();
    done(reply);
  };
  native::Request frame;
  frame.timeout_millis = static_cast<uint32_t>(std::max<int64_t>(1, left));
  frame.body = body;
  native::FrameEncoder encoder;
  {
    const std::lock_guard lock(mutex_);
    request.id = frame.id = ++last_id_;
  }
  request.envelope = encoder.Encode(frame);
  return request;
}

void Client::Io::Put(ClientMachine::Request request, std::unique_lock<std::mutex>* lock) {
  inbox_.push_back(std::move(request));
  if (led_) {
    if (!std::exchange(asleep_, false)) return;
    lock->unlock();
    eventfd_write(wake_, 1);
  } else {
    lock->unlock();
    work_.notify_one();
  }
}

void Client::Io::Submit(const native::RequestBody& body, bool read, Time deadline,
                        ClientMachine::Done done, Time not_before) {
  if (Status admitted = Admit(deadline); !admitted.ok()) return done(admitted);
  ClientMachine::Request request = MakeRequest(body, read, deadline, std::move(done));
  request.not_before = not_before;
  if (const Status sound = CheckEnvelope(request.envelope); !sound.ok()) return request.done(sound);
  std::unique_lock lock(mutex_);
  Put(std::move(request), &lock);
}

void Client::Io::SubmitAndWait(const native::RequestBody& body, bool read, Time deadline,
                               ClientMachine::Done done) {
  if (Status admitted = Admit(deadline); !admitted.ok()) return done(admitted);
  Waiter waiter;
  ClientMachine::Request request =
      MakeRequest(body, read, deadline,
                  [&waiter, done = std::move(done)](const Result<const native::ReplyBody*>& reply) {
                    done(reply);
                    const std::lock_guard lock(waiter.mutex);
                    waiter.done = true;
                    waiter.called.notify_one();
                  });
  if (const Status sound = CheckEnvelope(request.envelope); !sound.ok()) return request.done(sound);
  std::unique_lock lock(mutex_);
  if (!led_ && inbox_.empty() && in_flight_ == 1) {
    inbox_.push_back(std::move(request));
    led_ = true;
    Lead(&waiter, &lock);
    led_ = false;
    const bool others = in_flight_ > 0;
    lock.unlock();
    if (others) work_.notify_one();
  } else {
    Put(std::move(request), &lock);
  }
  if (lock.owns_lock()) lock.unlock();
  std::unique_lock wait(waiter.mutex);
  waiter.called.wait(wait, [&waiter] { return waiter.done; });
}

void Client::Io::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || (!led_ && in_flight_ > 0); });
    if (stopping_) break;
    led_ = true;
    calling_back_ = std::this_thread::get_id();
    Lead(nullptr, &lock);
    calling_back_ = std::thread::id();
    led_ = false;
  }
  std::vector<ClientMachine::Request> left = std::move(inbox_);
  lock.unlock();
  for (ClientMachine::Request& request : left) machine_.OnSubmit(std::move(request));
  calling_back_ = std::this_thread::get_id();
  machine_.OnStop();
  connection_.Close();
}

void Client::Io::Lead(Waiter* waiter, std::unique_lock<std::mutex>* lock) {
  while (true) {
    std::vector<ClientMachine::Request> submitted = std::exchange(inbox_, {});
    lock->unlock();
    for (ClientMachine::Request& request : submitted) machine_.OnSubmit(std::move(request));
    Step(steady_clock::now());
    const bool finished = waiter != nullptr && (waiter->IsDone() || Spin(waiter));
    lock->lock();
    if (finished || stopping_) return;
    if (waiter != nullptr && in_flight_ > 1) return;
    if (waiter == nullptr && in_flight_ == 0) return;
    if (!inbox_.empty()) continue;
    asleep_ = true;
    lock->unlock();
    connection_.Wait(wake_, WaitMillis(steady_clock::now()));
    lock->lock();
    if (!std::exchange(asleep_, false)) {
      eventfd_t ignored = 0;
      eventfd_read(wake_, &ignored);
    }
  }
}

bool Client::Io::Spin(Waiter* waiter) {
  static const bool alone = std::thread::hardware_concurrency() < 2;
  if (alone || !connection_.ready() || !spin_.Begin()) return false;
  const Time end = steady_clock::now() + SpinPolicy::kSpinMax;
  bool done = false;
  for (Time now = steady_clock::now(); !done && in_flight_ == 1 && now < end;
       now = steady_clock::now()) {
    sched_yield();
    Step(now);
    done = waiter->IsDone();
  }
  spin_.Spun(done);
  return done;
}

int Client::Io::WaitMillis(Time now) const {
  const auto next = machine_.NextTime();
  if (!next) return kWaitMillisMax;
  const auto left = std::chrono::ceil<milliseconds>(*next - now).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, kWaitMillisMax));
}

// One round: whatever can be done without waiting.
void Client::Io::Step(Time now) {
  machine_.OnTime(now);
  lost_ = Exchange(now);
  if (lost_.ok()) return;
  connection_.Close();
  machine_.OnLost(lost_, now);
}

Status Client::Io::Exchange(Time now) {
  if (!connection_.open()) {
    if (!machine_.WantsConnection(now)) return Status::Ok();
    RETURN_IF_ERROR(connection_.Open());
    machine_.OnConnected();
  }
  // Reading first: nothing is sent to a server that has gone.
  RETURN_IF_ERROR(connection_.Read(
      [this, now](std::string_view message) { return machine_.OnMessage(message, now); }));
  RETURN_IF_ERROR(connection_.Write());
  while (std::string* output = connection_.output()) {
    if (connection_.ready()) machine_.TakeOutput(kOutputSize, output);
    if (output->empty()) break;
    RETURN_IF_ERROR(connection_.Write());
  }
  return Status::Ok();
}

}  // namespace millrace
