// Writes and reads through the native protocol: ten thousand readings of sensors, written with many
// requests under way, then one sensor's readings with a query, and a counter that only one wins.
//
//   native_client ENDPOINT TABLE     (the table: pk S, sk N)

#include <millrace/client.h>

#include <atomic>
#include <cstdio>
#include <string>

using namespace millrace;

int Fail(const char* what, const Status& status) {
  std::fprintf(stderr, "%s: %s\n", what, status.ToString().c_str());
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: native_client ENDPOINT TABLE\n");
    return 2;
  }
  const std::string table = argv[2];
  auto client = Client::Connect({.endpoint = argv[1]});
  if (!client.ok()) return Fail("cannot connect", client.status());
  Client& db = **client;

  // Futures: the client itself waits for a place when too much is under way.
  std::vector<std::future<Result<Item>>> writes;
  for (int i = 0; i < 10'000; ++i) {
    const ItemBuilder reading = ItemBuilder()
                                    .Set("pk", "sensor-" + std::to_string(i % 10))
                                    .Set("sk", i / 10)
                                    .Set("celsius", 20 + i % 7);
    writes.push_back(db.PutAsync({.table = table, .item = reading}));
  }
  for (auto& write : writes) {
    const Result<Item> done = write.get();
    if (!done.ok()) return Fail("a write failed", done.status());
  }

  // Pages: each says where the next one starts.
  QueryItems query{.table = table};
  query.key_condition = Expression("pk = :s AND sk >= :n").Value(":s", "sensor-3").Value(":n", 900);
  query.limit = 40;
  size_t found = 0;
  do {
    const auto page = db.Query(query);
    if (!page.ok()) return Fail("the query failed", page.status());
    found += page->items.size();
    query.start_key = page->last_key;
  } while (!query.start_key.empty());

  // A condition: of those who try, one wins.
  std::atomic<int> won{0};
  std::vector<std::future<Result<Item>>> tries;
  for (int i = 0; i < 8; ++i) {
    tries.push_back(
        db.PutAsync({.table = table,
                     .item = ItemBuilder().Set("pk", "lock").Set("sk", 0).Set("owner", i),
                     .condition = "attribute_not_exists(pk)"}));
  }
  for (auto& attempt : tries) {
    const Result<Item> done = attempt.get();
    if (done.ok()) ++won;
    if (!done.ok() && !done.status().Is(ErrorCode::kConditionalCheckFailed)) {
      return Fail("a try failed", done.status());
    }
  }
  std::printf("wrote %zu, found %zu, won %d\n", writes.size(), found, won.load());
  return 0;
}
