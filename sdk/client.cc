#include <millrace/client.h>

#include <algorithm>
#include <utility>

#include "sdk/client_io.h"
#include "sdk/error_code_named.h"
#include "sdk/native_frames.h"

namespace millrace {
namespace {

// A request that also asks what it cost: the operations WithCapacity.
template <typename Request>
struct Priced {
  explicit Priced(const Request& from) : request(from), timeout(from.timeout) {}
  const Request& request;
  Timeout timeout;
};

// What an answer must fit, and where a part of it goes.
struct Asked {
  size_t entries = 0;  // of a batch
  Item* item_on_failure = nullptr;
};

// A request as the protocol has it, with the bytes that its views refer to. The first error of a
// builder or an expression is the request's.
class FrameOf {
 public:
  template <typename Request>
  explicit FrameOf(const Priced<Request>& from) : FrameOf(from.request, true) {}
  explicit FrameOf(const GetItem& from, bool return_capacity = false) {
    native::Get to;
    to.table_name = from.table;
    to.key = Keep(from.key);
    to.projection = Use(from.projection, &to.names, &no_values_);
    to.consistent = from.consistent;
    to.return_capacity = return_capacity;
    body_ = std::move(to);
  }
  explicit FrameOf(const PutItem& from, bool return_capacity = false) : read_(false) {
    native::Write to =
        WriteOf(native::Kind::kPut, from.table, from.item, from.returns, return_capacity);
    SetItemOnFailure(from.item_on_failure, &to);
    to.condition = Use(from.condition, &to.names, &to.values);
    body_ = std::move(to);
  }
  explicit FrameOf(const UpdateItem& from, bool return_capacity = false) : read_(false) {
    native::Write to =
        WriteOf(native::Kind::kUpdate, from.table, from.key, from.returns, return_capacity);
    SetItemOnFailure(from.item_on_failure, &to);
    to.update = Use(from.update, &to.names, &to.values);
    to.condition = Use(from.condition, &to.names, &to.values);
    body_ = std::move(to);
  }
  explicit FrameOf(const DeleteItem& from, bool return_capacity = false) : read_(false) {
    native::Write to =
        WriteOf(native::Kind::kDelete, from.table, from.key, from.returns, return_capacity);
    SetItemOnFailure(from.item_on_failure, &to);
    to.condition = Use(from.condition, &to.names, &to.values);
    body_ = std::move(to);
  }
  explicit FrameOf(const QueryItems& from) {
    native::Query to;
    to.table_name = from.table;
    to.key_condition = Use(from.key_condition, &to.names, &to.values);
    to.filter = Use(from.filter, &to.names, &to.values);
    to.projection = Use(from.projection, &to.names, &to.values);
    if (!from.start_key.empty()) to.start_key = from.start_key.view().bytes();
    to.limit = static_cast<uint32_t>(std::min<size_t>(from.limit, UINT32_MAX));
    to.backward = !from.forward;
    to.count_only = from.count_only;
    to.consistent = from.consistent;
    to.return_capacity = from.return_capacity;
    if (from.index.empty()) {
      body_ = std::move(to);
    } else {
      body_ = native::IndexQuery{std::move(to), from.index, from.all_attributes};
    }
  }
  explicit FrameOf(const ScanItems& from) {
    native::Scan to;
    to.table_name = from.table;
    to.index_name = from.index;
    to.filter = Use(from.filter, &to.names, &to.values);
    to.projection = Use(from.projection, &to.names, &to.values);
    if (!from.start_key.empty()) to.start_key = from.start_key.view().bytes();
    to.limit = static_cast<uint32_t>(std::min<size_t>(from.limit, UINT32_MAX));
    to.segment = from.segment;
    to.total_segments = from.total_segments;
    to.count_only = from.count_only;
    to.all_attributes = from.all_attributes;
    to.consistent = from.consistent;
    to.return_capacity = from.return_capacity;
    body_ = std::move(to);
  }
  explicit FrameOf(const BatchGetItems& from) {
    native::BatchGet to;
    // One more than may be is for the server to refuse, as it does in JSON.
    if (from.keys.size() > native::kBatchEntriesMax) {
      status_ = Status::Validation("Too many items requested for the BatchGetItem call");
      return;
    }
    asked_.entries = from.keys.size();
    kept_.reserve(from.keys.size());
    for (const BatchGetKey& address : from.keys) {
      to.keys.emplace_back(address.table, Keep(address.key));
    }
    to.consistent = from.consistent;
    to.return_capacity = from.return_capacity;
    body_ = std::move(to);
  }
  explicit FrameOf(const BatchWriteItems& from, bool return_capacity = false) : read_(false) {
    native::BatchWrite to;
    to.return_capacity = return_capacity;
    if (from.writes.size() > native::kBatchEntriesMax) {
      status_ = Status::Validation("Too many items requested for the BatchWriteItem call");
      return;
    }
    asked_.entries = from.writes.size();
    kept_.reserve(from.writes.size());
    for (const BatchWriteItems::Write& write : from.writes) {
      to.writes.push_back(WriteOf(write.remove ? native::Kind::kDelete : native::Kind::kPut,
                                  write.table, write.item, Return::kNone, false));
    }
    body_ = std::move(to);
  }
  FrameOf(const FrameOf&) = delete;
  FrameOf& operator=(const FrameOf&) = delete;

