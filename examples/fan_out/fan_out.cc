// One handler, several tables. For each new message of the table `messages` (room, sent, author,
// text, mentions):
//   inboxes   an item for everybody whom it mentions
//   rooms     how many messages a room has, and its last one
//   authors   how many messages an author has written
// All of it and the checkpoint are one commit: nobody ever sees a message counted but not
// delivered.

#include <millrace/handler.h>

#include <map>
#include <string>

using namespace millrace;

struct Room {
  int64_t messages = 0;
  std::string last;
};

void Deliver(const Record& record, Invocation& invocation) {
  const Image message = record.new_image();
  const auto mentions = message.Find("mentions");
  if (!mentions || mentions->type() != ValueType::kStringSet) return;
  const ListView people = mentions->list();
  for (size_t i = 0; i < people.size(); ++i) {
    invocation.Put("inboxes", ItemBuilder()
                                  .Set("person", people.element(i))
                                  .Set("message", record.sequence_number())
                                  .Set("room", *message.GetString("room"))
                                  .Set("author", message.GetString("author").value_or("?"))
                                  .Set("text", message.GetString("text").value_or("")));
  }
}

Status FanOut(const RecordBatch& batch, Invocation& invocation) {
  std::map<std::string, Room> rooms;
  std::map<std::string, int64_t> authors;
  for (const Record record : batch) {
    if (record.event_name() != EventName::kInsert) continue;
    const Image message = record.new_image();
    Deliver(record, invocation);
    Room& room = rooms[std::string(*message.GetString("room"))];
    ++room.messages;
    room.last = message.GetString("text").value_or("");
    if (const auto author = message.GetString("author")) ++authors[std::string(*author)];
  }
  for (const auto& [name, room] : rooms) {
    invocation.Update("rooms", ItemBuilder().Set("room", name),
                      Expression("SET #last = :last ADD messages :messages")
                          .Name("#last", "last")
                          .Value(":last", room.last)
                          .Value(":messages", room.messages));
  }
  for (const auto& [name, messages] : authors) {
    invocation.Update("authors", ItemBuilder().Set("author", name),
                      Expression("ADD messages :messages").Value(":messages", messages));
  }
  return Status::Ok();
}

int main(int argc, char** argv) {
  return RunHandler(argc, argv, FanOut);
}
