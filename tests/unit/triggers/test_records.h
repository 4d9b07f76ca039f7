#pragma once

#include <cstdint>
#include <string>

#include "engine/model/change_record.h"
#include "engine/model/item.h"

namespace millrace {

// A record as the machine looks at one: position, time, key hash, size.
inline std::string MakeRecord(uint64_t lsn, uint32_t ordinal, uint64_t hash, size_t padding = 0,
                              int64_t commit_time_micros = 0) {
  RecordHeader header;
  header.position = Position{0, Lsn(lsn), ordinal};
  header.commit_time_micros = commit_time_micros;
  RecordBody body;
  body.key_hash = hash;
  const std::string keys = EncodeItem(Value::OfMap({{"pk", Value::String("k")}}));
  const std::string principal(padding, 'p');
  body.keys = keys;
  body.new_image = keys;
  body.principal = principal;
  std::string bytes;
  AppendRecordHeader(header, &bytes);
  return bytes + EncodeRecordBody(body);
}

}  // namespace millrace
