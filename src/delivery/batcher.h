#pragma once
// Rows waiting for the sink, already in the batches in which they will be written.
//   add, add_spooled --> [ open batch ] --seal--> [ sealed, oldest first ] --take--> Delivery
// Bounded in rows and bytes over everything held, batches taken but not given back included. Rows
// of the spool, which are safe on disk, have a bound of their own: beyond it they stay there.
// Not thread-safe: Delivery guards it with its lock. Buffers given back are used again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/mailbox.h"
#include "delivery/held_batch.h"

namespace rs::delivery {

struct BatchLimits {
  std::size_t batch_rows = 500;
  std::size_t batch_bytes = 1024 * 1024;        // A batch closes at or just before this.
  std::chrono::milliseconds linger{500};        // Longest wait of a row nobody waits for.
  std::size_t held_rows = 100'000;              // Beyond: refused.
  std::size_t held_bytes = 256 * 1024 * 1024;   // Encoded bytes. Beyond: refused.
  std::size_t spooled_bytes = 8 * 1024 * 1024;  // Rows of the spool in memory.
};

class Batcher {
 public:
  explicit Batcher(const BatchLimits& limits) : limits_(limits) {}

  // The rows of one request. False, and none kept, when they do not all fit. What is larger than
  // held_bytes or held_rows never fits.
  [[nodiscard]] bool add(std::span<const std::string_view> rows, const Promise& promise,
                         Clock::time_point now);

  // A row of the spool, taken at `seconds`, that lies there from `begin` to `end`. False when it
  // does not fit now; a row of any size fits when it is alone.
  [[nodiscard]] bool add_spooled(std::string_view encoded, spool::Position begin,
                                 spool::Position end, std::uint32_t seconds, Clock::time_point now);
  // Whether more rows of the spool would fit: half of their bound is free, and the next row is not
  // so large that it did not fit nevertheless.
  [[nodiscard]] bool wants_spooled() const {
    return !spooled_refused_ && spooled_bytes_ <= limits_.spooled_bytes / 2;
  }

  // The oldest batch that is due: sealed, or open and (somebody waits for a row of it, or its
  // first row has lingered, or `flush`). Null when there is none.
  [[nodiscard]] std::unique_ptr<HeldBatch> take(Clock::time_point now, bool flush);

  // When the open batch will be due if nothing else happens; max() when there is none.
  [[nodiscard]] Clock::time_point due() const;
  [[nodiscard]] bool has_sealed() const { return !sealed_.empty(); }

  // Of the rows of a taken batch only these remain in it; the others are no longer held.
  void keep_only(HeldBatch& batch, std::span<const sink::Rejected> rows);

  // The rows of a taken batch are no longer held.
  void give_back(std::unique_ptr<HeldBatch> batch);

  // Whether there is no room: a row did not fit, and nothing has left since.
  [[nodiscard]] bool full() const {
    return held_rows_ > 0 && (refused_ || held_rows_ >= limits_.held_rows);
  }
  // Rows that are nowhere else.
  [[nodiscard]] std::size_t held_rows() const { return held_rows_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  // Of those, the ones in batches that are not taken, and that nobody waits for. Looks at each
  // batch.
  [[nodiscard]] std::size_t promised_rows() const;
  [[nodiscard]] std::size_t spooled_rows() const { return spooled_rows_; }
  [[nodiscard]] std::size_t spooled_bytes() const { return spooled_bytes_; }

 private:
  HeldBatch& room_for(std::size_t bytes, bool spooled, Clock::time_point now);
  void append(HeldBatch& batch, std::string_view encoded);
  void seal();

  const BatchLimits limits_;
  std::unique_ptr<HeldBatch> open_;  // Null, or with at least one row.
  std::deque<std::unique_ptr<HeldBatch>> sealed_;
  std::vector<std::unique_ptr<HeldBatch>> spare_;  // Empty, with warm buffers.
  std::uint64_t sequence_ = 0;
  std::size_t held_rows_ = 0, held_bytes_ = 0;
  std::size_t spooled_rows_ = 0, spooled_bytes_ = 0;
  // A row did not fit; forgotten when a batch of its kind is given back.
  bool refused_ = false, spooled_refused_ = false;
};

}  // namespace rs::delivery
