#include "engine/log/segment_index.h"

#include <algorithm>

#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

// The number of leading i in [0, count) for which `holds(i)`, which is true up to some i and false
// from there.
template <typename Predicate>
size_t PartitionPoint(size_t count, Predicate holds) {
  size_t low = 0;
  while (low < count) {
    const size_t middle = low + (count - low) / 2;
    if (holds(middle)) {
      low = middle + 1;
    } else {
      count = middle;
    }
  }
  return low;
}

// The point before the `after`-th, the first if there is none before.
size_t Preceding(size_t after) {
  return after == 0 ? 0 : after - 1;
}

// False when they are malformed or not `expected`.
bool CollectPartitions(std::string_view entries, uint32_t expected, std::vector<uint64_t>* out) {
  LogEntry entry;
  uint32_t count = 0;
  for (; !entries.empty(); ++count) {
    if (!TakeLogEntry(&entries, &entry)) return false;
    if (entry.partition != 0) out->push_back(entry.partition);
  }
  return count == expected;
}

}  // namespace

std::optional<EncodedIndex> EncodedIndex::Parse(std::string_view bytes) {
  EncodedIndex index;
  uint32_t points = 0;
  uint32_t partitions = 0;
  if (!TakeLittle(&bytes, &points) || !TakeLittle(&bytes, &partitions)) return std::nullopt;
  const uint64_t fixed =
      uint64_t{points} * kIndexPointSize + uint64_t{partitions} * kIndexPartitionSize;
  if (fixed > bytes.size() || (bytes.size() - fixed) % kIndexOffsetSize != 0) return std::nullopt;
  index.point_count_ = points;
  index.partition_count_ = partitions;
  index.points_ = bytes.data();
  index.partitions_ = index.points_ + size_t{points} * kIndexPointSize;
  index.offsets_ = bytes.data() + fixed;
  const uint64_t offsets = (bytes.size() - fixed) / kIndexOffsetSize;
  uint64_t start = 0;
  for (size_t i = 0; i < partitions; ++i) {
    if (i > 0 && index.Partition(i) <= index.Partition(i - 1)) return std::nullopt;
    if (index.Start(i) != start) return std::nullopt;
    start += index.Count(i);
  }
  if (start != offsets) return std::nullopt;
  return index;
}

IndexPoint EncodedIndex::Point(size_t i) const {
  const char* p = points_ + i * kIndexPointSize;
  return {LoadLittle<uint32_t>(p), Lsn(LoadLittle<uint64_t>(p + 4)), LoadLittle<int64_t>(p + 12)};
}

uint64_t EncodedIndex::Partition(size_t i) const {
  return LoadLittle<uint64_t>(partitions_ + i * kIndexPartitionSize);
}

uint32_t EncodedIndex::Start(size_t i) const {
  return LoadLittle<uint32_t>(partitions_ + i * kIndexPartitionSize + 8);
}

uint32_t EncodedIndex::Count(size_t i) const {
  return LoadLittle<uint32_t>(partitions_ + i * kIndexPartitionSize + 12);
}

uint32_t EncodedIndex::Offset(size_t i) const {
  return LoadLittle<uint32_t>(offsets_ + i * kIndexOffsetSize);
}

std::optional<IndexPoint> EncodedIndex::PointBefore(Lsn lsn) const {
  if (point_count_ == 0) return std::nullopt;
  return Point(
      Preceding(PartitionPoint(point_count_, [&](size_t i) { return Point(i).lsn <= lsn; })));
}

std::optional<IndexPoint> EncodedIndex::PointBeforeTime(int64_t micros) const {
  if (point_count_ == 0) return std::nullopt;
  return Point(Preceding(
      PartitionPoint(point_count_, [&](size_t i) { return Point(i).max_time_before < micros; })));
}

void EncodedIndex::OffsetsOf(uint64_t partition, uint64_t from, size_t max,
                             std::vector<uint32_t>* out) const {
  const size_t i =
      PartitionPoint(partition_count_, [&](size_t j) { return Partition(j) < partition; });
  if (i == partition_count_ || Partition(i) != partition) return;
  const size_t start = Start(i);
  const size_t count = Count(i);
  size_t next = PartitionPoint(count, [&](size_t j) { return Offset(start + j) < from; });
  for (; next < count && max > 0; ++next, --max) out->push_back(Offset(start + next));
}

