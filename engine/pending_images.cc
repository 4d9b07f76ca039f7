#include "engine/pending_images.h"

#include <algorithm>
#include <utility>

namespace millrace {

using Clock = std::chrono::steady_clock;

PendingImages::Claim* PendingImages::Stripe::ClaimOf(std::string_view key) {
  const auto it = std::find_if(claims.begin(), claims.end(),
                               [key](const Claim& claim) { return claim.key == key; });
  return it == claims.end() ? nullptr : &*it;
}

PendingImages::Guard::Guard(PendingImages* images, std::vector<std::string_view> keys,
                            Duration patience, bool brief)
    : images_(images) {
  if (keys.size() > 1) std::sort(keys.begin(), keys.end());
  keys_.reserve(keys.size());
  std::optional<Clock::time_point> deadline;  // from the first claim that is met
  for (const std::string_view key : keys) {
    Stripe& stripe = images_->StripeOf(key);
    std::unique_lock lock(stripe.mutex);
    if (stripe.ClaimOf(key) != nullptr) {
      if (!deadline) deadline = Clock::now() + patience;
      if (!stripe.released.wait_until(lock, *deadline,
                                      [&stripe, key] { return stripe.ClaimOf(key) == nullptr; })) {
        refused_.push_back(key);
      }
    }
    if (!refused_.empty()) continue;  // those that follow are only asked for
    keys_.push_back(key);
    if (keys.size() == 1 && brief) {
      only_ = std::move(lock);
    } else {
      stripe.claims.push_back({key});
    }
  }
  if (!refused_.empty()) Release();
}

void PendingImages::Guard::Release() {
  if (only_) {
    only_.unlock();
  } else {
    for (const std::string_view key : keys_) {
      Stripe& stripe = images_->StripeOf(key);
      const std::lock_guard lock(stripe.mutex);
      std::swap(*stripe.ClaimOf(key), stripe.claims.back());
      stripe.claims.pop_back();
      stripe.released.notify_all();
    }
  }
  keys_.clear();
}

std::unique_lock<std::mutex> PendingImages::Guard::LockFor(std::string_view key) const {
  if (only_) return std::unique_lock<std::mutex>();
  return std::unique_lock(images_->StripeOf(key).mutex);
}

std::optional<PendingImages::Image> PendingImages::Guard::Find(std::string_view key) const {
  const std::unique_lock lock = LockFor(key);
  const auto& pending = images_->StripeOf(key).images;
  const auto it = pending.find(key);
  if (it == pending.end()) return std::nullopt;
  return it->second;
}

void PendingImages::Guard::Set(std::string_view key, Image image) {
  const std::unique_lock lock = LockFor(key);
  Stripe& stripe = images_->StripeOf(key);
  if (const Claim* claim = stripe.ClaimOf(key); claim && claim->dropped == image.ticket) return;
  stripe.images.insert_or_assign(std::string(key), std::move(image));
}

void PendingImages::Drop(std::string_view key, uint64_t ticket) {
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  const auto it = stripe.images.find(key);
  if (it != stripe.images.end() && it->second.ticket == ticket) {
    stripe.images.erase(it);
  } else if (Claim* claim = stripe.ClaimOf(key)) {
    claim->dropped = ticket;
  }
}

void PendingImages::Clear() {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    stripe.images.clear();
  }
}

}  // namespace millrace
