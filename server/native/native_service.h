#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/database.h"
#include "sdk/native_frames.h"
#include "server/protocol/item_core.h"
#include "server/protocol/services.h"

namespace millrace {

// Who asked: what a reply needs to find its way.
struct NativeCaller {
  uint64_t connection = 0;
  uint64_t request = 0;
  size_t weight = 0;      // what its reply may take: see NativeService::WeightOf
  std::string principal;  // of the connection's Hello; unverified
};

// Takes the reply to a request, once, whose connection may be gone by then. On the thread that it
// was made for.
class NativeReplies {
 public:
  virtual ~NativeReplies() = default;
  virtual void Send(const NativeCaller& caller, native::ReplyBody body) = 0;
};

// What the requests of the native protocol do: the rules of server/protocol/item_core.h, on item
// bytes in place of JSON. Thread-safe.
class NativeService {
 public:
  // `loop`: runs callbacks of commits on the loop's thread, which answer through `loop_replies`.
  NativeService(const Services& services, CompletionQueue* loop, NativeReplies* loop_replies)
      : services_(services), loop_(loop), loop_replies_(loop_replies) {}

  // What a request may have the server keep in memory at most, in units of one large item.
  static size_t WeightOf(const native::Request& request);
  // It always waits for the disk or walks many items.
  static bool RunsOnPool(const native::Request& request);

  // Replies through `replies` before it returns, or later through the loop; or, when `may_wait` is
  // false and it would have to wait for the disk, returns false and has done nothing.
  bool Run(const NativeCaller& caller, const native::Request& request, bool may_wait,
           NativeReplies* replies);

  static void Fail(const NativeCaller& caller, const Status& status, NativeReplies* replies,
                   std::string_view item = {});

 private:
  struct Running;

  Status Do(const Running& running, const native::Get& get);
  Status Do(const Running& running, const native::Write& write);
  Status Do(const Running& running, const native::Query& query);
  Status Do(const Running& running, const native::IndexQuery& query);
  Status Do(const Running& running, const native::Scan& scan);
  // `index`: absent for the table itself.
  Status RunQuery(const Running& running, const native::Query& query, native::Text index,
                  bool all_attributes);
  Status ReadPage(const Running& running, const PageRequest& request, const Selection& selection,
                  bool consistent, bool return_capacity);
  Status Do(const Running& running, const native::BatchGet& batch);
  Status Do(const Running& running, const native::BatchWrite& batch);
  Status Do(const Running& running, const native::Hello& hello);
  WriteOrigin OriginOf(const NativeCaller& caller) const;
  // An error whose text is not for clients goes to the log.
  void Fail(const Running& running, const Status& status) const;

  const Services& services_;
  CompletionQueue* loop_;
  NativeReplies* loop_replies_;
};

}  // namespace millrace
