#include "streams/table_tail.h"

#include <algorithm>
#include <utility>

#include "streams/shard_scan.h"
#include "streams/table_feed.h"

namespace millrace {
namespace {

constexpr uint64_t kPageBytesMax = uint64_t{1} << 20;

}  // namespace

Status FindOldImage(const ItemHistory& history, RecordView record, std::string* image,
                    bool* missing) {
  image->assign(record.old_image().bytes());
  *missing = false;
  if (!image->empty() || !record.existed()) return Status::Ok();
  const Position before = record.item_previous();
  *missing = true;
  if (before.lsn == Lsn(0)) return Status::Ok();
  const auto found = history.FindRecord(before);
  if (!found.ok()) {
    return found.status().Is(ErrorCode::kTrimmedDataAccess) ? Status::Ok() : found.status();
  }
  if (!found->has_value()) return Status::Ok();
  image->assign((*found)->record().new_image().bytes());
  *missing = image->empty();
  return Status::Ok();
}

Result<TailPage> ReadTail(Database* database, const TailRequest& request) {
  const Lsn applied = database->applied_lsn();
  // Once more, after the applied lsn: a deletion below it is known then.
  const TableRef now = database->FindTable(request.table->id);
  const TableRef& table = now != nullptr ? now : request.table;
  TableFeed feed(database->log(), table->id, request.from.lsn);
  if (table->deleted()) feed.EndBefore(*table->deleted_lsn);
  const ItemHistory history(database);
  TailPage page;
  page.next = request.from;
  uint64_t bytes = 0;
  while (page.records.size() < std::max<size_t>(request.limit, 1) && bytes < kPageBytesMax) {
    if (feed.bytes_read() >= request.log_bytes_max && feed.position() > request.from.lsn) {
      page.next = std::max(page.next, Position{0, feed.position(), 0});
      return page;
    }
    // In steps, so that a quiet table's share of a long log is read in bounded pieces.
    constexpr uint64_t kStep = 1000;  // commits
    const Lsn limit = std::min(applied, Lsn(feed.position().value() + kStep));
    ASSIGN_OR_RETURN(const auto next, feed.Next(limit));
    if (!next) {
      if (limit < applied && !feed.ended()) continue;
      page.next = std::max(page.next, Position{0, feed.position(), 0});
      page.caught_up = true;
      page.ended = feed.ended();
      return page;
    }
    const RecordView record = next->record;
    if (record.position() < request.from) continue;
    TailRecord found;
    found.logged = {table->id, next->shard, std::string(record.bytes())};
    if (request.old_images) {
      RETURN_IF_ERROR(FindOldImage(history, record, &found.old_image, &found.old_missing));
    }
    bytes += found.logged.bytes.size() + found.old_image.size();
    page.next = PositionAfter(record.position());
    page.records.push_back(std::move(found));
  }
  return page;
}

}  // namespace millrace