  const Status& status() const { return status_; }
  const native::RequestBody& body() const { return body_; }
  bool read() const { return read_; }
  const Asked& asked() const { return asked_; }

 private:
  native::Write WriteOf(native::Kind kind, const std::string& table, const ItemBuilder& item,
                        Return returns, bool return_capacity) {
    native::Write to;
    to.kind = kind;
    to.table_name = table;
    to.item = Keep(item);
    to.returns = static_cast<native::Returns>(returns);
    to.return_capacity = return_capacity;
    return to;
  }

  void SetItemOnFailure(Item* item, native::Write* to) {
    asked_.item_on_failure = item;
    to->old_on_failure = item != nullptr;
  }

  // Requires kept_ to have room: views of short strings move with them.
  std::string_view Keep(const ItemBuilder& item) {
    Note(item.status());
    if (kept_.capacity() == 0) kept_.reserve(1);
    kept_.push_back(EncodeItem(item.value()));
    const std::string& bytes = kept_.back();
    if (bytes.size() > native::kRequestSizeMax) Note(CheckItemSize(ItemView(bytes)));
    Count(bytes.size());
    return kept_.back();
  }
  // Far over any limit of the API's: found before it is encoded.
  void Count(size_t size) {
    size_ += size;
    if (size_ > native::kRequestSizeMax) {
      Note(Status::Validation("the request takes more than 32 MB"));
    }
  }
  void Note(const Status& status) {
    if (status_.ok() && !status.ok()) status_ = status;
  }

  void Merge(const Expression::Placeholders& from, native::Pairs* to) {
    for (const auto& [name, value] : from) {
      const auto same = std::find_if(
          to->begin(), to->end(), [&name = name](const auto& pair) { return pair.first == name; });
      if (same == to->end()) {
        to->emplace_back(name, value);
        Count(name.size() + value.size());
      } else if (same->second != value) {
        Note(Status::Validation("placeholder " + name + " has two meanings"));
      }
    }
  }
  native::Text Use(const Expression& expression, native::Pairs* names, native::Pairs* values) {
    Note(expression.status());
    Merge(expression.names(), names);
    Merge(expression.values(), values);
    if (expression.text().size() > native::kExpressionTextSizeMax) {
      Note(Status::Validation("Expression size has exceeded the maximum allowed size;"));
    }
    return expression.text().empty() ? native::Text() : native::Text(expression.text());
  }

