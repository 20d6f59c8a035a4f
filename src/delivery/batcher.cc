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

HeldBatch& Batcher::room_for(std::size_t bytes, bool spooled, Clock::time_point now) {
  if (open_ && (open_->spooled != spooled || open_->rows.bytes() + bytes > limits_.batch_bytes)) {
    seal();
  }
  if (!open_) {
    if (spare_.empty()) {
      open_ = std::make_unique<HeldBatch>();
    } else {
      open_ = std::move(spare_.back());
      spare_.pop_back();
    }
    open_->opened = now;
    open_->spooled = spooled;
  }
  return *open_;
}

void Batcher::append(HeldBatch& batch, std::string_view encoded) {
  batch.rows.append(encoded);
  (batch.spooled ? spooled_rows_ : held_rows_) += 1;
  (batch.spooled ? spooled_bytes_ : held_bytes_) += encoded.size();
  if (batch.rows.size() >= limits_.batch_rows || batch.rows.bytes() >= limits_.batch_bytes) seal();
}

bool Batcher::add(std::span<const std::string_view> rows, const Promise& promise,
                  Clock::time_point now) {
  std::size_t bytes = 0;
  for (const auto row : rows) bytes += row.size();
  if (held_rows_ + rows.size() > limits_.held_rows || held_bytes_ + bytes > limits_.held_bytes) {
    refused_ = true;
    return false;
  }
  const HeldBatch* promised = nullptr;  // Has a waiter for this promise.
  for (const auto row : rows) {
    HeldBatch& batch = room_for(row.size(), false, now);
    if (promise.mailbox != nullptr) {
      if (promised != &batch) batch.waiters.push_back({batch.rows.size(), 0, promise});
      promised = &batch;
      ++batch.waiters.back().rows;
    }
    append(batch, row);
  }
  return true;
}

bool Batcher::add_spooled(std::string_view encoded, spool::Position begin, spool::Position end,
                          std::uint32_t seconds, Clock::time_point now) {
  if (spooled_rows_ > 0 && spooled_bytes_ + encoded.size() > limits_.spooled_bytes) {
    spooled_refused_ = true;
    return false;
  }
  if (open_ && open_->spooled && open_->end != begin) seal();
  HeldBatch& batch = room_for(encoded.size(), true, now);
  if (batch.rows.empty()) {
    batch.seconds = seconds;
    batch.begin = begin;
  }
  batch.end = end;
  append(batch, encoded);
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

std::size_t Batcher::promised_rows() const {
  std::size_t rows = open_ ? open_->promised_rows() : 0;
  for (const auto& batch : sealed_) rows += batch->promised_rows();
  return rows;
}

void Batcher::keep_only(HeldBatch& batch, std::span<const sink::Rejected> rows) {
  row::Batch kept;
  for (const auto& row : rows) kept.append(batch.rows[row.index]);
  (batch.spooled ? spooled_rows_ : held_rows_) -= batch.rows.size() - kept.size();
  (batch.spooled ? spooled_bytes_ : held_bytes_) -= batch.rows.bytes() - kept.bytes();
  (batch.spooled ? spooled_refused_ : refused_) = false;
  batch.rows = std::move(kept);
}

void Batcher::give_back(std::unique_ptr<HeldBatch> batch) {
  (batch->spooled ? spooled_rows_ : held_rows_) -= batch->rows.size();
  (batch->spooled ? spooled_bytes_ : held_bytes_) -= batch->rows.bytes();
  (batch->spooled ? spooled_refused_ : refused_) = false;
  if (spare_.size() >= kSpareMax || batch->rows.capacity() > kSpareBytesMax) return;
  batch->rows.clear();
  batch->waiters.clear();
  batch->attempts = 0;
  batch->rejected.clear();
  spare_.push_back(std::move(batch));
}

}  // namespace rs::delivery
