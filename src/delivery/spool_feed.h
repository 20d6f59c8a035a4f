#pragma once
// Rows of the spool on their way into batches, and how far they have been delivered.
//   kept (in memory) ------------------+
//   left on disk --load--> loaded -----+--> Batcher --> taken ... finished --> delivered()
// While the sink keeps up, rows go from memory; when the batcher has no room they stay on disk, and
// from then on all do, in order, until the last one has been loaded. Batches may finish in any
// order: delivered() is where the oldest unfinished one begins.
// Guarded by Delivery's lock.

#include <cstdint>
#include <deque>
#include <map>

#include "delivery/batcher.h"
#include "spool/position.h"
#include "spool/segments.h"

namespace rs::delivery {

class SpoolFeed {
 public:
  // Until begin(), rows stay on disk: what the last process left comes before them.
  void recovered(const spool::Segments::Recovered& found);
  void begin(spool::Position first);

  // Rows have just become durable, and are handed over after that.
  void kept(std::uint64_t rows) { rows_ += rows; }
  void handed_over(const spool::Run& run, Batcher& batcher, Clock::time_point now);

  // Whether there are rows to be loaded from disk: those from next() until end().
  [[nodiscard]] bool is_behind() const { return begun_ && next_ < end_; }
  [[nodiscard]] spool::Position next() const { return next_; }
  [[nodiscard]] spool::Position end() const { return end_; }
  // Rows read from next() on, or what was found instead of them. The number of rows that were kept
  // and can no longer be read, which are not held any more.
  [[nodiscard]] std::uint64_t loaded(const spool::Run& run, Batcher& batcher,
                                     Clock::time_point now);

  // A batch goes to the sink for the first time, has so many rows delivered, and has all its rows
  // delivered or dead-lettered: those in it now are the last ones.
  void taken(const HeldBatch& batch);
  void delivered_some(const HeldBatch& batch, std::uint64_t rows);
  void finished(const HeldBatch& batch);

  // Everything before it is delivered.
  [[nodiscard]] spool::Position delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }  // Not delivered yet.
  // Unix time of the oldest of them that a batch holds; 0 when none does.
  [[nodiscard]] std::uint32_t oldest_seconds() const {
    return outstanding_.empty() ? 0 : outstanding_.front().seconds;
  }

 private:
  struct Outstanding {
    std::uint64_t sequence;
    spool::Position end;
    std::uint32_t seconds;
    bool finished;
  };

  // As many rows as fit.
  void add(const spool::Run& run, Batcher& batcher, Clock::time_point now);

  spool::Position next_;  // Of the first row that is in no batch.
  spool::Position end_;   // Of the last row that is kept.
  spool::Position delivered_;
  std::deque<Outstanding> outstanding_;             // By sequence.
  std::map<std::uint64_t, std::uint64_t> to_come_;  // Rows that are in no batch, by segment.
  std::uint64_t rows_ = 0;
  bool begun_ = false;
};

}  // namespace rs::delivery