  Status status_;
  bool read_ = true;
  Asked asked_;
  size_t size_ = 0;  // of items and placeholders
  std::vector<std::string> kept_;
  native::Pairs no_values_;
  native::RequestBody body_;
};

Item ItemOf(std::string_view bytes) {
  return bytes.empty() ? Item() : Item(std::string(bytes));
}

std::vector<Item> ItemsOf(const native::Items& from) {
  std::vector<Item> items;
  items.reserve(from.ends.size());
  for (size_t i = 0; i < from.ends.size(); ++i) items.push_back(ItemOf(from.item(i)));
  return items;
}

Status Unexpected() {
  return Status(ErrorCode::kInternal, "the server answered something else than was asked");
}

std::optional<ReadCapacity> CapacityOf(const std::optional<native::Capacity>& from) {
  if (!from) return std::nullopt;
  return ReadCapacity{from->of_table, from->of_index};
}

WriteCapacity CapacityOf(const native::WriteCapacity& from) {
  WriteCapacity to{std::string(from.table_name), from.of_table, {}};
  for (const native::IndexCapacity& index : from.indexes) {
    to.indexes.push_back({std::string(index.index_name), index.local, index.units});
  }
  return to;
}

// What a reply means to the caller. False: it is of another kind.
bool Take(const native::ReplyBody& body, Item* to) {
  if (const auto* found = std::get_if<native::Found>(&body)) {
    *to = ItemOf(found->item);
    return true;
  }
  const auto* written = std::get_if<native::Written>(&body);
  if (written == nullptr) return false;
  *to = ItemOf(written->attributes);
  return true;
}
bool Take(const native::ReplyBody& body, QueryPage* to) {
  const auto* page = std::get_if<native::Page>(&body);
  if (page == nullptr) return false;
  to->items = ItemsOf(*page);
  to->count = page->count;
  to->scanned_count = page->scanned_count;
  to->last_key = ItemOf(page->last_key);
  to->capacity = CapacityOf(page->capacity);
  return true;
}
bool Take(const native::ReplyBody& body, GotItem* to) {
  const auto* found = std::get_if<native::Found>(&body);
  if (found == nullptr || !found->capacity) return false;
  to->item = ItemOf(found->item);
  to->capacity = *CapacityOf(found->capacity);
  return true;
}
bool Take(const native::ReplyBody& body, BatchGot* to) {
  const auto* batch = std::get_if<native::Batch>(&body);
  if (batch == nullptr) return false;
  to->items = ItemsOf(*batch);
  to->unprocessed.assign(batch->unprocessed.begin(), batch->unprocessed.end());
  to->capacity = CapacityOf(batch->capacity);
  return true;
}
bool Take(const native::ReplyBody& body, Unprocessed* to) {
  const auto* batch = std::get_if<native::Batch>(&body);
  if (batch == nullptr) return false;
  to->assign(batch->unprocessed.begin(), batch->unprocessed.end());
  return true;
}

bool Take(const native::ReplyBody& body, WrittenItem* to) {
  const auto* written = std::get_if<native::Written>(&body);
  if (written == nullptr) return false;
  to->attributes = ItemOf(written->attributes);
  if (written->capacity) to->capacity = CapacityOf(*written->capacity);
  return true;
}
bool Take(const native::ReplyBody& body, BatchWritten* to) {
  if (!Take(body, &to->unprocessed)) return false;
  for (const native::WriteCapacity& table : std::get<native::Batch>(body).written) {
    to->capacity.push_back(CapacityOf(table));
  }
  return true;
}

// Does an answer have an item for each key, and name no others?
bool Fits(const BatchGot& got, size_t keys) {
  return got.items.size() == keys && (got.unprocessed.empty() || got.unprocessed.back() < keys);
}
bool Fits(const Unprocessed& unprocessed, size_t writes) {
  return unprocessed.empty() || unprocessed.back() < writes;
}
bool Fits(const BatchWritten& written, size_t writes) {
  return Fits(written.unprocessed, writes);
}
template <typename T>
bool Fits(const T&, size_t) {
  return true;
}

template <typename T>
Result<T> ResultOf(const Result<const native::ReplyBody*>& reply, const Asked& asked) {
  if (!reply.ok()) return reply.status();
  if (const auto* failure = std::get_if<native::Failure>(*reply)) {
    const ErrorCode code = ErrorCodeNamed(failure->code);
    if (asked.item_on_failure != nullptr && code == ErrorCode::kConditionalCheckFailed) {
      *asked.item_on_failure = ItemOf(failure->item);
    }
    return Status(code, std::string(failure->message));
  }
  T value;
  if (!Take(**reply, &value) || !Fits(value, asked.entries)) return Unexpected();
  return value;
}

// A promise that is kept also when its request is dropped.
template <typename T>
struct Kept {
  ~Kept() {
    if (!set) promise.set_value(Status(ErrorCode::kUnavailable, "the client was closed"));
  }
  void Set(Result<T> result) {
    set = true;
    promise.set_value(std::move(result));
  }
  std::promise<Result<T>> promise;
  bool set = false;
};

}  // namespace

// A BatchGet that asks for what is left unprocessed until it has all, as often as options and
// deadline allow. What it has not got in the end stays unprocessed, whatever kept it from it.
class Client::BatchGetting : public std::enable_shared_from_this<BatchGetting> {
 public:
  // `io` outlives its callbacks.
  BatchGetting(Io* io, const BatchGetItems& request, Callback<BatchGot> callback)
      : io_(io),
        deadline_(io->DeadlineOf(request.timeout)),
        left_(request),
        callback_(std::move(callback)) {}