bool SegmentIndex::Add(uint64_t offset, const FrameHeader& header, std::string_view entries) {
  std::vector<uint64_t> partitions;
  if (!CollectPartitions(entries, header.entry_count, &partitions)) return false;
  const auto narrow = static_cast<uint32_t>(offset);
  if (points_.empty()) first_time_micros_ = header.commit_time_micros;
  if (points_.empty() || offset - points_.back().offset >= kIndexSpacing) {
    points_.push_back({narrow, header.lsn, max_time_micros_});
  }
  for (const uint64_t partition : partitions) {
    std::vector<uint32_t>& offsets = partitions_[partition];
    if (!offsets.empty() && offsets.back() == narrow) continue;
    offsets.push_back(narrow);
    ++offset_count_;
  }
  max_time_micros_ = std::max(max_time_micros_, header.commit_time_micros);
  return true;
}

std::optional<IndexPoint> SegmentIndex::PointBefore(Lsn lsn) const {
  if (points_.empty()) return std::nullopt;
  return points_[Preceding(
      PartitionPoint(points_.size(), [&](size_t i) { return points_[i].lsn <= lsn; }))];
}

std::optional<IndexPoint> SegmentIndex::PointBeforeTime(int64_t micros) const {
  if (points_.empty()) return std::nullopt;
  return points_[Preceding(PartitionPoint(
      points_.size(), [&](size_t i) { return points_[i].max_time_before < micros; }))];
}

void SegmentIndex::OffsetsOf(uint64_t partition, uint64_t from, size_t max,
                             std::vector<uint32_t>* out) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  const std::vector<uint32_t>& offsets = found->second;
  auto next = std::lower_bound(offsets.begin(), offsets.end(), from);
  for (; next != offsets.end() && max > 0; ++next, --max) out->push_back(*next);
}

size_t SegmentIndex::EncodedSize() const {
  return kIndexCountsSize + points_.size() * kIndexPointSize +
         partitions_.size() * kIndexPartitionSize + offset_count_ * kIndexOffsetSize;
}

std::string SegmentIndex::Encode() const {
  std::vector<uint64_t> ids;
  for (const auto& [partition, offsets] : partitions_) ids.push_back(partition);
  std::sort(ids.begin(), ids.end());

  std::string out;
  out.reserve(EncodedSize());
  PutLittle(&out, static_cast<uint32_t>(points_.size()));
  PutLittle(&out, static_cast<uint32_t>(ids.size()));
  for (const IndexPoint& point : points_) {
    PutLittle(&out, point.offset);
    PutLittle(&out, point.lsn.value());
    PutLittle(&out, point.max_time_before);
  }
  uint32_t start = 0;
  for (const uint64_t id : ids) {
    const auto count = static_cast<uint32_t>(partitions_.at(id).size());
    PutLittle(&out, id);
    PutLittle(&out, start);
    PutLittle(&out, count);
    start += count;
  }
  for (const uint64_t id : ids) {
    for (const uint32_t offset : partitions_.at(id)) PutLittle(&out, offset);
  }
  return out;
}

std::optional<SegmentIndex> SegmentIndex::Decode(std::string_view bytes, int64_t first_time_micros,
                                                 int64_t max_time_micros) {
  const std::optional<EncodedIndex> encoded = EncodedIndex::Parse(bytes);
  if (!encoded) return std::nullopt;
  SegmentIndex index;
  index.first_time_micros_ = first_time_micros;
  index.max_time_micros_ = max_time_micros;
  for (size_t i = 0; i < encoded->point_count_; ++i) index.points_.push_back(encoded->Point(i));
  for (size_t i = 0; i < encoded->partition_count_; ++i) {
    std::vector<uint32_t>& offsets = index.partitions_[encoded->Partition(i)];
    encoded->OffsetsOf(encoded->Partition(i), 0, encoded->Count(i), &offsets);
    index.offset_count_ += offsets.size();
  }
  return index;
}

}  // namespace millrace::log_internal
