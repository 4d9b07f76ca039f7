// Keeps a customer's number of orders and their sum in the table `totals`, from the changes of the
// table `orders` (customer, placed, cents). Exactly once: what it adds and how far it is are one
// commit, so a plain ADD is enough. It needs the orders' old images, to take back what a changed or
// removed order had added.

#include <millrace/handler.h>

#include <map>
#include <string>

using namespace millrace;

struct Change {
  int64_t orders = 0;
  int64_t cents = 0;
};

Status AddUp(const RecordBatch& batch, Invocation& invocation) {
  std::map<std::string, Change> changes;  // by customer
  for (const Record record : batch) {
    Change& change = changes[std::string(*record.keys().GetString("customer"))];
    if (const auto cents = record.old_image().GetInt("cents")) {
      change.orders -= 1;
      change.cents -= *cents;
    }
    if (const auto cents = record.new_image().GetInt("cents")) {
      change.orders += 1;
      change.cents += *cents;
    }
  }
  for (const auto& [customer, change] : changes) {
    invocation.Update("totals", ItemBuilder().Set("customer", customer),
                      Expression("ADD orders :orders, cents :cents")
                          .Value(":orders", change.orders)
                          .Value(":cents", change.cents));
  }
  return Status::Ok();
}

int main(int argc, char** argv) {
  return RunHandler(argc, argv, AddUp);
}
