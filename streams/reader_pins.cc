#include "streams/reader_pins.h"

#include <algorithm>
#include <utility>

namespace millrace {

ReaderPins::Hold::Hold(ReaderPins* pins, LogPin pin) : pins_(pins) {
  const std::lock_guard lock(pins_->mutex_);
  held_ = pins_->held_.insert(pins_->held_.end(), std::move(pin));
}

ReaderPins::Hold::~Hold() {
  const std::lock_guard lock(pins_->mutex_);
  pins_->held_.erase(held_);
}

void ReaderPins::Hold::Advance(Lsn from) {
  const std::lock_guard lock(pins_->mutex_);
  held_->keep_from = std::max(held_->keep_from, from);
}

std::vector<LogPin> ReaderPins::Pins() {
  const std::lock_guard lock(mutex_);
  return {held_.begin(), held_.end()};
}

}  // namespace millrace
