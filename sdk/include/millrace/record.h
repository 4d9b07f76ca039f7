#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/model/change_record.h"
#include "engine/model/item.h"
#include "engine/model/number.h"
#include "engine/model/value.h"
#include "sdk/frames.h"

namespace millrace {

// The attributes of an item, read in place: nothing is copied or decoded before it is asked for.
// Not owned: valid while what it came from is (a record: until the handler returns). May stand for
// "no such item" (empty()), whose getters find nothing.
class Image {
 public:
  Image() = default;
  explicit Image(ItemView item) : item_(item) {}

  bool empty() const { return item_.empty(); }
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  // Any attribute, for lists, maps and sets: see ValueView (engine/model/value.h).
  std::optional<ValueView> Find(std::string_view name) const {
    return empty() ? std::nullopt : item_.Find(name);
  }

  // The attribute as a C++ value; nullopt when it is absent or of another type.
  std::optional<std::string_view> GetString(std::string_view name) const;
  std::optional<std::string_view> GetBinary(std::string_view name) const;
  std::optional<bool> GetBool(std::string_view name) const;
  // Numbers: all 38 digits; as an integer, nullopt unless it is one and fits; the nearest double.
  std::optional<Number> GetNumber(std::string_view name) const;
  std::optional<int64_t> GetInt(std::string_view name) const;
  std::optional<double> GetDouble(std::string_view name) const;

  ItemView view() const { return item_; }

 private:
  ItemView item_;
};

// An item that owns its bytes: what Invocation::Get returns. Copies share them.
class Item : public Image {
 public:
  Item() = default;  // no such item
  // Requires valid item bytes (EncodeItem), or none.
  explicit Item(std::string bytes) : Item(std::make_shared<const std::string>(std::move(bytes))) {}

 private:
  explicit Item(std::shared_ptr<const std::string> bytes)
      : Image(ItemView(*bytes)), bytes_(std::move(bytes)) {}
  std::shared_ptr<const std::string> bytes_;
};

// What made a write in the place of a user, as the Streams API gives it: for an item that time to
// live ended, type Service and principal_id dynamodb.amazonaws.com.
struct UserIdentity {
  std::string_view type;
  std::string_view principal_id;
};

// One mutation of one item. Valid until the handler returns.
class Record {
 public:
  explicit Record(RecordView view, size_t index = 0) : view_(view), index_(index) {}

  size_t index() const { return index_; }  // in its batch
  EventName event_name() const { return view_.event_name(); }
  Image keys() const { return Image(view_.keys()); }
  // The item after the write: empty() for a removal.
  Image new_image() const { return Image(view_.new_image()); }
  // The item before it: empty() for an insertion, and where the table's stream keeps no old images.
  Image old_image() const { return Image(view_.old_image()); }
  // As the Streams API gives it; grows along a shard.
  std::string sequence_number() const { return SequenceNumberOf(view_.position()); }
  std::chrono::system_clock::time_point approximate_creation_time() const {
    return std::chrono::system_clock::time_point(
        std::chrono::microseconds(view_.commit_time_micros()));
  }
  // Absent: a user made the write, or a handler. Source: "DynamoDB Streams and Time to Live".
  std::optional<UserIdentity> user_identity() const {
    if (!view_.by_service()) return std::nullopt;
    return UserIdentity{"Service", view_.principal()};
  }
  // Everything else that the log knows of it: who wrote it, what caused it.
  RecordView view() const { return view_; }

 private:
  RecordView view_;
  size_t index_;
};

// What one invocation is about: records of one shard, in order. Records of one item are never
// delivered out of order, nor to two processes at once. Valid until the handler returns.
class RecordBatch {
 public:
  explicit RecordBatch(RecordsView records) : records_(records) {}

  size_t size() const { return records_.size(); }
  Record operator[](size_t i) const { return Record(records_.record(i), i); }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Record;
    using difference_type = std::ptrdiff_t;
    using pointer = const Record*;
    using reference = Record;
    Iterator() = default;
    Iterator(const RecordBatch* batch, size_t index) : batch_(batch), index_(index) {}
    Record operator*() const { return (*batch_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++index_;
      return before;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const RecordBatch* batch_ = nullptr;
    size_t index_ = 0;
  };
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }

 private:
  RecordsView records_;
};

}  // namespace millrace
