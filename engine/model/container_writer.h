#pragma once

#include <cstddef>
#include <string>

#include "engine/model/value.h"

namespace millrace {

// For the value files and the JSON decoder alone. Appends one container: its tag, count and offset
// table at once, then the elements as the caller appends them to `out`. Starts with narrow offsets
// and widens in place when the elements outgrow them, so that nested values are written in one
// pass. Invariant: EndElement is called exactly `count` times.
class ContainerWriter {
 public:
  ContainerWriter(ValueType type, size_t count, std::string* out);
  // The bytes appended since the last call (or the constructor) are one element.
  void EndElement();

 private:
  size_t EntrySize() const { return wide_ ? 4 : 2; }
  size_t ElementsStart() const { return table_ + EntrySize() * (1 + count_); }
  void StoreEntry(size_t index, size_t value);
  void Widen();

  std::string* out_;
  size_t table_;  // where the count is; entry 0 is the count, entry i the end of element i - 1
  size_t count_;
  size_t next_ = 0;
  bool wide_;
};

}  // namespace millrace
