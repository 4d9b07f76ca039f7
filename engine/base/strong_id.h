#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace millrace {

// A number that cannot be mixed up with another kind of number: StrongId<uint32_t, struct
// TableIdTag>.
template <typename T, typename Tag>
class StrongId {
 public:
  using ValueType = T;
  constexpr StrongId() = default;
  constexpr explicit StrongId(T value) : value_(value) {}
  constexpr T value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  T value_{};
};

// Ids of the catalog; never reused.
using TableId = StrongId<uint32_t, struct TableIdTag>;
using IndexId = StrongId<uint32_t, struct IndexIdTag>;
// One of a table's windows in the log: the top bits of the key hash.
using ShardIndex = StrongId<uint32_t, struct ShardIndexTag>;
// Dense number of a commit in a group's log; the first is 1, 0 means "before everything".
using Lsn = StrongId<uint64_t, struct LsnTag>;

}  // namespace millrace

template <typename T, typename Tag>
struct std::hash<millrace::StrongId<T, Tag>> {
  size_t operator()(const millrace::StrongId<T, Tag>& id) const {
    return std::hash<T>()(id.value());
  }
};
