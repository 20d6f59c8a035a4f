#include "delivery/batcher.h"

#include <utility>

namespace rs::delivery {
namespace {
// Enough for one batch filling, one being written and one between; more would only be memory
// that an outage leaves behind.
constexpr std::size_t kSpareMax = 3;
// Larger buffers go back to the system: their page faults are spread over many rows anyway.
constexpr std::size_t kSpareBytesMax = 4 * 1024 * 1024;
}  // namespace

bool Batcher::add(std::string_view encoded, const Promise& promise, Clock::time_point now) {
  if (held_rows_ >= limits_.held_rows || held_bytes_ + encoded.size() > limits_.held_bytes) {
    refused_ = true;
    return false;
  }
  if (open_ && open_->rows.bytes() + encoded.size() > limits_.batch_bytes) seal();
  if (!open_) {
    if (spare_.empty()) {
      open_ = std::make_unique<HeldBatch>();
    } else {
      open_ = std::move(spare_.back());
      spare_.pop_back();
    }
    open_->opened = now;
  }
  if (promise.mailbox != nullptr) open_->waiters.push_back({open_->rows.size(), promise});
  open_->rows.append(encoded);
  ++held_rows_;
  held_bytes_ += encoded.size();
  if (open_->rows.size() >= limits_.batch_rows || open_->rows.bytes() >= limits_.batch_bytes) {
    seal();
  }
  return true;
}

void Batcher::seal() {
  open_->sequence = ++sequence_;
  sealed_.push_back(std::move(open_));
}

std::unique_ptr<HeldBatch> Batcher::take(Clock::time_point now, bool flush) {
  if (sealed_.empty() && open_ && (flush || due() <= now)) seal();
  if (sealed_.empty()) return nullptr;
  auto batch = std::move(sealed_.front());
  sealed_.pop_front();
  return batch;
}

Clock::time_point Batcher::due() const {
  if (!open_) return Clock::time_point::max();
  return open_->waiters.empty() ? open_->opened + limits_.linger : open_->opened;
}

void Batcher::give_back(std::unique_ptr<HeldBatch> batch) {
  held_rows_ -= batch->rows.size();
  held_bytes_ -= batch->rows.bytes();
  refused_ = false;
  if (spare_.size() >= kSpareMax || batch->rows.capacity() > kSpareBytesMax) return;
  batch->rows.clear();
  batch->waiters.clear();
  batch->attempts = 0;
  spare_.push_back(std::move(batch));
}

}  // namespace rs::delivery