  // The first answer.
  void Begin(Result<BatchGot> got) {
    if (!got.ok() || got->unprocessed.empty()) return callback_(std::move(got));
    got_.items.resize(left_.keys.size());
    for (size_t i = 0; i < left_.keys.size(); ++i) places_.push_back(i);
    Take(std::move(*got));
  }

 private:
  void Take(BatchGot got) {
    std::vector<bool> again(places_.size());
    for (const size_t i : got.unprocessed) again[i] = true;
    std::vector<size_t> places;
    std::vector<BatchGetKey> keys;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (again[i]) {
        places.push_back(places_[i]);
        keys.push_back(std::move(left_.keys[i]));
      } else {
        got_.items[places_[i]] = std::move(got.items[i]);
      }
    }
    AddCost(got.capacity);
    places_ = std::move(places);
    left_.keys = std::move(keys);
    Ask();
  }
  void Ask() {
    const Io::Time resume = std::chrono::steady_clock::now() + io_->PauseAfter(attempts_);
    if (places_.empty() || attempts_ >= io_->attempts_max() || resume >= deadline_) {
      return Finish();
    }
    ++attempts_;
    const FrameOf frame(left_);
    io_->Submit(
        frame.body(), frame.read(), deadline_,
        [self = shared_from_this(), asked = frame.asked()](const auto& reply) {
          Result<BatchGot> got = ResultOf<BatchGot>(reply, asked);
          got.ok() ? self->Take(std::move(*got)) : self->Finish();
        },
        resume);
  }
  void AddCost(const std::optional<ReadCapacity>& more) {
    if (!more) return;
    if (!got_.capacity) got_.capacity.emplace();
    got_.capacity->table += more->table;
  }
  void Finish() {
    got_.unprocessed = std::move(places_);
    callback_(std::move(got_));
  }

  Io* const io_;
  const Io::Time deadline_;
  BatchGetItems left_;          // what is asked for next
  std::vector<size_t> places_;  // of its keys among all
  BatchGot got_;
  Callback<BatchGot> callback_;
  int attempts_ = 1;
};

Client::Client(std::unique_ptr<Io> io) : io_(std::move(io)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Connect(ClientOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Io> io, Io::Start(std::move(options)));
  return std::unique_ptr<Client>(new Client(std::move(io)));
}

template <typename T, typename Request>
Result<T> Client::Wait(const Request& request) {
  const FrameOf frame(request);
  if (!frame.status().ok()) return frame.status();
  Result<T> result = Unexpected();
  io_->SubmitAndWait(frame.body(), frame.read(), io_->DeadlineOf(request.timeout),
                     [&](const auto& reply) { result = ResultOf<T>(reply, frame.asked()); });
  return result;
}

