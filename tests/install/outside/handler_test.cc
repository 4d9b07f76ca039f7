#include <millrace/client.h>
#include <millrace/test_kit.h>

#include <cstdio>

using namespace millrace;

Status Count(const RecordBatch& batch, Invocation& invocation) {
  for (const Record record : batch) {
    const auto key = ItemBuilder().Set("pk", *record.new_image().GetString("name"));
    ASSIGN_OR_RETURN(const Item seen, invocation.Get("seen", key));
    invocation.Put("seen", ItemBuilder(key).Set("times", seen.GetInt("times").value_or(0) + 1));
  }
  return Status::Ok();
}

// A test of a handler, and a client that finds nobody.
int main() {
  HandlerTest test(Count);
  test.Item("seen", R"({"pk": {"S": "Ada"}, "times": {"N": "2"}})");
  test.Insert(R"({"pk": {"S": "1"}, "name": {"S": "Ada"}})");
  const HandlerRun run = test.Run();
  const bool counted =
      run.status.ok() && run.writes.size() == 1 && run.writes[0].item.GetInt("times") == 3;
  const auto client = Client::Connect({.endpoint = "ipc:///nowhere/native.sock"});
  const bool alone = client.status().Is(ErrorCode::kUnavailable);
  std::printf("counted %d, alone %d\n", counted, alone);
  return counted && alone ? 0 : 1;
}
