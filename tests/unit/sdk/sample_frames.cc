#include "tests/unit/sdk/sample_frames.h"

#include <sstream>

#include "engine/base/check.h"
#include "engine/model/item.h"

namespace millrace {
namespace {

std::string Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) text += name + "=" + value + ",";
  return text;
}

struct Describer {
  std::string operator()(const InvokeFrame& f) const {
    std::ostringstream out;
    out << "Invoke " << f.invocation_id << " " << f.attempt << " " << f.deadline_monotonic_nanos
        << " " << f.remaining_millis << " " << f.idempotency_key << " " << f.function_name << " "
        << f.event_source_arn << " " << f.table_name << " " << f.shard_id;
    return out.str();
  }
  std::string operator()(const GetReplyFrame& f) const {
    return "GetReply " + std::to_string(f.request_id) + " " + f.error_code + " " + f.error_message +
           " " + (f.found ? "found " : "none ") + f.item;
  }
  std::string operator()(const ShutdownFrame& f) const { return "Shutdown " + f.reason; }
  std::string operator()(const ReadyFrame& f) const {
    return "Ready " + std::to_string(f.protocol_version) + " " + f.sdk_version + " " +
           std::to_string(f.pid) + " " + f.token;
  }
  std::string operator()(const StartedFrame& f) const {
    return "Started " + std::to_string(f.invocation_id);
  }
  std::string operator()(const GetFrame& f) const {
    return "Get " + std::to_string(f.request_id) + " " + std::to_string(f.invocation_id) + " " +
           f.table_name + " " + f.key;
  }
  std::string operator()(const ReplyFrame& f) const {
    std::ostringstream out;
    out << "Reply " << f.invocation_id << " " << f.error_type << " " << f.error_message;
    for (const TableWrite& w : f.writes) {
      out << " {" << static_cast<int>(w.kind) << " " << w.table_name << " " << w.item << " "
          << w.update_expression << " " << w.condition_expression << " " << Pairs(w.names) << " "
          << Pairs(w.values) << "}";
    }
    for (const uint32_t index : f.failed_records) out << " " << index;
    return out.str();
  }
};

}  // namespace

std::string ItemOf(std::string_view name, std::string_view text) {
  return EncodeItem(Value::OfMap({{std::string(name), Value::String(text)}}));
}

std::string ItemOfSize(size_t size) {
  const size_t overhead = ItemOf("a", std::string(100'000, 'x')).size() - 100'000;
  std::string item = ItemOf("a", std::string(size - overhead, 'x'));
  MILLRACE_CHECK(item.size() == size);
  return item;
}

InvokeFrame SampleInvoke() {
  InvokeFrame frame;
  frame.invocation_id = 0x1122334455667788;
  frame.attempt = 3;
  frame.deadline_monotonic_nanos = 123'456'789'012;
  frame.remaining_millis = 60'000;
  frame.idempotency_key = "mapping:shard:17";
  frame.function_name = "airport_delays";
  frame.event_source_arn = "arn:aws:dynamodb:local:000000000000:table/flights/stream/2026";
  frame.table_name = "flights";
  frame.shard_id = "shardId-00000001-0001";
  return frame;
}

GetReplyFrame SampleGetReply() {
  GetReplyFrame frame;
  frame.request_id = 7;
  frame.found = true;
  frame.item = ItemOf("airport", "ATL");
  return frame;
}

ReadyFrame SampleReady() {
  ReadyFrame frame;
  frame.sdk_version = "0.1.0";
  frame.pid = 2;
  frame.token = "0123456789abcdef";
  return frame;
}

GetFrame SampleGet() {
  GetFrame frame;
  frame.request_id = 8;
  frame.invocation_id = 9;
  frame.table_name = "airports";
  frame.key = ItemOf("airport", "ORD");
  return frame;
}

ReplyFrame SampleReply() {
  ReplyFrame frame;
  frame.invocation_id = 10;
  TableWrite put;
  put.table_name = "airports";
  put.item = ItemOf("airport", "SFO");
  put.condition_expression = "#v = :v";
  put.names = {{"#v", "version"}};
  put.values = {{":v", Value::OfNumber(Number::FromInt(4)).Encode()}};
  TableWrite update = put;
  update.kind = TableWriteKind::kUpdate;
  update.update_expression = "SET #v = :v";
  TableWrite erase;
  erase.kind = TableWriteKind::kDelete;
  erase.table_name = "airports";
  erase.item = ItemOf("airport", "JFK");
  frame.writes = {put, update, erase};
  frame.failed_records = {0, 5, 9'999};
  return frame;
}

std::string Describe(const ServerFrame& frame) {
  return std::visit(Describer{}, frame);
}
std::string Describe(const HandlerFrame& frame) {
  return std::visit(Describer{}, frame);
}

}  // namespace millrace
