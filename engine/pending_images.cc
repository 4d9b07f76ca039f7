#include "engine/pending_images.h"

#include <algorithm>
#include <thread>

namespace millrace {

std::vector<size_t> PendingImages::IndexesOf(const std::vector<std::string_view>& keys) {
  std::vector<size_t> indexes;
  indexes.reserve(keys.size());
  for (const std::string_view key : keys) indexes.push_back(IndexOf(key));
  std::sort(indexes.begin(), indexes.end());
  indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
  return indexes;
}

PendingImages::Guard::Guard(PendingImages* images, const std::vector<std::string_view>& keys) {
  if (keys.size() == 1) {
    locks_.emplace_back(images->stripes_[IndexOf(keys[0])].mutex);
    return;
  }
  for (const size_t index : IndexesOf(keys)) locks_.emplace_back(images->stripes_[index].mutex);
}

PendingImages::Guard::Guard(PendingImages* images, const std::vector<std::string_view>& keys,
                            size_t tries) {
  for (const size_t index : IndexesOf(keys)) {
    std::unique_lock lock(images->stripes_[index].mutex, std::try_to_lock);
    while (!lock && tries > 0) {
      --tries;
      std::this_thread::yield();
      lock.try_lock();
    }
    if (!lock) {
      refused_ = index;
      locks_.clear();
      return;
    }
    locks_.push_back(std::move(lock));
  }
}

const PendingImages::Image* PendingImages::Find(std::string_view key) const {
  const Stripe& stripe = stripes_[IndexOf(key)];
  const auto it = stripe.images.find(key);
  return it == stripe.images.end() ? nullptr : &it->second;
}

void PendingImages::Set(std::string_view key, Image image) {
  stripes_[IndexOf(key)].images.insert_or_assign(std::string(key), std::move(image));
}

void PendingImages::Drop(std::string_view key, uint64_t ticket) {
  Stripe& stripe = stripes_[IndexOf(key)];
  const std::lock_guard lock(stripe.mutex);
  const auto it = stripe.images.find(key);
  if (it != stripe.images.end() && it->second.ticket == ticket) stripe.images.erase(it);
}

void PendingImages::Clear() {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    stripe.images.clear();
  }
}

}  // namespace millrace