template <typename T, typename Request>
void Client::Start(const Request& request, Callback<T> callback) {
  const FrameOf frame(request);
  if (!frame.status().ok()) return callback(frame.status());
  io_->Submit(frame.body(), frame.read(), io_->DeadlineOf(request.timeout),
              [callback = std::move(callback), asked = frame.asked()](const auto& reply) {
                callback(ResultOf<T>(reply, asked));
              });
}

template <typename T, typename Request>
std::future<Result<T>> Client::Promise(const Request& request) {
  const auto kept = std::make_shared<Kept<T>>();
  std::future<Result<T>> future = kept->promise.get_future();
  Start<T>(request, [kept](Result<T> result) { kept->Set(std::move(result)); });
  return future;
}

// `asked` is what `request` becomes.
#define MILLRACE_OPERATION_ASKING(Name, Request, Answer, asked)                 \
  Result<Answer> Client::Name(const Request& request) {                         \
    return Wait<Answer>(asked);                                                 \
  }                                                                             \
  std::future<Result<Answer>> Client::Name##Async(const Request& request) {     \
    return Promise<Answer>(asked);                                              \
  }                                                                             \
  void Client::Name##Async(const Request& request, Callback<Answer> callback) { \
    Start<Answer>(asked, std::move(callback));                                  \
  }
#define MILLRACE_OPERATION(Name, Request, Answer) \
  MILLRACE_OPERATION_ASKING(Name, Request, Answer, request)
#define MILLRACE_PRICED_OPERATION(Name, Request, Answer) \
  MILLRACE_OPERATION_ASKING(Name##WithCapacity, Request, Answer, Priced<Request>(request))
MILLRACE_OPERATION(Get, GetItem, Item)
MILLRACE_OPERATION(Put, PutItem, Item)
MILLRACE_OPERATION(Update, UpdateItem, Item)
MILLRACE_OPERATION(Delete, DeleteItem, Item)
MILLRACE_OPERATION(Query, QueryItems, QueryPage)
MILLRACE_OPERATION(Scan, ScanItems, QueryPage)
MILLRACE_OPERATION(BatchWrite, BatchWriteItems, Unprocessed)
MILLRACE_PRICED_OPERATION(Get, GetItem, GotItem)
MILLRACE_PRICED_OPERATION(Put, PutItem, WrittenItem)
MILLRACE_PRICED_OPERATION(Update, UpdateItem, WrittenItem)
MILLRACE_PRICED_OPERATION(Delete, DeleteItem, WrittenItem)
MILLRACE_PRICED_OPERATION(BatchWrite, BatchWriteItems, BatchWritten)
#undef MILLRACE_PRICED_OPERATION
#undef MILLRACE_OPERATION
#undef MILLRACE_OPERATION_ASKING

// Most often the first answer has all, and is waited for the quickest way.
Result<BatchGot> Client::BatchGet(const BatchGetItems& request) {
  std::promise<Result<BatchGot>> promise;
  const auto getting = std::make_shared<BatchGetting>(
      io_.get(), request, [&promise](Result<BatchGot> got) { promise.set_value(std::move(got)); });
  getting->Begin(Wait<BatchGot>(request));
  return promise.get_future().get();
}
void Client::BatchGetAsync(const BatchGetItems& request, Callback<BatchGot> callback) {
  const auto getting = std::make_shared<BatchGetting>(io_.get(), request, std::move(callback));
  Start<BatchGot>(request, [getting](Result<BatchGot> got) { getting->Begin(std::move(got)); });
}
std::future<Result<BatchGot>> Client::BatchGetAsync(const BatchGetItems& request) {
  const auto kept = std::make_shared<Kept<BatchGot>>();
  std::future<Result<BatchGot>> future = kept->promise.get_future();
  BatchGetAsync(request, [kept](Result<BatchGot> got) { kept->Set(std::move(got)); });
  return future;
}

}  // namespace millrace
