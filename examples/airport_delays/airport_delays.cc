// Keeps statistics of the delays in the table `flights` (pk: origin, sk: date#line, delay) in the
// table `airports` (pk: the origin): count, sum, maximum and the flight that set it. Exactly once:
// the writes commit together with the checkpoint, and each demands that the item is still what was
// read.
//
// A changed or removed flight leaves count and sum by its old image. The maximum is the worst delay
// ever recorded: once set it stands, whatever becomes of the flight that set it.

#include <millrace/handler.h>

#include <map>
#include <optional>
#include <string>

using namespace millrace;

// What one batch means for one airport.
struct Change {
  int64_t count = 0;
  int64_t sum = 0;
  std::optional<int64_t> maximum;
  std::string max_flight;
};

Status CountDelays(const RecordBatch& batch, Invocation& invocation) {
  std::map<std::string, Change> changes;
  for (const Record record : batch) {
    Change& change = changes[std::string(*record.keys().GetString("pk"))];
    if (const auto delay = record.old_image().GetInt("delay")) {
      change.count -= 1;
      change.sum -= *delay;
    }
    if (const auto delay = record.new_image().GetInt("delay")) {
      change.count += 1;
      change.sum += *delay;
      if (*delay > change.maximum.value_or(*delay - 1)) {
        change.maximum = *delay;
        change.max_flight = *record.keys().GetString("sk");
      }
    }
  }
  for (const auto& [airport, change] : changes) {
    ASSIGN_OR_RETURN(const Item before,
                     invocation.Get("airports", ItemBuilder().Set("pk", airport)));
    const int64_t version = before.GetInt("version").value_or(0);
    ItemBuilder after(before);
    after.Set("pk", airport).Set("version", version + 1);
    after.Set("count", before.GetInt("count").value_or(0) + change.count);
    after.Set("sum", before.GetInt("sum").value_or(0) + change.sum);
    if (change.maximum &&
        *change.maximum > before.GetInt("maximum").value_or(*change.maximum - 1)) {
      after.Set("maximum", *change.maximum).Set("max_flight", change.max_flight);
    }
    invocation.Put("airports", after,
                   version == 0 ? Expression("attribute_not_exists(pk)")
                                : Expression("version = :version").Value(":version", version));
  }
  return Status::Ok();
}

int main(int argc, char** argv) {
  return RunHandler(argc, argv, CountDelays);
}
