#pragma once
// Rows on their way to the sink together: the unit of retry, immutable once sealed.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/mailbox.h"
#include "row/batch.h"
#include "sink/sink.h"
#include "spool/position.h"

namespace rs::delivery {

using Clock = std::chrono::steady_clock;

struct HeldBatch {
  // Rows of one request, side by side, and its promise.
  struct Waiter {
    std::size_t first;
    std::uint32_t rows;
    Promise promise;
  };
  row::Batch rows;
  std::vector<Waiter> waiters;  // Those whose clients get their answer with the outcome.
  Clock::time_point opened;
  std::uint64_t sequence = 0;  // Order of sealing.
  unsigned attempts = 0;       // Writes that failed so far.
  // Set apart: the sink rejected all of its rows, which could not be kept as dead letters yet.
  // Those that it took were in the batch and are no longer. The sink is not asked again.
  std::vector<sink::Rejected> rejected;

  // All rows of a batch are in the spool, side by side in one segment, or none is.
  bool spooled = false;
  spool::Position begin;      // Of its first row.
  spool::Position end;        // Behind its last row.
  std::uint32_t seconds = 0;  // Unix time of its first row.

  // Rows that were promised before they are delivered, and are in memory only.
  [[nodiscard]] std::size_t promised_rows() const {
    std::size_t promised = spooled ? 0 : rows.size();
    for (const auto& waiter : waiters) promised -= waiter.rows;
    return promised;
  }
};

}  // namespace rs::delivery
