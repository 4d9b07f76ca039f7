#include "server/cli/tail_command.h"

#include <cstdio>
#include <utility>

#include "connectors/import/plain_json.h"
#include "server/cli/context.h"
#include "server/cli/record_text.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"

namespace millrace {
namespace {

constexpr int64_t kWaitSeconds = 20;

struct TailLine {
  std::string table;
  std::string from;
  bool follow = false;
  bool no_before = false;
  std::optional<int64_t> limit;
};

void WriteStart(const LogPlace& place, JsonWriter* writer) {
  writer->Key("StartingPosition");
  switch (place.kind) {
    case LogPlace::Kind::kOldest:
      writer->String("TRIM_HORIZON");
      break;
    case LogPlace::Kind::kLatest:
      writer->String("LATEST");
      break;
    case LogPlace::Kind::kTime:
      writer->String("AT_TIMESTAMP");
      writer->Key("StartingPositionTimestamp");
      writer->Double(static_cast<double>(place.micros) / 1e6);
      break;
    case LogPlace::Kind::kSequenceNumber:
      writer->String("AT_SEQUENCE_NUMBER");
      writer->Key("SequenceNumber");
      writer->String(place.sequence_number);
      break;
  }
}

Status MissingImage(const TailLine& line, JsonValue record) {
  const auto change = record.Find("dynamodb");
  return Status(ErrorCode::kInvalidParameterValue,
                "the image before " + (change ? StringMember(*change, "SequenceNumber") : "") +
                    " was not stored, and the log no longer has the record before it.\n"
                    "Store such images from now on: millrace table stream " +
                    line.table +
                    " NEW_AND_OLD_IMAGES\n"
                    "See the items after each change all the same: millrace tail " +
                    line.table + " --no-before");
}

class Tail {
 public:
  Tail(const CommandContext& context, const TailLine& line) : context_(context), line_(line) {}

  Status Run() {
    const std::string from = line_.from.empty() ? "now" : line_.from;
    ASSIGN_OR_RETURN(const LogPlace place, ParseLogPlace(from, context_.clock->WallMicros()));
    const bool follow = line_.follow || place.kind == LogPlace::Kind::kLatest;
    for (bool caught_up = false; !done_;) {
      ASSIGN_OR_RETURN(const JsonValue root, context_.api->Call("Millrace_20261121.TailTable",
                                                                Body(place, follow && caught_up)));
      if (cursor_.empty() && BooleanMember(root, "BeginningTrimmed")) {
        std::fputs("millrace: the records before those shown are no longer in the log\n", stderr);
      }
      const Status shown = Show(root);
      std::fflush(stdout);
      RETURN_IF_ERROR(shown);
      cursor_ = StringMember(root, "NextCursor");
      table_id_ = StringMember(root, "TableId");
      caught_up = BooleanMember(root, "CaughtUp");
      if (BooleanMember(root, "Ended")) {
        std::fprintf(stderr, "millrace: the table %s was deleted: this was the last of it\n",
                     line_.table.c_str());
        return Status::Ok();
      }
      done_ = done_ || (caught_up && !follow);
    }
    return Status::Ok();
  }

 private:
  std::string Body(const LogPlace& place, bool wait) const {
    std::string body;
    JsonWriter writer(&body);
    writer.BeginObject();
    WriteText("TableName", line_.table, &writer);
    if (cursor_.empty()) {
      WriteStart(place, &writer);
    } else {
      WriteText("TableId", table_id_, &writer);
      WriteText("Cursor", cursor_, &writer);
    }
    WriteOptional("WaitSeconds", wait ? std::optional(kWaitSeconds) : std::nullopt, &writer);
    if (line_.no_before) {
      writer.Key("OldImages");
      writer.Bool(false);
    }
    writer.EndObject();
    return body;
  }

  Status Show(JsonValue root) {
    const std::string& reply = context_.api->reply_text();
    const size_t records = reply.find("\"Records\":");
    MILLRACE_CHECK(records != reply.npos);
    JsonElements texts(std::string_view(reply).substr(records));
    return root.Find("Records")->ForEachElement([&](JsonValue record) -> Status {
      if (done_) return Status::Ok();
      if (!line_.no_before && BooleanMember(record, "OldImageMissing")) {
        return MissingImage(line_, record);
      }
      const std::string_view text = texts.Next();
      Print(context_.json ? std::string(text)
                          : RecordText(record, context_.terminal, !line_.no_before));
      done_ = line_.limit && ++shown_ >= *line_.limit;
      return Status::Ok();
    });
  }

  const CommandContext& context_;
  const TailLine& line_;
  std::string cursor_;
  std::string table_id_;
  int64_t shown_ = 0;
  bool done_ = false;
};

}  // namespace

void AddTailCommand(Command* root) {
  const auto line = std::make_shared<TailLine>();
  Command& tail = root->Add(
      {"tail",
       "The changes of a table, as they come",
       "For each record: when, what, which item, by whom, its sequence number, and the attributes "
       "that were added (+), removed (-) or changed (~). In the order of the commits, over all "
       "shards; no stream needs to be on. Without --from it waits for what comes from now on; with "
       "it, it ends at the newest record, unless --follow is there. Ctrl-C ends it. With --json: "
       "one record to a line.",
       {"millrace tail airports", "millrace tail airports --from -15m --follow",
        "millrace tail airports --from start --json"},
       "millrace history TABLE KEY shows the changes of one item."});
  tail.Argument("table", &line->table, "The table").Kind(ValueKind::kTable);
  tail.Option("--from", &line->from, "TIME",
              "start, now, a time (-15m, 2026-11-21T03:30), or a sequence number")
      .Check(CheckLogPlace);
  tail.Flag("--follow,-f", &line->follow, "Wait for more at the end");
  tail.Flag("--no-before", &line->no_before,
            "Show each item after its change, without the difference; needs no image before it");
  tail.Option("--limit", &line->limit, "N", "End after so many records").Within(1, INT64_MAX);
  tail.Run([line](const CommandContext& context) { return Tail(context, *line).Run(); });
}

}  // namespace millrace
